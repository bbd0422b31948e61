"""Deleting a dataset's record, unless a job or a version in the making still needs the dataset."""

from typing import Any

import redis

from worker.errors import IllegalMove, QueueUnavailable
from worker.jobs.fill_mark import filled
from worker.jobs.record import FINAL, UNFINISHED, Record
from worker.jobs.redis_connection import redis_named

# One script, so that nothing begins or ends meanwhile. It answers the id of a job, or of a version
# in the making, that needs the dataset, or "" after it has deleted the record.
FORGET = """
local kind, id = KEYS[1], KEYS[2]
local function needs(body)
  -- Decoding ten thousand bodies would block Redis, so most are ruled out by a plain search.
  if not string.find(body, id, 1, true) then return false end
  local asked = cjson.decode(body)
  return asked.dataset == id or asked.parent == id or (asked.edits or {}).add == id
end
for _, others in ipairs({KEYS[3], kind}) do
  for _, state in ipairs(ARGV) do
    for _, other in ipairs(redis.call('ZRANGE', others .. 's:' .. state, 0, -1)) do
      if needs(redis.call('HGET', others .. ':' .. other, 'body') or '') then return other end
    end
  end
end
local record = kind .. ':' .. id
local state = redis.call('HGET', record, 'state') or ''
redis.call('DEL', record, record .. ':events')
for _, listing in ipairs({'', ':' .. state, ':unfiled'}) do
  redis.call('ZREM', kind .. 's' .. listing, id)
end
return ''
"""


class Deletion:
    """Deletes records of datasets from Redis."""

    def __init__(self, client: redis.Redis) -> None:
        self._redis = client
        self._forget = client.register_script(FORGET)

    def forget(self, dataset: Record) -> None:
        """Delete the record of a dataset. Deleting it twice is deleting it once.

        Raises:
            IllegalMove: it is still being imported, or a job or a version that has not ended uses
                it.
            QueueUnavailable: Redis does not answer, or was wiped and is not filled again yet.
        """
        if dataset.state not in FINAL:
            raise IllegalMove(
                "Expected a dataset whose import is over; this one is still imported. Cancel that "
                "first."
            )
        if not filled(self._redis):
            raise QueueUnavailable("Redis is being told which jobs there are; ask shortly.")
        with redis_named():
            keys = ["purr:ds", dataset.id, "purr:job"]
            needed_by: Any = self._forget(keys=keys, args=UNFINISHED)
        if needed_by:
            raise IllegalMove(
                f"Expected a dataset that nothing needs which is not over; {needed_by} does. "
                "Cancel it, or wait until it is over."
            )
