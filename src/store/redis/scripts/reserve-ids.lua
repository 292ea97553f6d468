-- Takes ids of jobs that nobody else gets. KEYS: counter. ARGV: how many. Replies reserved: the last one.
if closed() then return reply('closed') end
return reply('reserved', redis.call('INCRBY', KEYS[2], ARGV[3]))
