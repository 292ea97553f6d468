-- The token hashes of jobs, by their ids.
-- KEYS: ids, several. ARGV: 1 if what is missing may be called missing while closed, then pairs of number of key and id.
-- Replies located: a hash or '' for each pair.
local hashes = {}
for i = 4, #ARGV, 2 do
  local hash = redis.call('HGET', KEYS[1 + ARGV[i]], ARGV[i + 1])
  -- A history that nobody has vetted may have lost it.
  if not hash and ARGV[3] ~= '1' and closed() then return reply('closed') end
  hashes[#hashes + 1] = hash or ''
end
return reply('located', hashes)
