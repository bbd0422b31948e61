"""Records in Redis: one hash each, changed by one compare-and-set script.

Redis keys, all under `purr:`; {kind} is `job` or `ds`:

    {kind}:{id}            the record
    {kind}:{id}:events     a stream: every move of its state, with who and why, and what was told
    {kind}s                all ids; {kind}s:{state} those in a state; ids sort by time of creation
    {kind}s:waiting        queued ids, those of a higher priority first
    {kind}s:leases         running ids by the time at which their lease lapses
    {kind}s:unfiled        ids of records of which the store does not know the newest yet
    versions               the last version number given out for each model name
"""

import json
import logging
import math
import re
import time
from collections.abc import Iterator, Sequence
from typing import Any

import redis

from worker.errors import DatasetNotFound, JobNotFound, QueueFull, WorkerError
from worker.jobs.arrivals import ARRIVE
from worker.jobs.counters import COUNT
from worker.jobs.outbox import ANNOUNCE
from worker.jobs.record import FILED, FINAL, Record, State, may_move, record_of
from worker.jobs.redis_connection import FULL, redis_named
from worker.jsontypes import Json

Expected = dict[str, Sequence[str]]  # field: the values of which it must have one

# Of its memory, that Redis may use before nothing new is taken; and seconds between two looks.
FULL_SHARE, ROOM_S = 0.9, 1.0
AT_ONCE = 26  # records of a page that are fetched together
# The prefix of an id, and how its absence is said.
KINDS: dict[str, type[WorkerError]] = {"job": JobNotFound, "ds": DatasetNotFound}

log = logging.getLogger(__name__)

# Every key of a record begins alike, so the script needs the record's key alone. It compares the
# named fields, and only if all are as expected sets others, moves the id between the listings,
# extends or ends the lease, writes the events, counts the move and puts the end of a job that has a
# webhook into the outbox. It answers whether it did, and the record.
COMPARE_AND_SET = """
local kind, id = KEYS[1], KEYS[2]
local record = kind .. ':' .. id
local want = cjson.decode(ARGV[1])
for field, allowed in pairs(want.expect) do
  local found, ok = redis.call('HGET', record, field) or '', false
  for _, value in ipairs(allowed) do ok = ok or value == found end
  if not ok then return {0, redis.call('HGETALL', record)} end
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
    if want.final and type(url) == 'string' then announce(id, 'job.' .. after, url, now) end
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
if want.file then redis.call('ZADD', kind .. 's:unfiled', now, id) end
if after ~= 'running' then redis.call('ZREM', kind .. 's:leases', id)
elseif want.lease_ms then redis.call('ZADD', kind .. 's:leases', now + want.lease_ms, id) end
return {1, redis.call('HGETALL', record)}
"""

SCRIPT = ANNOUNCE + COUNT + ARRIVE + COMPARE_AND_SET


