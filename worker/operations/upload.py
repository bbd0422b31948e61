"""An upload while it comes: what is refused at once, before the rest of it is sent."""

from worker.data import kinds
from worker.data.magic import HEAD_BYTES
from worker.data.packed import quoted
from worker.errors import InvalidParameter, TooLarge
from worker.jobs.room import Room
from worker.settings import Settings
from worker.store.upload_writer import UploadWriter


class Upload:
    """The files of an upload, written one after the other within the limits.

    Attributes:
        bytes: the number of bytes so far, over all files.
    """

    def __init__(self, writer: UploadWriter, room: Room, settings: Settings) -> None:
        self._writer, self._room, self._settings = writer, room, settings
        self.bytes = 0
        self._name, self._head = "", b""  # of the file that was begun last

    def begin(self, filename: str) -> None:
        """Begin the next file. Its name becomes a label and never a path.

        Raises:
            TooLarge: there are more files than allowed.
            UnsupportedFile: the one before it was of no kind that is read here.
        """
        self._end()
        if self._writer.files == self._settings.max_upload_files:
            raise TooLarge(
                f"Expected at most {self._settings.max_upload_files} files in one upload, "
                "got more. Put the pictures into a zip."
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
        if self.bytes > self._settings.max_upload_bytes:
            raise TooLarge(
                f"Expected an upload of at most {self._settings.max_upload_bytes} bytes, got more. "
                "Send less, or raise PURR_MAX_UPLOAD_BYTES."
            )
        if (missing := HEAD_BYTES - len(self._head)) > 0:
            self._head += block[:missing]
            if len(self._head) == HEAD_BYTES:
                kinds.check_beginning(self._name, self._head)
        self._room.check(len(block))
        self._writer.write(block)

    def _end(self) -> None:
        """Look at a file that was too short to be looked at before. An empty one is left to the
        import."""
        if 0 < len(self._head) < HEAD_BYTES:
            kinds.check_beginning(self._name, self._head)
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
