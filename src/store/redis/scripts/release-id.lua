-- Takes back a claim that led to no job. KEYS: ids. ARGV: id, token hash. Replies released.
if closed() then return reply('closed') end
if redis.call('HGET', KEYS[2], ARGV[3]) == ARGV[4] then redis.call('HDEL', KEYS[2], ARGV[3]) end
return reply('released')
