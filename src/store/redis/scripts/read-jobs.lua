-- Jobs by the hashes of their tokens, for people to read. KEYS: jobs. Replies read: a record or '' for each.
if closed() then return reply('closed') end
local records = {}
for i = 2, #KEYS do records[i - 1] = redis.call('GET', KEYS[i]) or '' end
return reply('read', records)
