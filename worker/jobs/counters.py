"""What has happened to jobs and imports so far, counted where it happens.

The script that moves a record counts the move. So whoever asks again because an answer was lost
counts nothing: the script finds that the record has moved.

Redis key:

    purr:counters    a hash; its fields are `{kind}:{name}`, with the names of below
"""

from worker.errors import WorkerError, family
from worker.jobs.record import State

COUNTERS = "purr:counters"
CREATED, ATTEMPTS, ATTEMPT_MS, LOSSES = "created", "attempts", "attempt_ms", "losses"
# Every way to end: the state, the code of the problem or "", and the name of its counter.
ENDS = [
    (State.SUCCEEDED, "", "succeeded"),
    (State.CANCELLED, "", "cancelled"),
    *((State.FAILED, code, f"failed:{code}") for code in sorted({e.code for e in family()})),
]

# To be called by whatever moves a record, behind the move. One that is brought back was not
# created, and one that comes back as it ended did not end again: such moves have no `who`.
COUNT = f"""
local function count(kind, record, before, after, who, now)
  local function add(what, by)
    redis.call('HINCRBY', '{COUNTERS}', string.sub(kind, 6) .. ':' .. what, by)
  end
  if not before and who == 'caller' then add('{CREATED}', 1) end
  if after == 'running' then add('{ATTEMPTS}', 1) end
  if before == 'running' then
    add('{ATTEMPT_MS}', now - (redis.call('HGET', record, 'started_at') or now))
    if who == 'reaper' then add('{LOSSES}', 1) end
  end
  if after == 'succeeded' or after == 'cancelled' then add(after, 1) end
  if after == 'failed' then
    local sound, problem = pcall(cjson.decode, redis.call('HGET', record, 'problem') or '')
    local code = sound and type(problem) == 'table' and problem.code
    add('failed:' .. (type(code) == 'string' and code or '{WorkerError.code}'), 1)
  end
end
"""


def counter(kind: str, name: str) -> str:
    """The field of one kind's counter."""
    return f"{kind}:{name}"
