-- Notes a job under its project or user, and drops some that have expired.
-- KEYS: index (score: job id; member: <expiry in s>:<job id>). ARGV: id, expiry in ms. Replies indexed | known.
if closed() then return reply('closed') end
local TRIMMED = 20
local id, expires = ARGV[3], tonumber(ARGV[4])
for _, member in ipairs(redis.call('ZRANGE', KEYS[2], 0, TRIMMED - 1)) do
  if tonumber(string.match(member, '^%d+')) * 1000 < now then redis.call('ZREM', KEYS[2], member) end
end
if redis.call('ZCOUNT', KEYS[2], id, id) > 0 then return reply('known') end
redis.call('ZADD', KEYS[2], id, string.format('%d:%s', math.ceil(expires / 1000), id))
local left = redis.call('PTTL', KEYS[2])
if left < 0 or now + left < expires then redis.call('PEXPIREAT', KEYS[2], ARGV[4]) end
return reply('indexed')
