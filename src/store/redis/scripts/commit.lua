-- Rows and a log entry, if the head is where the caller's replica is. Run twice it does no more than once.
-- KEYS: head, log, then the rows of each table. ARGV: store, format, 1 to run while closed, version and id of the head
-- that is expected, id of the commit, 1 if it is quiet, commits and bytes that the log may have, channel, who commits, and
-- for how many ms it wants the next turn if it was not at the head; then for each row: table, key, columns (JSON) or ''
-- where it is gone.
local LONGEST_TURN = 200
if ARGV[5] ~= '1' and closed() then return reply('closed') end
local head = redis.call('HMGET', KEYS[2], 'version', 'id', 'store', 'format', 'bytes', 'turn', 'turn_ends')
if head[3] ~= ARGV[3] or head[4] ~= ARGV[4] then return reply('moved') end
if head[2] == ARGV[8] then return reply('ok') end

-- Who writes all the time is always at the head; who was beaten to it gets a turn, or it might never write.
local turn_left = tonumber(head[7] or 0) - now
local is_turn = turn_left > 0 and turn_left <= LONGEST_TURN
if is_turn and head[6] ~= ARGV[13] then return reply('moved') end
if head[1] ~= ARGV[6] or head[2] ~= ARGV[7] then
  if ARGV[14] ~= '0' and not is_turn then
    redis.call('HSET', KEYS[2], 'turn', ARGV[13], 'turn_ends', string.format('%d', now + tonumber(ARGV[14])))
  end
  return reply('moved')
end
if head[6] then redis.call('HDEL', KEYS[2], 'turn', 'turn_ends') end

local ops = {}
for i = 15, #ARGV, 3 do
  local rows, key, columns = KEYS[3 + tonumber(ARGV[i])], ARGV[i + 1], ARGV[i + 2]
  if columns == '' then
    redis.call('HDEL', rows, key)
    columns = 'null'
  else
    redis.call('HSET', rows, key, columns)
  end
  ops[#ops + 1] = '["' .. string.match(rows, 'rows:([%w_]+)$') .. '","' .. key .. '",' .. columns .. ']'
end
local text = '[' .. table.concat(ops, ',') .. ']'
local version = string.format('%d', tonumber(head[1]) + 1)
redis.call('XADD', KEYS[3], version .. '-0', 'c', ARGV[8], 'q', ARGV[9], 'o', text)

-- The entry before the newest stays too, so that who is one commit behind never has to load everything.
local length, bytes = redis.call('XLEN', KEYS[3]), tonumber(head[5]) + #text
while length > 2 and (length > tonumber(ARGV[10]) or bytes > tonumber(ARGV[11])) do
  local oldest = redis.call('XRANGE', KEYS[3], '-', '+', 'COUNT', 1)[1]
  redis.call('XDEL', KEYS[3], oldest[1])
  length, bytes = length - 1, bytes - #oldest[2][6]
end
redis.call('HSET', KEYS[2], 'version', version, 'id', ARGV[8], 'bytes', string.format('%d', bytes))
redis.call('PUBLISH', ARGV[12], version)
return reply('ok')
