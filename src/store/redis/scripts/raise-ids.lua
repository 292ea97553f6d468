-- Makes sure that ids up to a number are taken. KEYS: counter. ARGV: the number. Replies reserved: the last one taken.
if closed() then return reply('closed') end
local last = tonumber(redis.call('GET', KEYS[2]) or 0)
if last < tonumber(ARGV[3]) then
  redis.call('SET', KEYS[2], ARGV[3])
  last = tonumber(ARGV[3])
end
return reply('reserved', last)
