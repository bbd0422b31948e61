"""The scripts of outboxes: each changes a delivery in one step.

There is an outbox for each purpose: `webhook`, and `mlflow`. Redis keys, of the first:

    purr:webhook:{id}       a delivery: a hash, forgotten when it is KEPT_S old
    purr:webhooks           the ids of all deliveries by the time they were made
    purr:webhooks:due       the ids of those that are pending by the time of their next try
    purr:webhooks:failed    the ids of those that have failed by the time of their last try
    purr:webhooks:wanted    there while somebody wants every job's end to be put into this outbox

Each script but ANNOUNCE takes the key `purr:webhook`.
"""

KEPT_S = 30 * 86_400

# A Lua function that puts a delivery into an outbox. The script that moves a job into a final
# state calls it, so no crash can come between the two. The delivery's id is made of the job's,
# which ends only once: so there is never a second delivery.
ANNOUNCE = f"""
local function announce(box, job, kind, url, now)
  local id = 'msg_' .. string.sub(job, 5)
  redis.call('HSET', box .. ':' .. id, 'job', job, 'type', kind, 'url', url,
             'state', 'pending', 'attempts', 0, 'spent', 0, 'created_at', now, 'next_at', now)
  redis.call('EXPIRE', box .. ':' .. id, {KEPT_S})
  redis.call('ZADD', box .. 's', now, id)
  redis.call('ZADD', box .. 's:due', now, id)
end
"""

NOW = """
local box = KEYS[1]
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
"""

ADD = ANNOUNCE + NOW + "announce(box, ARGV[1], ARGV[2], ARGV[3], now)"

# The lease is a due time in the future: nobody else takes the delivery before it, and if its sender
# dies, another one takes it after.
TAKE = f"""
{NOW}
local lease = now + ARGV[1]
redis.call('ZREMRANGEBYSCORE', box .. 's', '-inf', now - {KEPT_S * 1000})
redis.call('ZREMRANGEBYSCORE', box .. 's:failed', '-inf', now - {KEPT_S * 1000})
while true do
  local id = redis.call('ZRANGEBYSCORE', box .. 's:due', '-inf', now, 'LIMIT', 0, 1)[1]
  if not id then return false end
  local delivery = box .. ':' .. id
  if redis.call('EXISTS', delivery) == 1 then
    redis.call('ZADD', box .. 's:due', lease, id)
    redis.call('HINCRBY', delivery, 'attempts', 1)
    redis.call('HSET', delivery, 'leased_until', lease)
    return {{id, redis.call('HGETALL', delivery)}}
  end
  redis.call('ZREM', box .. 's:due', id)
end
"""

# The number of the attempt is the fence: a sender whose lease has lapsed is refused.
SETTLE = f"""
{NOW}
local id, want = ARGV[1], cjson.decode(ARGV[2])
local delivery = box .. ':' .. id
local found = redis.call('HMGET', delivery, 'state', 'attempts')
if found[1] ~= 'pending' or found[2] ~= want.attempt then return 0 end
for field, value in pairs(want.set) do redis.call('HSET', delivery, field, value) end
redis.call('HDEL', delivery, 'leased_until')
if want.set.state == 'pending' then
  redis.call('HSET', delivery, 'next_at', now + want.delay_ms)
  redis.call('ZADD', box .. 's:due', now + want.delay_ms, id)
else
  redis.call('ZREM', box .. 's:due', id)
end
if want.set.state == 'delivered' then redis.call('HSET', delivery, 'delivered_at', now) end
if want.set.state == 'failed' then redis.call('ZADD', box .. 's:failed', now, id) end
return 1
"""

# A delivery that is being sent is left alone. One that has ended begins its schedule anew: the
# attempts made so far are counted as spent.
REPLAY = f"""
{NOW}
local id = ARGV[1]
local delivery = box .. ':' .. id
local found = redis.call('HMGET', delivery, 'state', 'attempts', 'leased_until')
redis.call('ZREM', box .. 's:failed', id)
if not found[1] then return false end
if not (found[1] == 'pending' and found[3] and tonumber(found[3]) > now) then
  if found[1] ~= 'pending' then
    redis.call('HSET', delivery, 'state', 'pending', 'spent', found[2])
  end
  redis.call('HSET', delivery, 'next_at', now)
  redis.call('ZADD', box .. 's:due', now, id)
end
return {{id, redis.call('HGETALL', delivery)}}
"""
