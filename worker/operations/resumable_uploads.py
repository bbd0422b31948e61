"""Uploads that come in pieces: what is refused of them, what they become."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from worker.data.magic import HEAD_BYTES
from worker.data.packed import quoted
from worker.errors import (
    IllegalMove,
    InvalidParameter,
    RecordNotFound,
    TooLarge,
    UnsupportedFile,
    UploadNotFound,
)
from worker.jobs.garbage import LEFTOVER_S
from worker.jobs.record import kind_of, new_id
from worker.jobs.room import Room
from worker.jsontypes import Json
from worker.operations.imports import Imports
from worker.operations.upload import WANTED
from worker.settings import Settings
from worker.store.resumable_upload import Appended, ResumableUpload
from worker.store.uploads import UploadStore


class Progress(NamedTuple):
    """How far an upload is.

    Attributes:
        offset: the number of bytes that are there, of `length`.
        expires_at: when it is removed if nothing more comes, in seconds since 1970; None once all
            of it is there.
    """

    offset: int
    length: int
    expires_at: float | None


class ResumableUploads:
    """Uploads of one file, under the id of what each is to become.

    Args:
        imports: what takes an upload that is whole, by the kind of its record.
    """

    def __init__(
        self, uploads: UploadStore, imports: Mapping[str, Imports], room: Room, settings: Settings
    ) -> None:
        self._uploads, self._imports, self._settings = uploads, imports, settings
        self._room = room

    def begin(self, length: int, filename: str, body: Json, kind: str = "ds") -> str:
        """Returns the id of a new upload.

        Args:
            length: bytes of the file.
            body: of the record that it becomes.
            kind: of that record, one of the imports.

        Raises:
            InvalidParameter: the file is empty.
            TooLarge: it has more bytes than allowed.
            StoreFull: there is no room, even without the trash.
            TooBusy: as many uploads as there may be have begun.
        """
        if not length:
            raise InvalidParameter("Expected a file that is not empty, got one of 0 bytes.")
        if length > (most := self._settings.max_upload_bytes):
            raise TooLarge(
                f"Expected an upload of at most {most} bytes, got {length}. Send less, or raise "
                "PURR_MAX_UPLOAD_BYTES."
            )
        self._room.check(length)
        about = {"length": length, "filename": filename, "body": body}
        upload_id = new_id(kind)
        self._uploads.begin(upload_id, filename, about)
        return upload_id

    def progress(self, upload_id: str) -> Progress:
        """Returns how far an upload is.

        Raises:
            UploadNotFound: there is none of this id, or it has expired.
        """
        if (length := self._accepted_length(upload_id)) is not None:
            return Progress(length, length, None)
        upload = self._open(upload_id)
        expires_at = upload.unchanged_since + LEFTOVER_S
        return Progress(upload.offset, upload.about["length"], expires_at)

    @contextmanager
    def appending(self, upload_id: str, offset: int) -> Iterator["Piece"]:
        """Yields what takes the bytes from this offset on. If the block raises, what has come
        stays.

        Raises:
            UploadNotFound: there is none of this id under way.
            IllegalMove: other bytes are the next ones, or another request sends them now.
            UnsupportedFile: its first bytes begin no kind of file that is read; it is removed.
            StoreFull: there is no room, even without the trash.
        """
        upload = self._open(upload_id)
        with upload.appending() as file:
            if offset != file.offset:
                raise IllegalMove(
                    f"Expected bytes from {file.offset:,} on, got such from {offset:,}. Ask by "
                    "HEAD how far the upload is."
                )
            yield Piece(file, upload.about["length"], self._room)
        self._check_kind(upload_id, upload)

    def finish(self, upload_id: str) -> Progress:
        """Have an upload imported if all of it is there, and return how far it is. Twice is once.

        Raises:
            UploadNotFound: there is none of this id, or it has expired.
            IllegalMove: somebody still sends bytes of it.
            InvalidParameter, QueueFull, StoreFull, AcceptanceUnknown: as of an upload that comes at
                once; another try may end otherwise.
        """
        there = self.progress(upload_id)
        if there.offset < there.length or there.expires_at is None:
            return there
        upload = self._open(upload_id)
        with upload.appending():  # so that of two who would, the second finds it done
            if self._accepted_length(upload_id) is None:
                body = {**upload.about["body"], "upload_bytes": there.length}
                self._imports[kind_of(upload_id)].accept(upload_id, upload, body)
        return there._replace(expires_at=None)

    def _open(self, upload_id: str) -> ResumableUpload:
        if (upload := self._uploads.resumable(upload_id)) is None:
            raise UploadNotFound(
                f"No upload under way has the id {upload_id}. Without new bytes one is kept for "
                f"{LEFTOVER_S // 60} minutes; begin another."
            )
        return upload

    def _accepted_length(self, upload_id: str) -> int | None:
        """Bytes of an upload that was accepted; None before."""
        if (imports := self._imports.get(upload_id.partition("_")[0])) is None:
            return None
        if self._uploads.resumable(upload_id) is not None:
            # Its request may be kept already without a record: then it is accepted once more.
            found = imports.known(upload_id)
        else:
            try:
                found = imports.get(upload_id)
            except RecordNotFound:
                return None
        return found.body.get("upload_bytes") if found else None

    def _check_kind(self, upload_id: str, upload: ResumableUpload) -> None:
        if upload.offset < min(HEAD_BYTES, upload.about["length"]):
            return
        try:
            wanted = WANTED[kind_of(upload_id)](self._settings)
            wanted.check_beginning(quoted(upload.about["filename"]), upload.head(HEAD_BYTES))
        except UnsupportedFile:
            self._uploads.drop(upload_id)
            raise


class Piece:
    """The next bytes of an upload, within its length."""

    def __init__(self, file: Appended, length: int, room: Room) -> None:
        self._file, self._length, self._room = file, length, room
        self.undo = file.undo

    @property
    def offset(self) -> int:
        return self._file.offset

    def write(self, block: bytes) -> None:
        """Append bytes.

        Raises:
            TooLarge: they are more than the upload was to have.
            StoreFull: there is no room, even without the trash.
        """
        if self._file.offset + len(block) > self._length:
            raise TooLarge(
                f"Expected no more than the {self._length:,} bytes that Upload-Length said, got "
                "more. Send the rest of the file alone."
            )
        self._room.check(len(block))
        self._file.write(block)
