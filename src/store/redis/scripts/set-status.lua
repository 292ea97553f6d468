-- Moves a job on. Runs while closed where it ends the job: an end is right in any history.
-- KEYS: job, written. ARGV: project, id, status, moment, 1 if it is an end, the generation that must not have passed or
-- ''. Replies none | kept (ended or in that status already) | moved (to another generation) | changed: record.
local project, id, status, at, ends, generation = unpack(ARGV, 3, 8)
if ends ~= '1' and closed() then return reply('closed') end
local record = redis.call('GET', KEYS[2])
if not record then return reply(closed() and 'closed' or 'none') end
local head, rest = string.match(record, '^([^\n]*)(.*)$')
local field = {}
for word in string.gmatch(head, '%S+') do field[#field + 1] = word end
if field[7] ~= project or field[8] ~= id then return reply('none') end
if field[3] ~= '-' or field[1] == status then
  -- Gives WAIT something to wait for: the change itself may not have reached the replicas.
  redis.call('SET', KEYS[3], now)
  return reply('kept', record)
end
if generation ~= '' and field[2] ~= generation then return reply('moved', record) end
field[1], field[2] = status, string.format('%d', field[2] + 1)
if ends == '1' then field[3] = at end
record = table.concat(field, ' ') .. rest
redis.call('SET', KEYS[2], record, 'KEEPTTL')
return reply('changed', record)
