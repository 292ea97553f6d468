-- Whose store this is. Makes one where there is none and the caller may.
-- KEYS: head, log, then the rows of each table. ARGV: format, fingerprint of the keys, id of a new store or ''.
if closed() then return reply('closed') end
local head = redis.call('HMGET', KEYS[2], 'store', 'format', 'keys')
if head[1] then return reply('found', head[1], head[2], head[3]) end
if ARGV[5] == '' then return reply('empty') end
-- Rows without a head are what is left of a store that something else damaged.
for i = 3, #KEYS do
  if redis.call('EXISTS', KEYS[i]) == 1 then return reply('empty') end
end
redis.call('HSET', KEYS[2], 'version', 0, 'id', ARGV[5], 'store', ARGV[5], 'format', ARGV[3], 'keys', ARGV[4], 'bytes', 0)
return reply('made', ARGV[5], ARGV[3], ARGV[4])
