"""An upload of one file that comes in pieces, over hours and restarts of the service.

Beside the file lies `.about.json`: what was said of it when it began.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO

from worker.errors import IllegalMove
from worker.jsontypes import Json
from worker.system.files import full_disk_named, read_json, sync_tree, write_atomically

ABOUT = ".about.json"


class ResumableUpload:
    """How far it is, the length of its file says: whoever has died, nothing else need be true.

    Attributes:
        about: what was said of it.
    """

    def __init__(self, folder: Path, about: Json) -> None:
        self._folder, self.about = folder, about
        self._path: Path = folder / about["label"]

    @property
    def offset(self) -> int:
        """The number of bytes that are there."""
        return self._path.stat().st_size

    @property
    def unchanged_since(self) -> float:
        """The time, in seconds since 1970, at which bytes came last."""
        return self._path.stat().st_mtime

    @contextmanager
    def appending(self) -> Iterator["Appended"]:
        """Yields what takes the next bytes, to nobody else meanwhile.

        Raises:
            IllegalMove: somebody else appends to it now.
            StoreFull: the disk is full.
        """
        with full_disk_named(), self._path.open("r+b") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise IllegalMove(
                    "Expected one request at a time to send pieces of an upload, got a second; "
                    "wait for the other one to end."
                ) from error
            yield Appended(file)

    def head(self, size: int) -> bytes:
        """Returns its first bytes, as many of `size` as are there."""
        with self._path.open("rb") as file:
            return file.read(size)

    def seal(self) -> None:
        """When this returns, it survives a power cut.

        Raises:
            StoreFull: the disk is full.
        """
        with full_disk_named():
            sync_tree(self._folder)


class Appended:
    """The file of an upload, while bytes are appended.

    Attributes:
        offset: the number of bytes that are there.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.offset = self._begun = file.seek(0, os.SEEK_END)

    def write(self, block: bytes) -> None:
        """Append bytes."""
        self._file.write(block)
        self.offset += len(block)

    def undo(self) -> None:
        """Take back what was appended."""
        self.offset = self._file.seek(self._begun)
        self._file.truncate()


def begin(folder: Path, about: Json) -> ResumableUpload:
    """Returns a new upload in a folder that does not exist yet.

    Args:
        about: what is said of it; `label`: the name of its file.

    Raises:
        StoreFull: the disk is full.
    """
    with full_disk_named():
        folder.mkdir(parents=True)
        write_atomically(folder / ABOUT, json.dumps(about).encode())
        with open(folder / about["label"], "xb", opener=partial(os.open, mode=0o600)):
            pass
    return ResumableUpload(folder, about)


def found(folder: Path) -> ResumableUpload | None:
    """Returns the upload in a folder; None where there is none that comes in pieces."""
    about = read_json(folder / ABOUT)
    return ResumableUpload(folder, about) if about else None
