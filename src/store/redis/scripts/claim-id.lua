-- Takes an id for the job of a token; afterwards the job can be found by its id.
-- KEYS: ids. ARGV: id, token hash, expiry in ms. Replies claimed | held (by this token already) | taken.
if closed() then return reply('closed') end
local id, hash, expires = ARGV[3], ARGV[4], tonumber(ARGV[5])
local holder = redis.call('HGET', KEYS[2], id)
if holder and holder ~= hash then return reply('taken') end
redis.call('HSET', KEYS[2], id, hash)
local left = redis.call('PTTL', KEYS[2])
if left < 0 or now + left < expires then redis.call('PEXPIREAT', KEYS[2], ARGV[5]) end
return reply(holder and 'held' or 'claimed')
