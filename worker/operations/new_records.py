"""How a request becomes a record: durable first, then known to Redis, then queued."""

from collections.abc import Callable
from contextlib import suppress

from worker.errors import (
    AcceptanceUnknown,
    CheckpointNotFound,
    DatasetNotReady,
    InvalidParameter,
    QueueFull,
    QueueUnavailable,
    RecordNotFound,
    StoreFull,
)
from worker.jobs.queue import JobQueue
from worker.jobs.record import NOUNS, Record, State
from worker.jobs.transitions import Transitions
from worker.jsontypes import Json
from worker.store.record_archive import Archive

# What may turn out between the check of a request and its record: then there is none.
REFUSALS = (
    StoreFull,
    QueueFull,
    DatasetNotReady,
    InvalidParameter,
    CheckpointNotFound,
    RecordNotFound,
)

Created = Callable[[str, Json], Record]  # makes the record of this id with this body


class NewRecords:
    """Makes records of one kind."""

    def __init__(self, records: Transitions, job_queue: JobQueue, archive: Archive) -> None:
        self._records, self._job_queue, self._archive = records, job_queue, archive

    def make(self, record_id: str, request: Json, created: Created) -> Record:
        """Returns the record of a request. When this returns, the request is durable, and its
        record is in Redis.

        Args:
            request: a `body`, and by which `idempotency` key it is known, if it came with one.

        Raises:
            AcceptanceUnknown: Redis stopped answering meanwhile.
            WorkerError: as `created` raises it.
        """
        try:
            self._archive.keep_request(record_id, request)
            record = created(record_id, request["body"])
        except REFUSALS:
            if "idempotency" not in request:  # otherwise a repeated request may still need it
                self._archive.withdraw(record_id)
            raise
        except QueueUnavailable as error:
            # The request stays in the store, from which a sweep restores or removes the record.
            raise AcceptanceUnknown(NOUNS[self._records.kind]) from error
        return self.enqueued(record)

    def enqueued(self, record: Record) -> Record:
        """Returns the record, of which a worker hears if it waits for one."""
        if record.state is State.QUEUED:
            with suppress(QueueUnavailable):  # a sweep will enqueue it
                self._job_queue.enqueue(record)
        return record
