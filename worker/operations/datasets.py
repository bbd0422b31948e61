"""What the service may ask for about datasets: records, queue and store together."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from worker.data.options import AS_THEY_ARE, ImportOptions
from worker.errors import AcceptanceUnknown, QueueFull, QueueUnavailable, StoreFull
from worker.jobs.archiver import Archiver
from worker.jobs.deletion import Deletion
from worker.jobs.queue import JobQueue
from worker.jobs.record import Record, State, new_id
from worker.jobs.transitions import Transitions
from worker.jsontypes import Json
from worker.operations.upload import Upload
from worker.settings import Settings
from worker.store.resumable_upload import ResumableUpload
from worker.store.store import Store


class Datasets:
    """Uploads, and the datasets that became of them.

    Every method raises QueueUnavailable if Redis does not answer, or has forgotten a dataset and is
    being told of it again; and DatasetNotFound if there is no such dataset.
    """

    def __init__(
        self,
        records: Transitions,
        deletion: Deletion,
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
        self._deletion, self._archiver = deletion, archiver
        self.page = records.page

    def get(self, dataset_id: str) -> Record:
        with self._store.archive.remembering(dataset_id):
            return self._records.get(dataset_id)

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
        """Delete a dataset. Models that were trained on it stay.

        A job that is submitted at the same moment fails, because it does not find the dataset.

        Raises:
            IllegalMove: it is still being imported, or a job that has not ended uses it.
        """
        self._deletion.forget(self.get(dataset_id))
        self._store.archive.forget(dataset_id)  # or a wiped Redis would be told of it again
        self._store.datasets.drop(dataset_id)

    @contextmanager
    def receive(self) -> Iterator[tuple[str, Upload]]:
        """Yields an id and an upload to write into. If the block raises, the upload is removed.

        Raises:
            StoreFull: the disk is full.
        """
        dataset_id = new_id("ds")
        writer = self._store.uploads.open(dataset_id)
        try:
            with writer:
                yield dataset_id, Upload(writer, self._settings)
        except AcceptanceUnknown:
            raise  # it may have been accepted, and the import needs the upload
        except BaseException:
            self._store.uploads.drop(dataset_id)
            raise

    def accept(
        self,
        dataset_id: str,
        upload: Upload | ResumableUpload,
        name: str,
        options: ImportOptions = AS_THEY_ARE,
        upload_bytes: int | None = None,
    ) -> Record:
        """Queue the import. When this returns, the upload is durable, and its record is in Redis.

        Args:
            upload_bytes: of an upload that came in pieces, for those who ask how far it is.

        Raises:
            InvalidParameter: every file of it is empty.
            UnsupportedFile: its last file is of no kind that is read here.
            QueueFull, StoreFull: there is no room for it.
            AcceptanceUnknown: Redis stopped answering meanwhile.
        """
        upload.seal()
        self._records.check()
        self._records.check_room()
        asked = options.model_dump(exclude_none=True)
        body: Json = {"name": name, **({"options": asked} if asked else {})}
        if upload_bytes is not None:
            body["upload_bytes"] = upload_bytes
        try:
            self._store.archive.keep_request(dataset_id, {"body": body})
            record = self._records.create(dataset_id, body)
        except (StoreFull, QueueFull):
            self._store.archive.withdraw(dataset_id)
            raise
        except QueueUnavailable as error:
            raise AcceptanceUnknown("dataset") from error
        with suppress(QueueUnavailable):  # a sweep will enqueue it
            self._job_queue.enqueue(record)
        return record
