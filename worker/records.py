"""The truth about jobs and imports: one hash each, moved by one compare-and-set script.

Redis keys, all under `purr:`; {kind} is `job` or `ds`:

    {kind}:{id}            the record
    {kind}:{id}:events     a stream: every move of its state, with who and why
    {kind}s                all ids; {kind}s:{state} those in a state; ids sort by time of creation
    {kind}s:leases         running ids by the time at which their lease lapses
    versions               the last version number given out for each model name
"""

import json
import re
from collections.abc import Sequence
from typing import Any

import redis

from worker.connection import redis_named
from worker.errors import (
    Cancelled,
    DatasetNotFound,
    IllegalMove,
    JobNotFound,
    LeaseLost,
    WorkerError,
    WorkerLost,
)
from worker.record import FINAL, MOVES, Json, Record, State, record_of
from worker.webhooks import ANNOUNCE

Expected = dict[str, Sequence[str]]  # field: the values of which it must have one

# The prefix of an id, and how its absence is said.
KINDS: dict[str, type[WorkerError]] = {"job": JobNotFound, "ds": DatasetNotFound}

# Every key of a record begins alike, so the script needs the record's key alone. It compares the
# named fields, and only if all are as expected sets others, moves the id between the listings,
# extends or ends the lease, writes the event and, at the end of a job that has a webhook, puts that
# into the outbox. It answers whether it did, and the record.
COMPARE_AND_SET = """
local kind, id = KEYS[1], KEYS[2]
local record = kind .. ':' .. id
local want = cjson.decode(ARGV[1])
for field, allowed in pairs(want.expect) do
  local found, ok = redis.call('HGET', record, field) or '', false
  for _, value in ipairs(allowed) do ok = ok or value == found end
  if not ok then return {0, redis.call('HGETALL', record)} end
end
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local before = redis.call('HGET', record, 'state')
for field, value in pairs(want.set) do redis.call('HSET', record, field, value) end
for _, field in ipairs(want.stamp) do redis.call('HSET', record, field, now) end
local after = redis.call('HGET', record, 'state')
if before ~= after then
  if before then redis.call('ZREM', kind .. 's:' .. before, id) end
  redis.call('ZADD', kind .. 's', 0, id)
  redis.call('ZADD', kind .. 's:' .. after, 0, id)
  redis.call('XADD', record .. ':events', '*', 'event', 'state', 'state', after, 'why', want.why,
             'attempt', redis.call('HGET', record, 'attempt'))
  local url = cjson.decode(redis.call('HGET', record, 'body')).webhook
  if want.final and type(url) == 'string' then announce(id, 'job.' .. after, url, now) end
end
for _, event in ipairs(want.events) do
  redis.call('XADD', record .. ':events', '*', 'event', event.event, 'data', event.data)
end
if after ~= 'running' then redis.call('ZREM', kind .. 's:leases', id)
elseif want.lease_ms then redis.call('ZADD', kind .. 's:leases', now + want.lease_ms, id) end
return {1, redis.call('HGETALL', record)}
"""

NEXT_VERSION = """
local last = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or 0)
local version = math.max(last, tonumber(ARGV[2])) + 1
redis.call('HSET', KEYS[1], ARGV[1], version)
return version
"""


