-- One piece of a table, with the head at this moment: what changes from then on is in the log.
-- KEYS: head, log, then the rows of each table. ARGV: store, format, 1 to answer while closed, table, cursor, rows.
if ARGV[5] ~= '1' and closed() then return reply('closed') end
local head = redis.call('HMGET', KEYS[2], 'version', 'id', 'store', 'format')
if not head[1] then return reply('empty') end
if head[4] ~= ARGV[4] then return reply('format', head[4]) end
if head[3] ~= ARGV[3] then return reply('foreign', head[3]) end
local piece = redis.call('HSCAN', KEYS[3 + tonumber(ARGV[6])], ARGV[7], 'COUNT', ARGV[8])
return reply('piece', head[1], head[2], piece[1], piece[2])
