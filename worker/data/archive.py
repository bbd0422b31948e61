"""A zip that nobody trusts: its directory is checked before a file of it is read."""

import stat
import struct
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from itertools import pairwise
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from worker.data.packed import PackedFile, is_junk, path_of, quoted
from worker.errors import CorruptFile, UnsafeFile, UnsupportedFile

ENCRYPTED = 0x1
UTF_8 = 0x800  # the flag of names that are said to be UTF-8; others are said to be CP 437
LOCAL_HEADER_BYTES = 30
METHODS = (ZIP_STORED, ZIP_DEFLATED)

# What zipfile raises on damaged bytes. Not Exception: a MemoryError says nothing of them.
BROKEN = (BadZipFile, OSError, EOFError, ValueError, RuntimeError, struct.error, zlib.error)


@contextmanager
def opened(path: Path) -> Iterator[ZipFile]:
    """Yields the zip.

    Raises:
        CorruptFile: it is damaged.
    """
    try:
        archive = ZipFile(path)
    except BROKEN as error:
        raise CorruptFile(
            f"Expected a whole zip, but {path.name} is damaged or cut short; make it again."
        ) from error
    with archive:
        yield archive


def files_of(archive: ZipFile) -> list[PackedFile]:
    """Returns the entries of a zip that are files, without those that computers add.

    Raises:
        UnsafeFile: a name points outside of it.
    """
    # Not info.is_dir(), which fails where the name is empty.
    infos = [info for info in archive.infolist() if not info.filename.endswith("/")]
    files = [
        PackedFile(
            path_of(_name(info)),
            info.filename,
            info.file_size,
            partial(bytes_of, archive, info),
            info.CRC,
        )
        for info in infos
    ]
    return [file for file in files if not is_junk(file.path)]


def _name(info: ZipInfo) -> str:
    """What is valid as UTF-8 is that, whatever the flag says: most tools write nothing else."""
    name = info.orig_filename
    if not info.flag_bits & UTF_8:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode()
    return name


def check_entries(infos: Sequence[ZipInfo]) -> None:
    """Refuse a zip whose directory cannot be trusted.

    Raises:
        UnsafeFile: a name points outside of it, or an entry is a link.
        UnsupportedFile: an entry has a password, or is compressed otherwise than by deflate.
        CorruptFile: a name comes twice, or two entries share bytes.
    """
    for info in infos:
        _check_form(info)
    if len({path_of(_name(info)) for info in infos}) < len(infos):
        raise CorruptFile("Expected each name once in the zip, but one comes twice; zip it again.")
    in_order = sorted(infos, key=lambda info: info.header_offset)
    for before, after in pairwise(in_order):
        if before.header_offset + LOCAL_HEADER_BYTES + before.compress_size > after.header_offset:
            raise CorruptFile(
                f"Expected the zip's files one behind the other, but {quoted(before.filename)} and "
                f"{quoted(after.filename)} share their bytes; zip them again."
            )


def _check_form(info: ZipInfo) -> None:
    name = quoted(info.filename)
    if stat.S_ISLNK(info.external_attr >> 16):
        raise UnsafeFile(f"Expected files in the zip, but {name} is a link; put the file itself.")
    if info.flag_bits & ENCRYPTED:
        raise UnsupportedFile(
            f"Expected a zip without a password, but {name} has one; zip it again."
        )
    if info.compress_type not in METHODS:
        raise UnsupportedFile(
            f"Expected a zip stored or deflated, but {name} is compressed another way; "
            "zip it again with a common tool."
        )


def bytes_of(archive: ZipFile, info: ZipInfo, most: int) -> bytes | CorruptFile:
    """Returns the bytes of a file; of a longer one, one more than `most`."""
    if info.compress_type not in METHODS:  # others may take memory without end
        return CorruptFile("Expected bytes stored or deflated.")
    try:
        with archive.open(info) as file:
            return file.read(most + 1)
    except BROKEN:
        return CorruptFile("Expected whole bytes, but the zip is damaged there.")
