-- Ends many jobs, as a journal has it. Runs while closed: an end is right in any history.
-- KEYS: written, jobs. ARGV, five for each job: project, id, status, moment, the latest start that is meant or ''.
-- Where there is no such job, an empty record stays for a while: its start may have been lost and be repeated on its way.
-- Replies ended: 1 if closed, and for each job: none | later (it started after that) | its deadline.
local answers = {}
for i = 3, #KEYS do
  local project, id, status, at, latest = unpack(ARGV, i * 5 - 12, i * 5 - 8)
  local record, answer = redis.call('GET', KEYS[i]), 'none'
  if record then
    local head, rest = string.match(record, '^([^\n]*)(.*)$')
    local field = {}
    for word in string.gmatch(head, '%S+') do field[#field + 1] = word end
    if field[7] == project and field[8] == id then
      if latest ~= '' and tonumber(field[10]) > tonumber(latest) then
        answer = 'later'
      else
        answer = field[5]
        if field[3] == '-' then
          field[1], field[2], field[3] = status, string.format('%d', field[2] + 1), at
          redis.call('SET', KEYS[i], table.concat(field, ' ') .. rest, 'KEEPTTL')
        end
      end
    end
  end
  if not record then redis.call('SET', KEYS[i], '', 'PX', 600000) end
  answers[i - 2] = answer
end
-- Gives WAIT something to wait for: the ends themselves may not have reached the replicas.
redis.call('SET', KEYS[2], now)
return reply('ended', closed() and 1 or 0, answers)
