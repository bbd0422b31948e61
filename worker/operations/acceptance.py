"""How a request becomes a record once, however often it comes with the same key."""

from collections.abc import Callable
from contextlib import suppress

from worker.errors import QueueUnavailable, RecordNotFound, WorkerError
from worker.jobs.idempotency import Keys
from worker.jobs.queue import JobQueue
from worker.jobs.record import Record, new_id
from worker.jobs.transitions import Transitions
from worker.jsontypes import Json
from worker.operations.new_records import Created, NewRecords
from worker.store.record_archive import Archive

Admitted = Callable[[], Json]  # the body of a request that is sound; raises what refuses it


class Acceptance(NewRecords):
    """Accepts requests for records of one kind."""

    def __init__(
        self, records: Transitions, keys: Keys, job_queue: JobQueue, archive: Archive
    ) -> None:
        super().__init__(records, job_queue, archive)
        self._keys = keys

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
            return self.make(own, {"body": admitted()}, created)
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
        record = self.make(record_id, {"body": body, "idempotency": about}, created)
        if record_id != own:
            with suppress(QueueUnavailable):  # the first request may have been refused meanwhile
                self._keys.restore(record_id, about, 0)
        return record

    def _known(self, record_id: str) -> Record | None:
        with suppress(RecordNotFound):  # the first request with the key made none
            return self._records.get(record_id)
        return None
