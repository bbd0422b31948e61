"""What the service may ask for about datasets: records, queue and store together."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from worker.errors import (
    AcceptanceUnknown,
    DatasetNotFound,
    DatasetNotReady,
    QueueFull,
    QueueUnavailable,
    StoreFull,
)
from worker.jobs.archiver import Archiver
from worker.jobs.queue import JobQueue
from worker.jobs.record import Record, State, new_id
from worker.jobs.redis_records import TRASHED
from worker.jobs.room import Room
from worker.jobs.transitions import Transitions
from worker.jobs.trash import Trash
from worker.jsontypes import Json
from worker.operations.upload import Upload
from worker.settings import Settings
from worker.store.resumable_upload import ResumableUpload
from worker.store.store import Store

DAY_S = 24 * 3600


class Datasets:
    """Uploads, and the datasets that became of them.

    Every method raises QueueUnavailable if Redis does not answer, or has forgotten a dataset and is
    being told of it again; and DatasetNotFound if there is no such dataset.
    """

    def __init__(
        self,
        records: Transitions,
        trash: Trash,
        room: Room,
        job_queue: JobQueue,
        store: Store,
        archiver: Archiver,
        settings: Settings,
    ) -> None:
        self._records, self._job_queue, self._store, self._settings = (
            records,
            job_queue,
            store,
            settings,
        )
        self._trash, self._room, self._archiver = trash, room, archiver
        self.page = records.page

    def get(self, dataset_id: str) -> Record:
        with self._store.archive.remembering(dataset_id):
            record = self._records.get(dataset_id)
        if record.going:
            raise DatasetNotFound(f"No dataset has the id {dataset_id} any more.")
        return record

    def trashed(self, limit: int, after: str | None) -> Iterator[Record]:
        """Yields up to `limit` datasets of the trash, the newest first, from behind this id."""
        return (each for each in self._records.page(TRASHED, limit, after) if not each.going)

    def bytes(self, dataset_id: str) -> int:
        """Returns what the files of a dataset take on the disk: its upload, until it is imported,
        and then its arrays."""
        return self._store.uploads.bytes(dataset_id) + self._store.datasets.bytes(dataset_id)

    def known(self, dataset_id: str) -> Record | None:
        """Returns the record of a dataset; None where Redis has none."""
        try:
            return self._records.get(dataset_id)
        except DatasetNotFound:
            return None

    def cancel(self, dataset_id: str) -> Record:
        """End an import and keep nothing of it.

        Raises:
            IllegalMove: it has ended otherwise.
        """
        with self._store.archive.remembering(dataset_id):
            record = self._records.cancel(dataset_id)
        with suppress(QueueUnavailable, StoreFull, OSError):  # a sweep will file it
            self._archiver.file(dataset_id)
        if record.state is State.CANCELLED:
            self._store.uploads.drop(dataset_id)
        return record

    def delete(self, dataset_id: str) -> None:
        """Put a dataset into the trash for PURR_TRASH_DAYS, or delete it for good if that is 0.
        Models that were trained on it stay. To delete it again changes nothing.

        Raises:
            IllegalMove: it is still being imported, or a job or a version that has not ended uses
                it.
            StoreFull: the disk is full.
        """
        dataset = self.get(dataset_id)
        with self._store.archive.remembering(dataset_id):
            self._trash.put(dataset, self._settings.trash_days * DAY_S)

    def restore(self, dataset_id: str) -> Record:
        """Take a dataset out of the trash; it is as it was.

        Raises:
            IllegalMove: it is not in the trash.
            StoreFull: the disk is full.
        """
        dataset = self.get(dataset_id)
        with self._store.archive.remembering(dataset_id):
            return self._trash.restore(dataset)

    def check_room(self) -> None:
        """Refuse anything new where there is no room. It may take as long as to empty the trash.

        Raises:
            StoreFull: there is no room, even without the trash.
        """
        self._room.check()

    @contextmanager
    def receive(self) -> Iterator[tuple[str, Upload]]:
        """Yields an id and an upload to write into. If the block raises, the upload is removed."""
        dataset_id = new_id("ds")
        writer = self._store.uploads.open(dataset_id)
        try:
            with writer:
                yield dataset_id, Upload(writer, self._room, self._settings)
        except AcceptanceUnknown:
            raise  # it may have been accepted, and the import needs the upload
        except BaseException:
            self._store.uploads.drop(dataset_id)
            raise

    def accept(
        self,
        dataset_id: str,
        upload: Upload | ResumableUpload,
        body: Json,
    ) -> Record:
        """Queue the import. When this returns, the upload is durable, and its record is in Redis.

        Args:
            body: an ImportRequest's; of an upload that came in pieces `upload_bytes` too, for those
                who ask how far it is.

        Raises:
            InvalidParameter: every file of it is empty.
            UnsupportedFile: its last file is of no kind that is read here.
            QueueFull, StoreFull: there is no room for it.
            AcceptanceUnknown: Redis stopped answering meanwhile.
        """
        upload.seal()
        return self.queue(dataset_id, body)

    def queue(self, dataset_id: str, body: Json) -> Record:
        """Queue the import of what the store has. When this returns, the request is durable, and
        its record is in Redis.

        Raises:
            DatasetNotFound, DatasetNotReady: its parent was deleted just now.
            QueueFull, StoreFull: there is no room for it.
            AcceptanceUnknown: Redis stopped answering meanwhile.
        """
        self._records.check()
        self._records.check_room()
        try:
            self._store.archive.keep_request(dataset_id, {"body": body})
            # Between the check and this moment the parent may have been deleted.
            record = self._records.create(dataset_id, body, needs=body.get("parent", ""))
        except (StoreFull, QueueFull, DatasetNotReady, DatasetNotFound):
            self._store.archive.withdraw(dataset_id)
            raise
        except QueueUnavailable as error:
            raise AcceptanceUnknown("dataset") from error
        with suppress(QueueUnavailable):  # a sweep will enqueue it
            self._job_queue.enqueue(record)
        return record
