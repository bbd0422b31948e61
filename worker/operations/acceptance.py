"""How a request becomes a record: durable first, then known to Redis, then queued; and once,
however often it comes with the same key."""

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
    WorkerError,
)
from worker.jobs.idempotency import Keys
from worker.jobs.queue import JobQueue
from worker.jobs.record import NOUNS, Record, State, new_id
from worker.jobs.transitions import Transitions
from worker.jsontypes import Json
from worker.store.record_archive import Archive

# What may turn out between the check of a request and its record: then there is none.
REFUSALS = (StoreFull, QueueFull, DatasetNotReady, InvalidParameter, CheckpointNotFound)

Admitted = Callable[[], Json]  # the body of a request that is sound; raises what refuses it
Created = Callable[[str, Json], Record]  # makes the record of this id with this body


class Acceptance:
    """Accepts requests for records of one kind."""

    def __init__(
        self, records: Transitions, keys: Keys, job_queue: JobQueue, archive: Archive
    ) -> None:
        self._records, self._keys = records, keys
        self._job_queue, self._archive = job_queue, archive

    def accept(self, asked: Json, key: str | None, admitted: Admitted, created: Created) -> Record:
        """Returns the record of a request, or that of the first request with this key. When this
        returns, the request is durable, and its record is in Redis.

        Args:
            asked: by which a request that comes again is known.
            key: an idempotency key, if it came with one.

        Raises:
            IdempotencyConflict: the key came with another request before.
            AcceptanceUnknown: Redis stopped answering meanwhile.
            WorkerError: as `admitted` and `created` raise them.
        """
        own = new_id(self._records.kind)
        if key is None:
            return self.made(own, {"body": admitted()}, created)
        record_id, about = self._keys.reserve(key, asked, own)
        if record_id != own and (known := self._known(record_id)):
            return known
        try:
            body = admitted()
        except QueueUnavailable:
            raise
        except WorkerError:
            if record_id == own:
                self._keys.release(about, own)
            raise
        # Another request with this key writes the same files.
        record = self.made(record_id, {"body": body, "idempotency": about}, created)
        if record_id != own:
            with suppress(QueueUnavailable):  # the first request may have been refused meanwhile
                self._keys.restore(record_id, about, 0)
        return record

    def enqueued(self, record: Record) -> Record:
        """Returns the record, of which a worker hears if it waits for one."""
        if record.state is State.QUEUED:
            with suppress(QueueUnavailable):  # a sweep will enqueue it
                self._job_queue.enqueue(record)
        return record

    def made(self, record_id: str, request: Json, created: Created) -> Record:
        """Returns the record of this id, which is made of the request unless it is there. When this
        returns, the request is durable.

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

    def _known(self, record_id: str) -> Record | None:
        with suppress(RecordNotFound):  # the first request with the key made none
            return self._records.get(record_id)
        return None
