"""The reaper: finds attempts whose process has died, and queued records whose message is lost.

Any number of processes may do so at once: a loss is recorded by compare-and-set, and a message that
is sent twice is harmless.
"""

import logging
import math
from datetime import UTC, datetime

import redis

from worker.errors import LeaseLost
from worker.jobs.archiver import Archiver
from worker.jobs.attempt_moves import REQUESTED_ENDS
from worker.jobs.garbage import Garbage
from worker.jobs.placement import COMPUTING
from worker.jobs.queue import JobQueue
from worker.jobs.record import DELETABLE, Record, State
from worker.jobs.recovery import Recovery
from worker.jobs.redis_connection import now_ms, redis_named
from worker.jobs.room import Room
from worker.jobs.sweep_lock import sweeping
from worker.jobs.transitions import Transitions
from worker.jobs.trash import Trash
from worker.store.store import Store

GRACE_S = 30  # within which an attempt must do what was requested

log = logging.getLogger(__name__)


class Reaper:
    """Queues lost attempts again, sends lost messages again, keeps Redis and the store in step, and
    empties the trash.

    Attributes:
        unmessaged: ids that were queued at the last sweep without a message for any worker.
    """

    def __init__(
        self,
        client: redis.Redis,
        records: dict[str, Transitions],
        job_queue: JobQueue,
        store: Store,
        max_attempts: int,
    ) -> None:
        self._redis, self._store = client, store
        self._records, self._job_queue, self._max_attempts = records, job_queue, max_attempts
        self._archiver = Archiver(client, records, store)
        self._recovery = Recovery(client, records, store)
        self._garbage = Garbage(client, records, store)
        self._trashes = {
            kind: Trash(client, records[kind], store, self._archiver) for kind in DELETABLE
        }
        self._room = Room(self._trashes["ds"], records, store)
        self.unmessaged: set[str] = set()

    def sweep(self) -> None:
        """Look at all records once, unless another process is sweeping. Call it every few seconds.

        Raises:
            QueueUnavailable: Redis does not answer.
        """
        with sweeping(self._redis) as alone:
            if alone:
                self._look()

    def _look(self) -> None:
        self._recovery.fill()
        with redis_named():
            at_ms = now_ms(self._redis)
        unmessaged: set[str] = set()
        for kind, records in self._records.items():
            for record in records.lapsed(at_ms):
                self.lost(record, "no sign of life of its worker or machine")
            queued = set(records.ids(State.QUEUED))
            missing = queued - self._job_queue.waiting(kind) if queued else set()
            # At its first sighting a message may just be on its way, to the queue or from it.
            self._enqueue_again(records, missing & self.unmessaged)
            unmessaged |= missing
        self.unmessaged = unmessaged
        self._archiver.file_all()
        for trash in self._trashes.values():
            trash.sweep(at_ms)
        self._store.model_trash.sweep()
        self._room.keep()
        self._garbage.collect()

    def _enqueue_again(self, records: Transitions, ids: set[str]) -> None:
        """Enqueue the records whose message is lost, or lies in a queue they belong in no more."""
        for record in self._job_queue.without_message(map(records.get, sorted(ids))):
            log.warning("%s had no message that a worker would find; enqueued again", record.id)
            self._job_queue.enqueue(record)

    def lost(self, record: Record, cause: str) -> None:
        """Record that the process of this attempt has died, and enqueue the record if it goes on.

        Args:
            cause: of the process's end, in a few words.

        Raises:
            QueueUnavailable: Redis does not answer.
        """
        most = math.inf if self._published(record) else self._max_attempts
        try:
            after = self._records[record.kind].record_loss(record, most, cause)
        except LeaseLost:
            return  # the attempt has ended, or another process noticed first
        log.warning("lost attempt %d of %s: %s", record.attempt, record.id, cause)
        if after.state is State.QUEUED:
            self._job_queue.enqueue(after)

    def _published(self, record: Record) -> bool:
        """Whether its model is in the store: then another attempt only has to report that."""
        if record.version is None:
            return False
        return self._store.models.version_of(record.body["model"], record.id) is not None

    def died(self, worker: str, cause: str) -> None:
        """Record that this worker's child has died, and with it the attempt that it had, if any."""
        for records in self._records.values():
            for record in records.running():
                if record.worker == worker:
                    self.lost(record, cause)

    def overdue(self, worker: str) -> bool:
        """Returns whether this worker's child hangs, and must be killed."""
        return any(
            record.worker == worker and hangs(record)
            for kind in COMPUTING  # an import kills the process that works for it
            for record in self._records[kind].running()
        )


def hangs(record: Record) -> bool:
    """Returns whether the attempt of a running record has ignored a request for GRACE_S.

    Two attempts are never said to hang: one that has stopped and is measuring its model, which may
    take long; and one that was asked to stop within GRACE_S of its start, which may be opening its
    data.
    """
    asked, began = record.requested_at, record.started_at
    if record.version is not None or asked is None or began is None:
        return False
    if record.requested == "stop":
        early = (asked - began).total_seconds() < GRACE_S
        owed = not (record.stop_acknowledged or early)
    else:
        owed = record.requested in REQUESTED_ENDS
    return owed and (datetime.now(UTC) - asked).total_seconds() > GRACE_S
