-- Stores a job under the hash of its token.
-- KEYS: job. ARGV: id of this call, expiry in ms, fields up to the start, JSON.
-- Replies started (also where this very call has run before) | conflict.
if closed() then return reply('closed') end
local call, expires, fields, rest = unpack(ARGV, 3, 6)
local record = redis.call('GET', KEYS[2])
if record then
  local field = {}
  for word in string.gmatch(string.match(record, '^[^\n]*'), '%S+') do field[#field + 1] = word end
  return reply(field[12] == call and 'started' or 'conflict')
end
redis.call('SET', KEYS[2], string.format('%s %d %s\n%s', fields, now, call, rest), 'PXAT', expires)
return reply('started')
