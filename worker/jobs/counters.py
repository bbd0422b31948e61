"""How often each thing has happened to jobs and imports so far.

The script that moves a record also counts the move. So a move is counted once even if the client
repeats the command because an answer was lost.

Redis key:

    purr:counters    a hash; its fields are `{kind}:{name}`, with the names that follow
"""

from worker.errors import WorkerError, family
from worker.jobs.record import State

COUNTERS = "purr:counters"
CREATED, ATTEMPTS, ATTEMPT_MS, LOSSES = "created", "attempts", "attempt_ms", "losses"
# Every way in which a record ends: the state, the problem's code or "", and the counter's name.
ENDS = [
    (State.SUCCEEDED, "", "succeeded"),
    (State.CANCELLED, "", "cancelled"),
    *((State.FAILED, code, f"failed:{code}") for code in sorted({e.code for e in family()})),
]

# A Lua function for the script that moves a record, to be called after the move. It must not be
# called for a record that is only restored: that one was neither created nor ended again.
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
    """Returns the field of a counter of one kind."""
    return f"{kind}:{name}"
