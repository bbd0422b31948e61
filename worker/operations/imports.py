"""Uploads of any kind: they are received, become records, and are found and deleted by these."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from worker.errors import (
    AcceptanceUnknown,
    QueueUnavailable,
    RecordNotFound,
    StoreFull,
)
from worker.jobs.archiver import Archiver
from worker.jobs.queue import JobQueue
from worker.jobs.record import Record, State, new_id
from worker.jobs.room import Room
from worker.jobs.transitions import Transitions
from worker.jobs.trash import Trash, gone
from worker.jsontypes import Json
from worker.operations.new_records import NewRecords
from worker.operations.upload import WANTED, Upload
from worker.settings import Settings
from worker.store.resumable_upload import ResumableUpload
from worker.store.store import Store


class Imports:
    """Uploads of one kind, and what became of them.

    Every method raises QueueUnavailable if Redis does not answer, or has forgotten a record and is
    being told of it again; and RecordNotFound if there is no such record.
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
        self._records, self._store, self._settings = records, store, settings
        self._trash, self._room, self._archiver = trash, room, archiver
        self._new = NewRecords(records, job_queue, store.archive)
        self.page = records.page

    def get(self, record_id: str) -> Record:
        with self._store.archive.remembering(record_id):
            record = self._records.get(record_id)
        if record.going:
            raise gone(record_id)
        return record

    def known(self, record_id: str) -> Record | None:
        """Returns a record; None where Redis has none."""
        try:
            return self._records.get(record_id)
        except RecordNotFound:
            return None

    def check_room(self) -> None:
        """Refuse anything new where there is no room. It may take as long as to empty the trash.

        Raises:
            StoreFull: there is no room, even without the trash.
        """
        self._room.check()

    @contextmanager
    def receive(self) -> Iterator[tuple[str, Upload]]:
        """Yields an id and an upload to write into. If the block raises, the upload is removed."""
        record_id = new_id(self._records.kind)
        writer = self._store.uploads.open(record_id)
        wanted = WANTED[self._records.kind](self._settings)
        try:
            with writer:
                yield record_id, Upload(writer, self._room, wanted)
        except AcceptanceUnknown:
            raise  # it may have been accepted, and the import needs the upload
        except BaseException:
            self._store.uploads.drop(record_id)
            raise

    def accept(self, record_id: str, upload: Upload | ResumableUpload, body: Json) -> Record:
        """Queue the import. When this returns, the upload is durable, and its record is in Redis.

        Args:
            body: an ImportRequest's, or that of a backbone; of an upload that came in pieces
                `upload_bytes` too, for those who ask how far it is.

        Raises:
            InvalidParameter: every file of it is empty.
            UnsupportedFile: its last file is of no kind that is read here.
            QueueFull, StoreFull: there is no room for it.
            AcceptanceUnknown: Redis stopped answering meanwhile.
        """
        upload.seal()
        return self.queue(record_id, body)

    def queue(self, record_id: str, body: Json) -> Record:
        """Queue the import of what the store has. When this returns, the request is durable, and
        its record is in Redis.

        Raises:
            RecordNotFound, DatasetNotReady, InvalidParameter: what it needs was deleted just now.
            QueueFull, StoreFull: there is no room for it.
            AcceptanceUnknown: Redis stopped answering meanwhile.
        """
        self._records.check()
        self._records.check_room()
        return self._new.make(record_id, {"body": body}, self._created)

    def cancel(self, record_id: str) -> Record:
        """End an import and keep nothing of it.

        Raises:
            IllegalMove: it has ended otherwise.
        """
        with self._store.archive.remembering(record_id):
            record = self._records.cancel(record_id)
        with suppress(QueueUnavailable, StoreFull, OSError):  # a sweep will file it
            self._archiver.file(record_id)
        if record.state is State.CANCELLED:
            self._store.uploads.drop(record_id)
        return record

    def _created(self, record_id: str, body: Json) -> Record:
        # Between the check and this moment the parent may have been deleted.
        parents = [body["parent"]] if "parent" in body else []
        return self._records.create(record_id, body, needs=parents)
