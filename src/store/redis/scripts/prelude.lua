-- In front of every script. Own arguments start at ARGV[3], own keys at KEYS[2]; KEYS[1] is the partition's history.
-- The first reply element lets the caller see that the answer is to its own question.
local nonce, not_after = ARGV[1], tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local replid = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
local function reply(status, ...) return { nonce, now, replid, status, ... } end
-- A command that was held up on its way must not take effect after its sender gave up.
if not_after > 0 and now > not_after then return reply('late') end
local function closed() return redis.call('HGET', KEYS[1], 'replid') ~= replid end

