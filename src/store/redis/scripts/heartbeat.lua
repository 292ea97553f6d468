-- Renews the lease of a job that is executing, whose lease and deadline have not passed.
-- KEYS: job. ARGV: project, id, moment. Replies none | doubt | refused: record | beaten: record.
if closed() then return reply('closed') end
local project, id, at = ARGV[3], ARGV[4], tonumber(ARGV[5])
local record = redis.call('GET', KEYS[2])
if not record then return reply('none') end
local head, rest = string.match(record, '^([^\n]*)(.*)$')
local field = {}
for word in string.gmatch(head, '%S+') do field[#field + 1] = word end
if field[7] ~= project or field[8] ~= id then return reply('none') end
-- Somebody who may have ended it has not been heard of.
local doubt = redis.call('HGET', KEYS[1], 'doubt')
if doubt and field[3] == '-' and tonumber(field[11]) < tonumber(doubt) then return reply('doubt') end
local executing = field[1] == 'running' or field[1] == 'canceling'
local lease, deadline = tonumber(field[4]), tonumber(field[5])
if not executing or field[6] ~= '-' or lease <= at or deadline <= at then return reply('refused', record) end
if field[9] == '-' then return reply('beaten', record) end
-- A clock that was set back must not shorten a lease.
local renewed = math.max(lease, math.min(deadline, at + field[9] * 1000))
field[4] = string.format('%d', renewed)
record = table.concat(field, ' ') .. rest
redis.call('SET', KEYS[2], record, 'KEEPTTL')
return reply('beaten', record)
