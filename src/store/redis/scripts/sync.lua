-- What a replica lacks that stands at a version.
-- KEYS: head, log. ARGV: store, format, 1 to answer while closed, version, id of its commit, bytes of an answer.
if ARGV[5] ~= '1' and closed() then return reply('closed') end
local head = redis.call('HMGET', KEYS[2], 'version', 'id', 'store', 'format')
if not head[1] then return reply('empty') end
if head[4] ~= ARGV[4] then return reply('format', head[4]) end
if head[3] ~= ARGV[3] then return reply('foreign', head[3]) end

local version, at = tonumber(head[1]), tonumber(ARGV[6])
local function diverged() return reply('diverged', version, head[2]) end
if version < at then return diverged() end
if version == at then
  if head[2] ~= ARGV[7] then return diverged() end
  return reply('same')
end

-- A replica at a version that is not in the log any more cannot know whether it is on this history.
if at == 0 then
  if ARGV[7] ~= head[3] then return diverged() end
else
  local own = redis.call('XRANGE', KEYS[3], ARGV[6] .. '-0', ARGV[6] .. '-0')[1]
  if not own then return reply('reload') end
  if own[2][2] ~= ARGV[7] then return diverged() end
end

local entries, bytes, after = {}, 0, ARGV[6] .. '-0'
while bytes < tonumber(ARGV[8]) and #entries < 500 do
  local entry = redis.call('XRANGE', KEYS[3], '(' .. after, '+', 'COUNT', 1)[1]
  if not entry then break end
  after = entry[1]
  bytes = bytes + #entry[2][6]
  entries[#entries + 1] = { string.match(after, '^%d+'), entry[2][2], entry[2][4], entry[2][6] }
end
if not entries[1] or tonumber(entries[1][1]) ~= at + 1 then return reply('reload') end
return reply('behind', version, entries)
