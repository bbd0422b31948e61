"""The trash: where a deleted dataset is kept for some days, and how it goes for good.

Redis keys:

    purr:dss:trashed    the ids in the trash
    purr:dss:until      the same by the time at which they go; with 0 those that are going now

What a record says of it is filed in the store too, before anybody is told. A dataset that goes is
marked first, in Redis and in the store, then its files are removed, and its record last: whoever
dies meanwhile leaves something marked, and the next sweep does the rest.
"""

import logging
from contextlib import suppress
from typing import Any

import redis

from worker.errors import DatasetNotFound, IllegalMove, QueueUnavailable, StoreFull
from worker.jobs.archiver import Archiver
from worker.jobs.fill_mark import filled
from worker.jobs.record import FINAL, GOING, UNFINISHED, Record, time_text
from worker.jobs.redis_connection import redis_named
from worker.jobs.redis_records import Expected
from worker.jobs.transitions import Transitions
from worker.jobs.trash_scripts import FORGET, PUT
from worker.store.store import Store

NAMED = 5  # jobs and versions in a message
AT_ONCE = 10  # datasets that one sweep removes

log = logging.getLogger(__name__)


class Trash:
    """Datasets that were deleted. Every method raises QueueUnavailable if Redis does not answer."""

    def __init__(
        self, client: redis.Redis, records: Transitions, store: Store, archiver: Archiver
    ) -> None:
        # Any: its answers are typed for both kinds of client at once.
        self._redis: Any = client
        self._records, self._store, self._archiver = records, store, archiver
        self._put, self._forget = client.register_script(PUT), client.register_script(FORGET)

    def put(self, dataset: Record, keep_s: float) -> None:
        """Take a dataset out of use. When this returns, that survives a wipe of Redis. One that is
        in the trash already stays there until the time that was told.

        Args:
            keep_s: for how long it can be restored; 0: it goes for good at once.

        Raises:
            DatasetNotFound: it was deleted meanwhile.
            IllegalMove: it is still being imported, or a job or a version that has not ended
                uses it.
            QueueUnavailable: Redis was wiped and is not filled again yet.
            StoreFull: the disk is full.
        """
        if dataset.state not in FINAL:
            raise IllegalMove(
                "Expected a dataset whose import is over; this one is still imported. Cancel that "
                "first."
            )
        now = "" if keep_s else time_text(dataset.trashed_until)
        until, *needed = self._taken(dataset.id, now, keep_s)
        if needed:
            raise IllegalMove(needed_by(*needed))
        if until == GOING:
            self._remove(dataset.id)
        else:
            self._archiver.file(dataset.id)
            log.info("%s is in the trash", dataset.id)

    def restore(self, dataset: Record) -> Record:
        """Put a dataset back into use, as it was. When this returns, that survives a wipe of Redis.

        Raises:
            DatasetNotFound: it went for good meanwhile.
            IllegalMove: it is not in the trash.
        """
        if dataset.trashed_until is None:
            raise IllegalMove("Expected a dataset in the trash; this one is in use.")
        if dataset.going:
            raise DatasetNotFound(f"No dataset has the id {dataset.id} any more.")
        before: Expected = {"trashed_until": [time_text(dataset.trashed_until)]}
        _, after = self._records.change(dataset.id, before, {"trashed_until": ""})
        if after.trashed_until is not None:  # it was restored and deleted meanwhile, or goes
            return self.restore(after)
        self._archiver.file(dataset.id)
        log.info("%s is restored", dataset.id)
        return after

    def sweep(self) -> None:
        """Remove what has been in the trash for long enough, and what somebody else began to
        remove. What cannot be removed is logged, and tried again at the next call."""
        with redis_named():
            seconds, micros = self._redis.time()
            now = seconds * 1000 + micros // 1000
            due = self._redis.zrangebyscore(
                "purr:dss:until", "-inf", now, start=0, num=AT_ONCE, withscores=True
            )
        for dataset_id, until in due:
            self._empty(dataset_id, until)

    def holds_any(self) -> bool:
        """Returns whether there is anything in the trash."""
        with redis_named():
            return bool(self._redis.exists("purr:dss:until"))

    def empty_oldest(self) -> bool:
        """Remove the dataset that is to go next. Returns whether there was one."""
        with redis_named():
            found = self._redis.zrange("purr:dss:until", 0, -1, withscores=True)
        return any(self._empty(dataset_id, until) for dataset_id, until in found)

    def _empty(self, dataset_id: str, until: float) -> bool:
        """Remove a dataset that is to go at this time. Returns whether it did: not if it was
        restored meanwhile, if Redis was told again of a job that needs it, or if its files cannot
        be removed, which is logged."""
        try:
            after, *_ = self._taken(dataset_id, str(int(until)), keep_s=0)
            if after != GOING:
                return False
            self._remove(dataset_id)
        except DatasetNotFound:
            return False
        except OSError as error:
            log.warning("%s cannot be removed yet: %s", dataset_id, error)
            return False
        return True

    def _taken(self, dataset_id: str, now: str, keep_s: float) -> list[Any]:
        """Returns what the script PUT answers.

        Raises:
            DatasetNotFound: it answers nothing.
            QueueUnavailable: Redis may not know of all jobs, or have read an old snapshot in which
                a dataset is still in the trash.
        """
        if not filled(self._redis):
            raise QueueUnavailable("Redis is being told which jobs there are; ask shortly.")
        with redis_named():
            found: Any = self._put(
                keys=["purr:ds", dataset_id, "purr:job"],
                args=[now, round(keep_s * 1000), NAMED, *UNFINISHED],
            )
        if found is None:
            raise DatasetNotFound(f"No dataset has the id {dataset_id} any more.")
        return list(found)

    def _remove(self, dataset_id: str) -> None:
        """Remove a dataset that is going: its files, and its record last."""
        root = self._records.get(dataset_id).root
        with suppress(StoreFull):  # a full disk is the best reason to delete something
            self._archiver.file(dataset_id)
        self._store.datasets.drop(dataset_id)
        self._store.uploads.drop(dataset_id)
        self._store.originals.drop_unused()
        self._store.archive.forget(dataset_id)  # or a wiped Redis would be told of it again
        self._store.forget_lineage(root)
        with redis_named():
            self._forget(keys=["purr:ds", dataset_id], args=[GOING])
        log.info("%s is gone for good", dataset_id)


def needed_by(count: int, *named: str) -> str:
    """Returns why a dataset cannot be deleted that so many jobs and versions need."""
    others = f" and {count - len(named)} more" if count > len(named) else ""
    return (
        f"Expected a dataset that nothing needs which is not over; {', '.join(named)}{others} "
        f"{'do' if count > 1 else 'does'}. Cancel what needs it, or wait until it is over."
    )
