"""The trash: where what was deleted is kept for some days, and how it goes for good.

Redis keys, where {kind} is `ds`, `bb` or `pred`:

    purr:{kind}s:trashed    the ids in the trash
    purr:{kind}s:until      the same by the time at which they go; with 0 those that are going now

What a record says of it is filed in the store too, before anybody is told. What goes is
marked first, in Redis and in the store, then its files are removed, and its record last: whoever
dies meanwhile leaves something marked, and the next sweep does the rest.
"""

import logging
from contextlib import suppress
from typing import Any

import redis

from worker.errors import IllegalMove, RecordNotFound, StoreFull
from worker.jobs.archiver import Archiver
from worker.jobs.placement import COMPUTING
from worker.jobs.record import (
    FINAL,
    GOING,
    KINDS,
    NOUNS,
    UNFINISHED,
    Record,
    kind_of,
    time_text,
)
from worker.jobs.redis_connection import redis_named
from worker.jobs.redis_records import Expected
from worker.jobs.transitions import Transitions
from worker.jobs.trash_scripts import FORGET, PUT
from worker.store.store import Store

NAMED = 5  # jobs, scorings and versions in a message
AT_ONCE = 10  # of a kind, that one sweep removes

log = logging.getLogger(__name__)


class Trash:
    """What was deleted, of one kind. Every method raises QueueUnavailable if Redis does not
    answer."""

    def __init__(
        self, client: redis.Redis, records: Transitions, store: Store, archiver: Archiver
    ) -> None:
        # Any: its answers are typed for both kinds of client at once.
        self._redis: Any = client
        self._records, self._store, self._archiver = records, store, archiver
        self._key, self._noun = f"purr:{records.kind}", NOUNS[records.kind]
        # A version in the making, a record of the same kind, needs a dataset too.
        self._needing = [f"purr:{kind}" for kind in dict.fromkeys((*COMPUTING, records.kind))]
        self._put, self._forget = client.register_script(PUT), client.register_script(FORGET)

    def put(self, record: Record, keep_s: float) -> None:
        """Take something out of use. When this returns, that survives a wipe of Redis. One that is
        in the trash already stays there until the time that was told.

        Args:
            keep_s: for how long it can be restored; 0: it goes for good at once.

        Raises:
            RecordNotFound: it was deleted meanwhile.
            IllegalMove: it is still being imported, or a job, a scoring or a version that has
                not ended uses it.
            QueueUnavailable: Redis was wiped and is not filled again yet.
            StoreFull: the disk is full.
        """
        if record.state not in FINAL:
            raise IllegalMove(
                f"Expected a {self._noun} whose import is over; this one is still imported. Cancel "
                "that, or wait until it is over."
            )
        now = "" if keep_s else time_text(record.trashed_until)
        until, *needed = self._taken(record.id, now, keep_s)
        if needed:
            raise IllegalMove(needed_by(self._noun, *needed))
        if until == GOING:
            self._remove(record.id)
        else:
            self._archiver.file(record.id)
            log.info("%s is in the trash", record.id)

    def restore(self, record: Record) -> Record:
        """Put something back into use, as it was. When this returns, that survives a wipe of Redis.

        Raises:
            RecordNotFound: it went for good meanwhile.
            IllegalMove: it is not in the trash.
        """
        if record.trashed_until is None:
            raise IllegalMove(f"Expected a {self._noun} in the trash; this one is in use.")
        if record.going:
            raise gone(record.id)
        before: Expected = {"trashed_until": [time_text(record.trashed_until)]}
        _, after = self._records.change(record.id, before, {"trashed_until": ""})
        if after.trashed_until is not None:  # it was restored and deleted meanwhile, or goes
            return self.restore(after)
        self._archiver.file(record.id)
        log.info("%s is restored", record.id)
        return after

    def sweep(self, at_ms: int) -> None:
        """Remove what was to go by this time of Redis, in milliseconds since 1970, and what
        somebody else began to remove. What cannot be removed is logged, and tried again at the next
        call."""
        with redis_named():
            due = self._redis.zrangebyscore(
                f"{self._key}s:until", "-inf", at_ms, start=0, num=AT_ONCE, withscores=True
            )
        for record_id, until in due:
            self._empty(record_id, until)

    def holds_any(self) -> bool:
        """Returns whether anything is in the trash."""
        return self.next_ms() is not None

    def next_ms(self) -> int | None:
        """Returns when something is to go next, in milliseconds since 1970; None if the trash is
        empty."""
        with redis_named():
            found = self._redis.zrange(f"{self._key}s:until", 0, 0, withscores=True)
        return int(found[0][1]) if found else None

    def empty_oldest(self) -> bool:
        """Remove what is to go next. Returns whether there was one."""
        with redis_named():
            found = self._redis.zrange(f"{self._key}s:until", 0, -1, withscores=True)
        return any(self._empty(record_id, until) for record_id, until in found)

    def _empty(self, record_id: str, until: float) -> bool:
        """Remove what is to go at this time. Returns whether it did: not if it was
        restored meanwhile, if Redis was told again of a job that needs it, or if its files cannot
        be removed, which is logged."""
        try:
            after, *_ = self._taken(record_id, str(int(until)), keep_s=0)
            if after != GOING:
                return False
            self._remove(record_id)
        except RecordNotFound:
            return False
        except OSError as error:
            log.warning("%s cannot be removed yet: %s", record_id, error)
            return False
        return True

    def _taken(self, record_id: str, now: str, keep_s: float) -> list[Any]:
        """Returns what the script PUT answers.

        Raises:
            RecordNotFound: it answers nothing.
            QueueUnavailable: Redis may not know of all jobs, or have read an old snapshot in which
                it is still in the trash.
        """
        self._records.check_complete()
        with redis_named():
            found: Any = self._put(
                keys=[self._key, record_id, *self._needing],
                args=[now, round(keep_s * 1000), NAMED, *UNFINISHED],
            )
        if found is None:
            raise gone(record_id)
        return list(found)

    def _remove(self, record_id: str) -> None:
        """Remove what is going: its files, and its record last."""
        root = self._records.get(record_id).root
        with suppress(StoreFull):  # a full disk is the best reason to delete something
            self._archiver.file(record_id)
        self._store.drop(record_id)
        self._store.uploads.drop(record_id)
        self._store.archive.forget(record_id)  # or a wiped Redis would be told of it again
        self._store.forget_lineage(root)
        with redis_named():
            self._forget(keys=[self._key, record_id], args=[GOING])
        log.info("%s is gone for good", record_id)


def gone(record_id: str) -> RecordNotFound:
    """Returns the error for what is being removed, or was removed just now."""
    kind = kind_of(record_id)
    return KINDS[kind](f"No {NOUNS[kind]} has the id {record_id} any more.")


def needed_by(noun: str, count: int, *named: str) -> str:
    """Returns why a dataset or a backbone cannot be deleted that so many records need."""
    others = f" and {count - len(named)} more" if count > len(named) else ""
    return (
        f"Expected a {noun} that nothing needs which is not over; {', '.join(named)}{others} "
        f"{'do' if count > 1 else 'does'}. Cancel what needs it, or wait until it is over."
    )
