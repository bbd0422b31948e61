"""Records in Redis: one hash each, changed by one compare-and-set script.

Redis keys, all under `purr:`; {kind} is `job`, `ds`, `bb` or `pred`:

    {kind}:{id}            the record
    {kind}:{id}:events     a stream: every move of its state, with who and why, and what was told
    {kind}s                all ids but those in the trash; {kind}s:{state} those of them in a state;
                           ids sort by time of creation
    {kind}s:waiting        queued ids, those of a higher priority first
    {kind}s:leases         running ids by the time at which their lease lapses
    {kind}s:unfiled        ids of records that have changed and are not filed in the store yet
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

from worker.errors import QueueFull, QueueUnavailable, WorkerError
from worker.jobs.compare_and_set import COMPARE_AND_SET, UNFIT, unfit
from worker.jobs.fill_mark import filled
from worker.jobs.record import FILED, FINAL, KINDS, Record, State, may_move, record_of
from worker.jobs.redis_connection import FULL, redis_named
from worker.jsontypes import Json

Expected = dict[str, Sequence[str]]  # a field, and the values of which it must have one

FULL_SHARE = 0.9  # of its memory, that Redis may use before nothing new is accepted
ROOM_S = 1.0  # between two looks at how much it uses
AT_ONCE = 26  # records of a page that are fetched together
TRASHED = "trashed"  # the part of all datasets that are in the trash

log = logging.getLogger(__name__)


class RedisRecords:
    """All records of one kind: read, and changed by one script.

    Every method raises QueueUnavailable if Redis does not answer.
    """

    def __init__(self, client: redis.Redis, kind: str) -> None:
        # Any: its answers are typed for both kinds of client, with text and with bytes, at once.
        self._redis: Any = client
        self.kind = kind
        self._key = f"purr:{kind}"
        self._looked, self._full = -math.inf, False
        self._compare_and_set = client.register_script(COMPARE_AND_SET)

    def check(self) -> None:
        """Ask Redis for an answer, before anything is handed in.

        Raises:
            QueueUnavailable: it does not answer.
        """
        with redis_named():
            self._redis.ping()

    def check_complete(self) -> None:
        """Refuse to say what is not there while Redis may have forgotten it.

        Raises:
            QueueUnavailable: it is being told which records there are, or does not answer.
        """
        if not filled(self._redis):
            raise QueueUnavailable("Redis is being told which records there are; ask shortly.")

    def check_room(self) -> None:
        """Refuse anything new while Redis has little memory left.

        The rest is kept for the records that exist: an attempt that cannot renew its lease is lost.

        Raises:
            QueueFull: Redis uses more than FULL_SHARE of its memory.
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
        """Returns the record with this id.

        Raises:
            RecordNotFound: there is none.
        """
        with redis_named():
            fields = self._redis.hgetall(f"{self._key}:{self._checked(record_id)}")
        if not fields:
            raise self._missing(record_id)
        return record_of(record_id, fields)

    def page(self, part: str | None, limit: int, after: str | None) -> Iterator[Record]:
        """Yields up to `limit` records, the newest first, from behind the one with the id `after`.

        Args:
            part: those in this state, or those that are TRASHED; None: all but these.

        They are fetched AT_ONCE at a time, so a caller that stops early costs little.
        """
        listing = f"{self._key}s:{part}" if part else f"{self._key}s"
        top = f"({after}" if after else "+"
        with redis_named():
            ids = self._redis.zrevrangebylex(listing, top, "-", start=0, num=limit)
        yield from self._each(ids)

    def ids(self, state: State) -> list[str]:
        """Returns the ids of all records in this state, the oldest first."""
        with redis_named():
            ids: list[str] = self._redis.zrange(f"{self._key}s:{state}", 0, -1)
        return ids

    def running(self) -> list[Record]:
        """Returns all running records."""
        return self._all(self.ids(State.RUNNING))

    def waiting(self, limit: int) -> list[Record]:
        """Returns the queued records that come next: by priority, then by age."""
        with redis_named():
            ids = self._redis.zrange(f"{self._key}s:waiting", 0, limit - 1)
        return self._all(ids)

    def position(self, record_id: str) -> int | None:
        """Returns the place of a record in the queue, from 1; None if it is not queued."""
        with redis_named():
            rank = self._redis.zrank(f"{self._key}s:waiting", record_id)
        return None if rank is None else rank + 1

    def several(self, ids: Sequence[str]) -> dict[str, Record]:
        """Returns the records with these ids, by id, without those that are missing."""
        return {record.id: record for record in self._each(ids)}

    def lapsed(self, at_ms: int) -> list[Record]:
        """Returns the running records whose lease has lapsed by this time of Redis, in milliseconds
        since 1970."""
        with redis_named():
            ids = self._redis.zrangebyscore(f"{self._key}s:leases", "-inf", at_ms)
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
        needs: Sequence[str] = (),
    ) -> tuple[bool, Record]:
        """Set these fields if others are as expected; returns whether they were, and the record.

        Args:
            stamp: fields that are set to the time of the change.
            lease_s: the new lease of a running record, in seconds from now.
            who, why: of a move, for its event and the log; without a `who` there is neither.
            events: written before the event of the move.
            needs: ids of datasets and backbones that must be ready and not in the trash.

        Raises:
            ValueError: no move leads from an expected state to the new one.
            RecordNotFound: there is no such record, and none was expected.
            DatasetNotReady, DatasetNotFound, BackboneNotFound: one of these is not so.
        """
        if after := fields.get("state"):
            check_move(expect["state"], State(after))
        want: Json = {"expect": expect, "set": fields, "stamp": list(stamp)}
        want |= {"who": who, "why": why, "final": after in FINAL, "needs": [*needs]}
        moved = bool(who) and (after in FILED or State.PAUSED in expect["state"])
        want["file"] = moved or not {"requested", "trashed_until"}.isdisjoint(fields)
        want["events"] = [{"event": e["event"], "data": json.dumps(e["data"])} for e in events]
        if lease_s is not None:
            want["lease_ms"] = int(lease_s * 1000)
        changed, record = self._compared_and_set(record_id, want)
        if changed and who:
            log_move(record, who, why)
        return changed, record

    def put_back(self, record_id: str, expect: Expected, fields: Json) -> bool:
        """Set fields of a record that Redis had forgotten, if others have an expected value now.

        This is no move of its state, so it writes no event and counts nothing.

        Returns:
            Whether they were set.
        """
        want: Json = {"expect": expect, "set": fields, "stamp": [], "events": []}
        done, _ = self._compared_and_set(record_id, want | {"who": "", "why": ""})
        return done

    def _compared_and_set(self, record_id: str, want: Json) -> tuple[bool, Record]:
        with redis_named():
            changed, flat = self._compare_and_set(
                keys=[self._key, self._checked(record_id)], args=[json.dumps(want)]
            )
        if changed == UNFIT:
            raise unfit(*flat)
        if not flat:
            raise self._missing(record_id)
        return bool(changed), record_of(record_id, dict(zip(flat[::2], flat[1::2], strict=True)))

    def _each(self, ids: Sequence[str]) -> Iterator[Record]:
        """The records with these ids, without those that are missing, fetched AT_ONCE at a time."""
        for at in range(0, len(ids), AT_ONCE):
            yield from self._all(ids[at : at + AT_ONCE])

    def _all(self, ids: Sequence[str]) -> list[Record]:
        """Returns the records with these ids, without those that are missing."""
        with redis_named():
            pipeline = self._redis.pipeline(transaction=False)
            for record_id in ids:
                pipeline.hgetall(f"{self._key}:{record_id}")
            rows = pipeline.execute()
        return [record_of(i, fields) for i, fields in zip(ids, rows, strict=True) if fields]

    def _checked(self, record_id: str) -> str:
        # Only an id may become part of a key: `x:events` would be the key of something else.
        if not re.fullmatch(rf"{self.kind}_[0-9a-f]{{32}}", record_id):
            raise self._missing(record_id)
        return record_id

    def _missing(self, record_id: str) -> WorkerError:
        missing = KINDS[self.kind]
        return missing(f"{missing.__doc__} Asked for: {record_id!r:.60}.")


def check_move(before: Sequence[str], after: State) -> None:
    """Raises ValueError if no move leads from one of these states, "" for none, to the next."""
    if not all(may_move(State(state), after) for state in before if state):
        raise ValueError(f"No move leads from {before} to {after}.")


def log_move(record: Record, who: str, why: str) -> None:
    attempt = f", attempt {record.attempt}" if record.attempt else ""
    log.info("%s is %s%s, by %s: %s", record.id, record.state, attempt, who, why)
