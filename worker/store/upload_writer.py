"""One upload on its way into the store, a file after the other."""

import os
import re
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from worker.errors import InvalidParameter
from worker.system.files import full_disk_named, sync_tree

LABEL_CHARACTERS = 60  # of a file's name, the last ones: each of four bytes at most, of 255


class UploadWriter:
    """Used as a `with` block, which closes the last file. Only `seal` makes them durable.

    Attributes:
        files: the number of files that have begun.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.files = 0
        self._file: BinaryIO | None = None

    def __enter__(self) -> "UploadWriter":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def begin(self, name: str) -> None:
        """Begin a new file. Its name is a label, not a path."""
        self._close()
        self.files += 1
        path = self._folder / label_of(self.files, name)
        self._file = open(path, "xb", opener=partial(os.open, mode=0o600))  # noqa: SIM115

    def write(self, block: bytes) -> None:
        """Append to the file that has begun last.

        Raises:
            InvalidParameter: none has begun.
            StoreFull: the disk is full.
        """
        if self._file is None:
            raise InvalidParameter("Expected a file, got bytes that belong to none.", "/file")
        with full_disk_named():
            self._file.write(block)

    def seal(self) -> None:
        """Close the upload. When this returns, it survives a power cut.

        Raises:
            StoreFull: the disk is full.
        """
        self._close()
        with full_disk_named():
            sync_tree(self._folder)

    def _close(self) -> None:
        # To close it writes what is left, for which there may be no room either.
        if self._file is not None:
            with full_disk_named():
                self._file.close()


def label_of(number: int, name: str) -> str:
    """Returns what the file of this number is called in an upload, by the name that it came with.
    It is in one folder, whatever the name says."""
    harmless = re.sub(r"[^\w.-]+", "_", name)
    return f"{number:02}-{harmless[-LABEL_CHARACTERS:]}"
