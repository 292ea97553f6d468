-- A job by the hash of its token, to be admitted or not. A record is one line of fields, in the order of
-- jobs/record.ts, and one of JSON.
-- KEYS: job. Replies none | doubt | job: record.
if closed() then return reply('closed') end
local record = redis.call('GET', KEYS[2])
if not record or record == '' then return reply('none') end
local doubt = redis.call('HGET', KEYS[1], 'doubt')
if not doubt then return reply('job', record) end
-- Somebody who may have ended it has not been heard of.
local field = {}
for word in string.gmatch(string.match(record, '^[^\n]*'), '%S+') do field[#field + 1] = word end
if field[3] == '-' and tonumber(field[11]) < tonumber(doubt) then return reply('doubt') end
return reply('job', record)
