"""An upload while it comes: what is refused at once, before the rest of it is sent."""

from collections.abc import Callable
from typing import NamedTuple

from worker.data import kinds
from worker.data.backbones.beginning import check_beginning
from worker.data.magic import HEAD_BYTES
from worker.data.packed import quoted
from worker.errors import InvalidParameter, TooLarge
from worker.jobs.room import Room
from worker.settings import Settings
from worker.store.upload_writer import UploadWriter


class Wanted(NamedTuple):
    """What an upload may be.

    Attributes:
        check_beginning: refuses a file by its name and first bytes.
        most_bytes: of all files together.
        setting: that says how many bytes.
        most_files: in one upload.
        otherwise: what to do with more files.
    """

    check_beginning: Callable[[str, bytes], None]
    most_bytes: int
    setting: str
    most_files: int
    otherwise: str


def of_dataset(settings: Settings) -> Wanted:
    return Wanted(
        kinds.check_beginning,
        settings.max_upload_bytes,
        "PURR_MAX_UPLOAD_BYTES",
        settings.max_upload_files,
        "Put the pictures into a zip.",
    )


def of_backbone(settings: Settings) -> Wanted:
    return Wanted(
        check_beginning,
        settings.max_backbone_bytes,
        "PURR_MAX_BACKBONE_BYTES",
        1,
        "Send one network at a time, whole in one file.",
    )


def of_scoring(settings: Settings) -> Wanted:
    return of_dataset(settings)._replace(check_beginning=kinds.check_unlabelled)


# By the kind of records that uploads become.
WANTED: dict[str, Callable[[Settings], Wanted]] = {
    "ds": of_dataset,
    "bb": of_backbone,
    "pred": of_scoring,
}


class Upload:
    """The files of an upload, written one after the other within the limits.

    Attributes:
        bytes: the number of bytes so far, over all files.
    """

    def __init__(self, writer: UploadWriter, room: Room, wanted: Wanted) -> None:
        self._writer, self._room, self._wanted = writer, room, wanted
        self.bytes = 0
        self._name, self._head = "", b""  # of the file that was begun last

    def begin(self, filename: str) -> None:
        """Begin the next file. Its name becomes a label and never a path.

        Raises:
            TooLarge: there are more files than allowed.
            UnsupportedFile: the one before it was of no kind that is read here.
        """
        self._end()
        if self._writer.files == (most := self._wanted.most_files):
            raise TooLarge(
                f"Expected at most {most} file{'s' if most > 1 else ''} in one upload, got more. "
                f"{self._wanted.otherwise}"
            )
        self._writer.begin(filename)
        self._name = quoted(filename)

    def write(self, block: bytes) -> None:
        """Append bytes to the file that was begun last.

        Raises:
            InvalidParameter: no file was begun.
            TooLarge: there are more bytes than allowed.
            StoreFull: there is no room, even without the trash.
            UnsupportedFile: these first bytes begin no kind of file that is read here.
        """
        self.bytes += len(block)
        if self.bytes > self._wanted.most_bytes:
            raise TooLarge(
                f"Expected an upload of at most {self._wanted.most_bytes} bytes, got more. "
                f"Send less, or raise {self._wanted.setting}."
            )
        if (missing := HEAD_BYTES - len(self._head)) > 0:
            self._head += block[:missing]
            if len(self._head) == HEAD_BYTES:
                self._wanted.check_beginning(self._name, self._head)
        self._room.check(len(block))
        self._writer.write(block)

    def _end(self) -> None:
        """Look at a file that was too short to be looked at before. An empty one is left to the
        import."""
        if 0 < len(self._head) < HEAD_BYTES:
            self._wanted.check_beginning(self._name, self._head)
        self._head = b""

    def seal(self) -> None:
        """Close the upload. When this returns, it survives a power cut.

        Raises:
            InvalidParameter: nothing came.
            UnsupportedFile: the last file was of no kind that is read here.
            StoreFull: the disk is full.
        """
        self._end()
        if not self.bytes:
            raise InvalidParameter(
                "Expected at least one file that is not empty, got none.", "/file"
            )
        self._writer.seal()
