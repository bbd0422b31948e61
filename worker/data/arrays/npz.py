"""NumPy's archives: a zip with a .npy file for each array, stored or deflated."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from zipfile import BadZipFile, ZipFile, ZipInfo

from worker.data import archive
from worker.data.arrays import npy
from worker.data.arrays.npy import Stored
from worker.data.arrays.stored import Listed

SUFFIX = ".npy"
PIECE_BYTES = 2**20


class Inflated:
    """The bytes of an entry, which are unpacked from its beginning, as far as they are asked for.

    State: the open entry, and the place up to which it has been read.
    """

    def __init__(self, file: ZipFile, info: ZipInfo) -> None:
        self._file, self._info = file, info
        self._stream: IO[bytes] | None = None
        self._at = 0

    def read(self, offset: int, size: int) -> bytes:
        """Returns so many bytes from this place on; quick if it is behind the last one.

        Raises:
            ValueError, OSError, EOFError, RuntimeError: the entry is damaged or shorter.
        """
        try:
            return self._read(offset, size)
        except archive.BROKEN as error:
            raise ValueError("Expected whole bytes, but the zip is damaged there.") from error

    def _read(self, offset: int, size: int) -> bytes:
        if self._stream is None or offset < self._at:
            self._stream, self._at = self._file.open(self._info), 0
        while self._at < offset:
            self._at += len(self._exactly(min(PIECE_BYTES, offset - self._at)))
        data = self._exactly(size)
        self._at += size
        return data

    def _exactly(self, size: int) -> bytes:
        assert self._stream is not None  # noqa: S101 - for mypy
        # It inflates no more than the directory says, of which the header was held against.
        data = self._stream.read(size)
        if len(data) < size:
            raise BadZipFile(f"{len(data)} bytes in place of {size}")
        return data


@contextmanager
def opened(path: Path) -> Iterator[list[Listed]]:
    """Yields the arrays of an archive.

    Raises:
        UnsafeFile, UnsupportedFile, CorruptFile: as `archive` says; or an array is damaged.
    """
    with archive.opened(path) as file:
        archive.check_entries(file.infolist())
        yield [_listed(file, file.getinfo(own.name), path.name) for own in archive.files_of(file)]


def _listed(file: ZipFile, info: ZipInfo, file_name: str) -> Listed:
    stored = Stored(Inflated(file, info).read, info.file_size, info.compress_size)
    return npy.listed(stored, file_name, info.filename.removesuffix(SUFFIX))
