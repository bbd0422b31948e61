"""A tar that nobody trusts, plain or compressed: its files, in the order they lie in it.

A compressed one is unpacked again whenever it is read from further in front, so read it in its own
order.
"""

import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tarfile import BLOCKSIZE, TarFile, TarInfo

from worker.data import compressions
from worker.data.packed import PackedFile, is_junk, path_of, quoted
from worker.errors import CorruptFile, LimitExceeded, UnsafeFile, UnsupportedFile

MAX_FILES = 2**20
BROKEN = (tarfile.TarError, *compressions.BROKEN)  # what is raised on damaged bytes


@contextmanager
def opened(path: Path, kind: str, most: int) -> Iterator[list[PackedFile]]:
    """Yields the files of a tar, without those that computers add.

    Args:
        kind: a key of TARS.
        most: bytes that it may unpack to.

    Raises:
        CorruptFile: it is damaged, or a name comes twice.
        LimitExceeded: it unpacks to more.
        UnsafeFile: a name points outside of it, or an entry is a link or a device.
        UnsupportedFile: an entry is a file with holes.
    """
    with compressions.TARS[kind](path) as file:
        try:
            archive = TarFile(fileobj=file)
        except BROKEN as error:
            raise _damaged(path) from error
        yield _files(archive, path, most)


def _files(archive: TarFile, path: Path, most: int) -> list[PackedFile]:
    found: dict[tuple[str, ...], PackedFile] = {}
    total = 0
    for info in _entries(archive, path):
        total += info.size
        # Before the next entry, for which all of this one is unpacked.
        if total > most or len(found) > MAX_FILES:
            raise LimitExceeded(
                f"Expected a tar of at most {most:,} bytes unpacked and {MAX_FILES:,} files, "
                "got more; send fewer or smaller pictures."
            )
        if info.isdir():
            continue
        _check(info)
        own = path_of(info.name)
        if own in found:
            raise CorruptFile(
                f"Expected each name once in the tar, but {quoted(info.name)} comes twice; "
                "pack it again."
            )
        found[own] = PackedFile(own, info.name, info.size, partial(_bytes_of, archive, info))
    return [file for file in found.values() if not is_junk(file.path)]


def _entries(archive: TarFile, path: Path) -> Iterator[TarInfo]:
    try:
        yield from archive
        whole = _has_end(archive)
    except BROKEN as error:
        raise _damaged(path) from error
    if not whole:
        raise _damaged(path)


def _has_end(archive: TarFile) -> bool:
    """Whether the files end at the block of zeros that ends a tar. Without it tarfile takes them to
    end where it understands no more, and says nothing of what is lost."""
    assert archive.fileobj is not None  # noqa: S101 - for mypy
    archive.fileobj.seek(archive.offset)
    return archive.fileobj.read(BLOCKSIZE) == bytes(BLOCKSIZE)


def _check(info: TarInfo) -> None:
    if not info.isfile():
        raise UnsafeFile(
            f"Expected files in the tar, but {quoted(info.name)} is a link or a device; "
            "put the file itself."
        )
    if info.issparse():
        raise UnsupportedFile(
            f"Expected whole files in the tar, but {quoted(info.name)} has holes; "
            "pack it without --sparse."
        )


def _bytes_of(archive: TarFile, info: TarInfo, most: int) -> bytes | CorruptFile:
    """Returns the bytes of a file; of a longer one, one more than `most`."""
    try:
        file = archive.extractfile(info)
        data = b"" if file is None else file.read(most + 1)
    except BROKEN:
        data = b""
    if len(data) < min(info.size, most + 1):
        return CorruptFile("Expected whole bytes, but the tar is damaged there.")
    return data


def _damaged(path: Path) -> CorruptFile:
    return CorruptFile(
        f"Expected a whole tar, but {path.name} is damaged or cut short; make it again."
    )