class Records:
    """All records of one kind."""

    def __init__(self, client: redis.Redis, kind: str) -> None:
        # Any: its answers are typed for both kinds of client, with text and with bytes, at once.
        self._redis: Any = client
        self.kind = kind
        self._key = f"purr:{kind}"
        self._compare_and_set = client.register_script(ANNOUNCE + COMPARE_AND_SET)
        self._next_version = client.register_script(NEXT_VERSION)

    def create(self, record_id: str, body: Json) -> Record:
        """A queued record. Creating it twice, as a silent retry may, is creating it once."""
        fields = {"state": State.QUEUED, "attempt": "0", "body": json.dumps(body)}
        _, record = self._change(
            record_id, {"state": [""]}, fields, stamp=["created_at"], why="submitted"
        )
        return record

    def get(self, record_id: str) -> Record:
        with redis_named():
            fields = self._redis.hgetall(f"{self._key}:{self._checked(record_id)}")
        if not fields:
            raise self._missing(record_id)
        return record_of(record_id, fields)

    def page(self, state: State | None, limit: int, after: str | None) -> list[Record]:
        """Up to `limit` records, the newest first, older than the one with the id `after`."""
        listing = f"{self._key}s:{state}" if state else f"{self._key}s"
        top = f"({after}" if after else "+"
        with redis_named():
            ids = self._redis.zrevrangebylex(listing, top, "-", start=0, num=limit)
            pipeline = self._redis.pipeline(transaction=False)
            for record_id in ids:
                pipeline.hgetall(f"{self._key}:{record_id}")
            rows = pipeline.execute()
        return [record_of(i, fields) for i, fields in zip(ids, rows, strict=True) if fields]

    def ids(self, state: State) -> list[str]:
        """The ids of all records in this state, the oldest first."""
        with redis_named():
            ids: list[str] = self._redis.zrange(f"{self._key}s:{state}", 0, -1)
        return ids

    def position(self, record_id: str) -> int | None:
        """How many records are queued up to and including this one; None when it is not queued."""
        with redis_named():
            rank = self._redis.zrank(f"{self._key}s:{State.QUEUED}", record_id)
        return None if rank is None else rank + 1

    def claim(self, record_id: str, worker: str, lease_s: float) -> Record:
        """Begin the next attempt. Only one of those who try gets it; the others get LeaseLost."""
        before = self.get(record_id)
        claimed, record = self._change(
            record_id,
            {"state": [State.QUEUED], "attempt": [str(before.attempt)]},
            {
                "state": State.RUNNING,
                "attempt": str(before.attempt + 1),
                "worker": worker,
            },
            stamp=["started_at"],
            lease_s=lease_s,
            why="claimed",
        )
        if not claimed:
            raise LeaseLost(f"Expected {record_id} to be queued, found it {record.state}.")
        return record

    def renew(
        self, mine: Record, lease_s: float, notes: Json, events: Sequence[Json] = ()
    ) -> Record:
        """Say that the attempt lives and what is new; gives the record with what was asked."""
        return self._fenced(mine, {}, as_text(notes), lease_s=lease_s, events=events)

    def begin_publishing(self, mine: Record, name: str, at_least: int) -> Record:
        """Pass the point after which the job can no longer be cancelled; reserves the version.

        A later attempt that finds a version reserved keeps it, so a job publishes once.
        """
        if mine.version is not None:
            return mine
        with redis_named():
            version = self._next_version(keys=["purr:versions"], args=[name, at_least])
        try:
            return self._fenced(mine, {"requested": [""]}, {"version": str(version)})
        except LeaseLost as error:
            if self.get(mine.id).requested:
                raise Cancelled("Cancelled on request.") from error
            raise

    def finish(
        self, mine: Record, state: State, notes: Json | None = None, events: Sequence[Json] = ()
    ) -> Record:
        """The attempt's end, and with it the record's; the notes have its result or problem."""
        notes = notes or {}
        why = notes.get("problem", {}).get("code", "done")
        fields = {"state": state, **as_text(notes)}
        return self._fenced(mine, {}, fields, stamp=["finished_at"], why=why, events=events)

    def give_back(self, mine: Record, why: str, notes: Json | None = None) -> Record:
        """Queue it again: the attempt ends here through no fault of the job."""
        return self._fenced(mine, {}, {"state": State.QUEUED, **as_text(notes or {})}, why=why)

    def lose(self, mine: Record, max_attempts: int, cause: str) -> Record:
        """Its process died. Queue it again, or fail it when that has happened too often."""
        losses = mine.losses + 1
        if losses < max_attempts:
            fields = {"state": State.QUEUED, "losses": str(losses)}
            return self._fenced(mine, {}, fields, why=cause)
        detail = f"The worker that had it was lost {losses} times; the last cause: {cause}."
        problem = json.dumps({"code": WorkerLost.code, "detail": detail})
        fields = {"state": State.FAILED, "losses": str(losses), "problem": problem}
        return self._fenced(mine, {}, fields, stamp=["finished_at"], why=cause)

    def cancel(self, record_id: str) -> Record:
        """End a queued record now; ask a running one to end. Twice is as good as once."""
        ended, record = self._change(
            record_id,
            {"state": [State.QUEUED], "version": [""]},
            {"state": State.CANCELLED},
            stamp=["finished_at"],
            why="cancel",
        )
        if ended or record.state is State.CANCELLED:
            return record
        asked, record = self._change(
            record_id, {"state": [State.RUNNING], "version": [""]}, {"requested": "cancel"}
        )
        if not asked:
            done = "is being published" if record.state not in FINAL else f"is {record.state}"
            raise IllegalMove(f"Expected a job that is queued or running; this one {done}.")
        return record

    def lapsed(self) -> list[Record]:
        """Running records whose lease is over."""
        with redis_named():
            seconds, micros = self._redis.time()
            now = seconds * 1000 + micros // 1000
            ids = self._redis.zrangebyscore(f"{self._key}s:leases", "-inf", now)
        return [self.get(record_id) for record_id in ids]

    def _fenced(self, mine: Record, expect: Expected, fields: Json, **how: Any) -> Record:
        """Change what only the attempt that holds the lease may change."""
        fence: Expected = {"state": [State.RUNNING], "attempt": [str(mine.attempt)], **expect}
        changed, record = self._change(mine.id, fence, fields, **how)
        if not changed:
            raise LeaseLost(
                f"Attempt {mine.attempt} of {mine.id} came too late: it is {record.state}, "
                f"attempt {record.attempt}{record.requested and ', to be cancelled'}."
            )
        return record

    def _change(
        self,
        record_id: str,
        expect: Expected,
        fields: Json,
        *,
        stamp: list[str] | None = None,
        lease_s: float | None = None,
        why: str = "",
        events: Sequence[Json] = (),
    ) -> tuple[bool, Record]:
        if "state" in fields and any(
            fields["state"] not in MOVES[State(s)] for s in expect["state"] if s
        ):
            raise ValueError(f"No move leads from {expect['state']} to {fields['state']}.")
        want: Json = {"expect": expect, "set": fields, "stamp": stamp or [], "why": why}
        want["final"] = fields.get("state") in FINAL
        want["events"] = [{"event": e["event"], "data": json.dumps(e["data"])} for e in events]
        if lease_s is not None:
            want["lease_ms"] = int(lease_s * 1000)
        with redis_named():
            changed, flat = self._compare_and_set(
                keys=[self._key, self._checked(record_id)], args=[json.dumps(want)]
            )
        if not flat:
            raise self._missing(record_id)
        return bool(changed), record_of(record_id, dict(zip(flat[::2], flat[1::2], strict=True)))

    def _checked(self, record_id: str) -> str:
        # Whatever is no id must not meet a key: `x:events` would be another one.
        if not re.fullmatch(rf"{self.kind}_[0-9a-f]{{32}}", record_id):
            raise self._missing(record_id)
        return record_id

    def _missing(self, record_id: str) -> WorkerError:
        missing = KINDS[self.kind]
        return missing(f"{missing.__doc__} Asked for: {record_id!r:.60}.")


def as_text(notes: Json) -> dict[str, str]:
    return {name: json.dumps(value) for name, value in notes.items()}


def open_records(client: redis.Redis) -> dict[str, Records]:
    """The records of every kind."""
    return {kind: Records(client, kind) for kind in KINDS}