class RedisRecords:
    """All records of one kind, and how one is changed."""

    def __init__(self, client: redis.Redis, kind: str) -> None:
        # Any: its answers are typed for both kinds of client, with text and with bytes, at once.
        self._redis: Any = client
        self.kind = kind
        self._key = f"purr:{kind}"
        self._looked, self._full = -math.inf, False
        self._compare_and_set = client.register_script(SCRIPT)

    def check(self) -> None:
        """Raise QueueUnavailable unless Redis answers: after that nothing was handed in."""
        with redis_named():
            self._redis.ping()

    def check_room(self) -> None:
        """Raise QueueFull when Redis has so little memory left that what is there already needs it.

        An attempt that could not renew its lease would be lost.
        """
        now = time.monotonic()
        if now - self._looked > ROOM_S:
            with redis_named():
                memory = self._redis.info("memory")
            most = memory.get("maxmemory", 0)
            self._full = bool(most) and memory["used_memory"] > FULL_SHARE * most
            self._looked = now
        if self._full:
            raise QueueFull(FULL)

    def get(self, record_id: str) -> Record:
        with redis_named():
            fields = self._redis.hgetall(f"{self._key}:{self._checked(record_id)}")
        if not fields:
            raise self._missing(record_id)
        return record_of(record_id, fields)

    def page(self, state: State | None, limit: int, after: str | None) -> Iterator[Record]:
        """Up to `limit` records, the newest first, older than the one with the id `after`. They are
        fetched a few at a time: whoever has seen enough may stop."""
        listing = f"{self._key}s:{state}" if state else f"{self._key}s"
        top = f"({after}" if after else "+"
        with redis_named():
            ids = self._redis.zrevrangebylex(listing, top, "-", start=0, num=limit)
        for at in range(0, len(ids), AT_ONCE):
            yield from self._all(ids[at : at + AT_ONCE])

    def ids(self, state: State) -> list[str]:
        """The ids of all records in this state, the oldest first."""
        with redis_named():
            ids: list[str] = self._redis.zrange(f"{self._key}s:{state}", 0, -1)
        return ids

    def running(self) -> list[Record]:
        """All records of which an attempt holds the lease."""
        return self._all(self.ids(State.RUNNING))

    def waiting(self, limit: int) -> list[Record]:
        """The queued records that come next, in their order."""
        with redis_named():
            ids = self._redis.zrange(f"{self._key}s:waiting", 0, limit - 1)
        return self._all(ids)

    def position(self, record_id: str) -> int | None:
        """How many records are queued up to and including this one; None when it is not queued."""
        with redis_named():
            rank = self._redis.zrank(f"{self._key}s:waiting", record_id)
        return None if rank is None else rank + 1

    def lapsed(self) -> list[Record]:
        """Running records whose lease is over."""
        with redis_named():
            seconds, micros = self._redis.time()
            now = seconds * 1000 + micros // 1000
            ids = self._redis.zrangebyscore(f"{self._key}s:leases", "-inf", now)
        return self._all(ids)

    def change(
        self,
        record_id: str,
        expect: Expected,
        fields: Json,
        *,
        stamp: Sequence[str] = (),
        lease_s: float | None = None,
        who: str = "",
        why: str = "",
        events: Sequence[Json] = (),
    ) -> tuple[bool, Record]:
        """Set these fields if others are as expected; gives whether they were, and the record.

        Args:
            stamp: fields that become the time of the change.
            lease_s: for how long a running record's attempt need not say anything.
            who, why: of a move of the state, for its event and the log; without a who there is
                neither.
            events: that come before it.
        """
        after = fields.get("state")
        if after and not all(may_move(State(s), State(after)) for s in expect["state"] if s):
            raise ValueError(f"No move leads from {expect['state']} to {after}.")
        want: Json = {"expect": expect, "set": fields, "stamp": list(stamp)}
        want |= {"who": who, "why": why}
        want["final"] = after in FINAL
        moved = bool(who) and (after in FILED or State.PAUSED in expect["state"])
        want["file"] = moved or "requested" in fields
        want["events"] = [{"event": e["event"], "data": json.dumps(e["data"])} for e in events]
        if lease_s is not None:
            want["lease_ms"] = int(lease_s * 1000)
        changed, record = self._compared_and_set(record_id, want)
        if changed and who:
            attempt = f", attempt {record.attempt}" if record.attempt else ""
            log.info("%s is %s%s, by %s: %s", record.id, record.state, attempt, who, why)
        return changed, record

    def put_back(self, record_id: str, expect: Expected, fields: Json) -> bool:
        """Have a record stand as it stood, if it is as expected now; gives whether it was. Nothing
        happens to it by that: it is no move, and there is no event."""
        want: Json = {"expect": expect, "set": fields, "stamp": [], "events": []}
        done, _ = self._compared_and_set(record_id, want | {"who": "", "why": ""})
        return done

    def _compared_and_set(self, record_id: str, want: Json) -> tuple[bool, Record]:
        with redis_named():
            changed, flat = self._compare_and_set(
                keys=[self._key, self._checked(record_id)], args=[json.dumps(want)]
            )
        if not flat:
            raise self._missing(record_id)
        return bool(changed), record_of(record_id, dict(zip(flat[::2], flat[1::2], strict=True)))

    def _all(self, ids: Sequence[str]) -> list[Record]:
        """Those of these ids that there are."""
        with redis_named():
            pipeline = self._redis.pipeline(transaction=False)
            for record_id in ids:
                pipeline.hgetall(f"{self._key}:{record_id}")
            rows = pipeline.execute()
        return [record_of(i, fields) for i, fields in zip(ids, rows, strict=True) if fields]

    def _checked(self, record_id: str) -> str:
        # Whatever is no id must not meet a key: `x:events` would be another one.
        if not re.fullmatch(rf"{self.kind}_[0-9a-f]{{32}}", record_id):
            raise self._missing(record_id)
        return record_id

    def _missing(self, record_id: str) -> WorkerError:
        missing = KINDS[self.kind]
        return missing(f"{missing.__doc__} Asked for: {record_id!r:.60}.")
