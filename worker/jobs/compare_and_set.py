"""The script by which every record is changed: it compares, and only then sets.

It takes the key of the record's kind, the id, and a JSON object:

    expect      each field, with the values of which it must have one; "" stands for none
    set         each field, with its new value
    stamp       fields that become the time of Redis
    events      written to the record's stream
    who, why    of a move to another state; without a `who` it leaves no event and is not counted
    final       whether the new state is final: then a job's webhook is put into its outbox, and the
                job into that of MLflow, if it is wanted there
    file        whether the record has to be filed in the store
    lease_ms    how long the lease of a running record lasts from now on
    needs       ids of datasets and backbones that must be ready and not in the trash

It answers 1 or 0, for whether all fields were as expected, and the record as it is then; or UNFIT,
and the id of what is not as it must be, with its state, "" for none.
"""

from worker.errors import DatasetNotReady, WorkerError
from worker.jobs.arrivals import ARRIVE
from worker.jobs.counters import COUNT
from worker.jobs.filter_scripts import INDEX
from worker.jobs.outbox_scripts import ANNOUNCE
from worker.jobs.record import KINDS, NOUNS, kind_of
from worker.jobs.trash_scripts import SHELVE

SCRIPT = """
local kind, id = KEYS[1], KEYS[2]
local record = kind .. ':' .. id
local want = cjson.decode(ARGV[1])
for field, allowed in pairs(want.expect) do
  local found, ok = redis.call('HGET', record, field) or '', false
  for _, value in ipairs(allowed) do ok = ok or value == found end
  if not ok then return {0, redis.call('HGETALL', record)} end
end
for _, need in ipairs(want.needs or {}) do
  local found = redis.call('HMGET', 'purr:' .. string.match(need, '^%a+') .. ':' .. need,
                           'state', 'trashed_until')
  local state, till = found[1] or '', found[2] or ''
  if state ~= 'succeeded' or till ~= '' then return {-1, {need, state}} end
end
local function tell(...) redis.call('XADD', record .. ':events', '*', ...) end
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local before = redis.call('HGET', record, 'state')
for field, value in pairs(want.set) do redis.call('HSET', record, field, value) end
for _, field in ipairs(want.stamp) do redis.call('HSET', record, field, now) end
local after = redis.call('HGET', record, 'state')
for _, event in ipairs(want.events) do
  tell('event', event.event, 'data', event.data)
end
if before ~= after then
  if before then redis.call('ZREM', kind .. 's:' .. before, id) end
  redis.call('ZADD', kind .. 's', 0, id)
  redis.call('ZADD', kind .. 's:' .. after, 0, id)
  if want.who ~= '' then
    local url = cjson.decode(redis.call('HGET', record, 'body')).webhook
    if want.final and type(url) == 'string' then
      announce('purr:webhook', id, 'job.' .. after, url, now)
    end
    if want.final and kind == 'purr:job' and redis.call('EXISTS', 'purr:mlflows:wanted') == 1 then
      announce('purr:mlflow', id, 'job.' .. after, '', now)
    end
    tell('event', 'state', 'state', after, 'who', want.who, 'why', want.why, 'attempt',
         redis.call('HGET', record, 'attempt'))
    count(kind, record, before, after, want.who, now)
  end
  if before == 'queued' then depart(kind, id) end
  if after == 'queued' then
    redis.call('ZADD', kind .. 's:waiting', redis.call('HGET', record, 'rank') or 0, id)
    arrive(kind, record, id, now)
  else
    redis.call('ZREM', kind .. 's:waiting', id)
  end
end
if before ~= after and (not before or after == 'succeeded' or want.who == '') then
  index(kind, id)
end
if want.set.trashed_until then shelve(kind, id) end
if want.file then redis.call('ZADD', kind .. 's:unfiled', now, id) end
if after ~= 'running' then redis.call('ZREM', kind .. 's:leases', id)
elseif want.lease_ms then redis.call('ZADD', kind .. 's:leases', now + want.lease_ms, id) end
return {1, redis.call('HGETALL', record)}
"""

UNFIT = -1  # the answer when something that is needed is not as it must be
COMPARE_AND_SET = ANNOUNCE + COUNT + ARRIVE + INDEX + SHELVE + SCRIPT


def unfit(needed: str, state: str) -> WorkerError:
    """Returns why a job cannot have a dataset or a backbone that is in this state, or is not there:
    ""."""
    kind = kind_of(needed)
    if not state or kind != "ds":
        return KINDS[kind](f"No {NOUNS[kind]} has the id {needed}.")
    return DatasetNotReady(f"Expected a dataset that is ready; {needed} was just deleted.")
