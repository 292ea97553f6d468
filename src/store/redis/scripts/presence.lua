-- One instance says that it is there, which history it has brought its journal to, or that it leaves. Decides whether
-- the partition is open. Runs while the partition is closed, too. docs/adr/0005 has the reasons.
--
-- KEYS: history {replid, round, epoch, doubt} · instances (id -> last seen) · confirmed {replid, round, first, since,
-- regressed, by:<id>}, which exists only while closed · passed (ids that were not waited for any longer).
-- ARGV: instance id · seen|leave · the round in which this instance has replayed its journal, or '' · the highest "last
-- seen" of its own that it knows was stored, or 0 · pass_over, settle and forget in ms.
-- Replies open|waiting: stored last seen · round · 1 if the journal is known to be replayed in it · doubt or 0 · ms since
-- the round began (0 when open) · 1 if something stored was found missing · how many others would be
-- awaited · number of ids · up to 16 ids (waiting: who has yet to confirm; open: who was passed over).

-- Replication hands on a prefix of the stream. So whoever was silent for longer than an instance trusts its last call
-- (10 s, and differences between clocks) before the registry's newest entry can have lost nothing.
local WINDOW = 300000
local LISTED = 16

local history, instances, confirmed, passed = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local me, leaving, claim, known = ARGV[3], ARGV[4] == 'leave', ARGV[5], tonumber(ARGV[6])
local pass_over, settle, forget = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])

local newest = tonumber(redis.call('ZRANGE', instances, 0, 0, 'REV', 'WITHSCORES')[2] or now)
local before = tonumber(redis.call('ZSCORE', instances, me) or 0)
local lost = known > 0 and before < known and now - known < forget
-- Never lower: a new primary's clock may be behind, and that must not look like a loss.
local stored = math.max(before, now)
local others = redis.call('ZCOUNT', instances, newest - WINDOW, '+inf') - (before >= newest - WINDOW and 1 or 0)
redis.call('ZADD', instances, stored, me)

local vetted, vetted_round = unpack(redis.call('HMGET', history, 'replid', 'round'))
local doubt = tonumber(redis.call('HGET', history, 'doubt') or nil)

local function answer(status, round, age, regressed, ids)
  local replayed = claim == round and 1 or 0
  return reply(status, stored, round, replayed, doubt or 0, age, regressed, others,
    #ids, unpack(ids, 1, math.min(#ids, LISTED)))
end

-- Nobody is forgotten before a doubt that may be about them is as old as that.
local function forget_silent()
  if doubt and now - doubt < forget then return end
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', instances, '-inf', now - forget)) do
    redis.call('ZREM', instances, id)
    redis.call('SREM', passed, id)
  end
end

local function settle_doubt()
  if doubt and redis.call('SCARD', passed) == 0 then
    redis.call('HDEL', history, 'doubt')
    doubt = nil
  end
end

local function leave_if_replayed(round)
  -- Who leaves without having replayed stays on the list, and is waited for.
  if leaving and claim == round then redis.call('ZREM', instances, me) end
end

if vetted == replid and not lost then
  if claim == vetted_round then redis.call('SREM', passed, me) end
  leave_if_replayed(vetted_round)
  forget_silent()
  settle_doubt()
  return answer('open', vetted_round, 0, 0, doubt and redis.call('SMEMBERS', passed) or {})
end

-- Something stored is missing although the server never changed: a snapshot of its memory was put back.
if vetted == replid then redis.call('HDEL', history, 'replid') end

local last_replid, round, first, since, regressed =
  unpack(redis.call('HMGET', confirmed, 'replid', 'round', 'first', 'since', 'regressed'))
first = tonumber(first or 0)
if last_replid ~= replid or (lost and claim == round) then
  -- A round that never opened hands on whom it waited for: their journals have reached no history since.
  since = tonumber(since or math.min(newest, now))
  first = now
  round = replid .. '-' .. string.format('%d', now) .. '-' .. me
  redis.call('DEL', confirmed)
  redis.call('HSET', confirmed, 'replid', replid, 'round', round, 'first', first, 'since', since,
    'regressed', regressed or 0)
end
since = tonumber(since)
if lost then redis.call('HSET', confirmed, 'regressed', 1) end
regressed = (lost or regressed == '1') and 1 or 0

if claim == round then redis.call('HSET', confirmed, 'by:' .. me, 1) end
leave_if_replayed(round)

-- Passed over before, and not seen since: whatever it still holds is covered by the doubt that is kept.
local function excused(id, seen)
  return doubt and seen < doubt and redis.call('SISMEMBER', passed, id) == 1
end

local missing = {}
local awaited = redis.call('ZRANGEBYSCORE', instances, since - WINDOW, '+inf', 'WITHSCORES')
for i = 1, #awaited, 2 do
  local id = awaited[i]
  if redis.call('HEXISTS', confirmed, 'by:' .. id) == 0 and not excused(id, tonumber(awaited[i + 1])) then
    missing[#missing + 1] = id
  end
end

local age = now - first
local complete = #missing == 0 and (regressed == 0 or age >= settle)
local over = claim == round and age >= pass_over
if not complete and not over then return answer('waiting', round, age, regressed, missing) end

for _, id in ipairs(redis.call('SMEMBERS', passed)) do
  if redis.call('HEXISTS', confirmed, 'by:' .. id) == 1 then redis.call('SREM', passed, id) end
end
if #missing > 0 then
  for _, id in ipairs(missing) do redis.call('SADD', passed, id) end
  -- Nothing starts while closed, so this is every job that the missing may have ended.
  doubt = now
  redis.call('HSET', history, 'doubt', doubt)
end
settle_doubt()
redis.call('HSET', history, 'replid', replid, 'round', round)
redis.call('HINCRBY', history, 'epoch', 1)
redis.call('DEL', confirmed)
return answer('open', round, 0, regressed, doubt and redis.call('SMEMBERS', passed) or {})
