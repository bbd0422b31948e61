"""Looks after records that nobody looks after any more.

Any number may sweep at once: each loss is a compare-and-set, and a message sent twice is harmless.
"""

import logging
import math
from contextlib import suppress
from datetime import UTC, datetime

from redis.exceptions import LockError

from worker.errors import LeaseLost
from worker.jobs.archiver import Archiver
from worker.jobs.queue import JobQueue
from worker.jobs.record import Record, State
from worker.jobs.redis_connection import redis_named
from worker.jobs.transitions import ENDS, Transitions

GRACE_S = 30  # for an attempt to hear what was asked of it

log = logging.getLogger(__name__)


class Reaper:
    """Queues lost attempts again, and enqueues again queued records whose message was lost, or
    waits in a queue that nobody serves any more.

    Attributes:
        unrung: ids that were queued without a message in a served queue at the last sweep.
    """

    def __init__(
        self,
        records: dict[str, Transitions],
        job_queue: JobQueue,
        archiver: Archiver,
        max_attempts: int,
    ) -> None:
        self._records, self._job_queue, self._max_attempts = records, job_queue, max_attempts
        self._archiver = archiver
        self.unrung: set[str] = set()

    def sweep(self) -> None:
        """One look at everything, unless somebody else is looking; meant to be called again every
        few seconds."""
        lock = self._archiver.alone()
        with redis_named():
            if not lock.acquire():
                return
        try:
            self._look()
        finally:
            # Inside of redis_named, for which a lock that has lapsed would be a fault of Redis.
            with redis_named(), suppress(LockError):
                lock.release()

    def _look(self) -> None:
        self._archiver.fill()
        unrung: set[str] = set()
        for kind, records in self._records.items():
            for record in records.lapsed():
                self.lost(record, "no sign of life of its worker or machine")
            queued = set(records.ids(State.QUEUED))
            missing = queued - self._job_queue.waiting(kind) if queued else set()
            # At its first sighting a message may just be on its way, to the queue or from it.
            self._ring_again(records, missing & self.unrung)
            unrung |= missing
        self.unrung = unrung
        self._archiver.file_all()
        self._archiver.tidy()

    def _ring_again(self, records: Transitions, ids: set[str]) -> None:
        """Enqueue those whose message is lost, or waits where it belongs no more."""
        for record in self._job_queue.without_message(map(records.get, sorted(ids))):
            log.warning("%s had no message that a worker would find; ringing again", record.id)
            self._job_queue.enqueue(record)

    def lost(self, record: Record, cause: str) -> None:
        """Take note that the process which had this attempt is gone."""
        most = math.inf if self._archiver.published(record) else self._max_attempts
        try:
            after = self._records[record.kind].lose(record, most, cause)
        except LeaseLost:
            return  # it ended, or somebody else noticed first
        log.warning("lost attempt %d of %s: %s", record.attempt, record.id, cause)
        if after.state is State.QUEUED:
            self._job_queue.enqueue(after)

    def died(self, worker: str, cause: str) -> None:
        """The child of this worker is gone: so is the attempt that it had, if it had one."""
        for records in self._records.values():
            for record in records.running():
                if record.worker == worker:
                    self.lost(record, cause)

    def overdue(self, worker: str) -> bool:
        """Whether this worker's child was asked to leave so long ago that it must hang."""
        return any(
            record.worker == worker and hangs(record) for record in self._records["job"].running()
        )


def hangs(record: Record) -> bool:
    """Whether a running record's attempt has not done what was asked of it within GRACE_S.

    Who has heard that it is to stop may measure the model for as long as that takes; and who was to
    stop when it had just begun may still be opening its data.
    """
    asked, began = record.requested_at, record.started_at
    if record.version is not None or asked is None or began is None:
        return False
    if record.requested == "stop":
        stop_acknowledged = (
            bool(record.stop_acknowledged) or (asked - began).total_seconds() < GRACE_S
        )
    else:
        stop_acknowledged = record.requested not in ENDS
    return not stop_acknowledged and (datetime.now(UTC) - asked).total_seconds() > GRACE_S
