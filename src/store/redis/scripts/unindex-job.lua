-- Forgets a job under its project or user. KEYS: index. ARGV: id. Replies unindexed.
if closed() then return reply('closed') end
redis.call('ZREMRANGEBYSCORE', KEYS[2], ARGV[3], ARGV[3])
return reply('unindexed')
