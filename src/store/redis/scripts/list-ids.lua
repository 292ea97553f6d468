-- Ids of jobs of a project or user, lowest first.
-- KEYS: index (see index-job). ARGV: only ids above this one, how many of them to pass over, how many to give.
-- Replies listed: how many there are in all, ids.
if closed() then return reply('closed') end
local TRIMMED = 200
for _, member in ipairs(redis.call('ZRANGE', KEYS[2], 0, TRIMMED - 1)) do
  if tonumber(string.match(member, '^%d+')) * 1000 < now then redis.call('ZREM', KEYS[2], member) end
end
local ids = {}
for i, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. ARGV[3], '+inf', 'LIMIT', ARGV[4], ARGV[5])) do
  ids[i] = string.match(member, '%d+$')
end
return reply('listed', redis.call('ZCARD', KEYS[2]), ids)
