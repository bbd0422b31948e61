"""A zip of pictures, one folder for each class: `cat/a.jpg`, `other/b.png`.

The class folders may lie in `train/` and `test/`, and all of it in one more folder. Classes are
numbered in alphabetical order. Nothing is ever extracted to disk.
"""

import stat
import struct
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import numpy as np

from worker.data import contents
from worker.data.contents import SPLITS, Block, Contents, Labels
from worker.data.pictures.pool import DecoderPool
from worker.data.preprocessing import Preprocessing
from worker.data.reading import Reading
from worker.data.sandbox import TOO_LONG
from worker.errors import CorruptFile, LimitExceeded, UnsafeFile, UnsupportedFile, WorkerError
from worker.settings import Settings

LAYOUT = "class/picture, or train/class/picture and test/class/picture"
JUNK = {"__MACOSX", "Thumbs.db", "desktop.ini"}
MAX_UNREADABLE = 0.1
ENCRYPTED = 0x1
LOCAL_HEADER_BYTES = 30

# What zipfile raises on damaged bytes. Not Exception: a MemoryError says nothing of them.
BROKEN = (BadZipFile, OSError, EOFError, ValueError, RuntimeError, struct.error, zlib.error)


class Entry(NamedTuple):
    split: str
    class_name: str
    info: ZipInfo


@contextmanager
def opened(files: Sequence[Path], settings: Settings, seed: int) -> Iterator[Contents]:
    """Yields the pictures of a zip at 64 x 64; without a test folder, a fifth of each class is held
    out.

    Raises:
        CorruptFile: the zip is damaged, or too many of its pictures are unreadable.
        UnsafeFile: a name or a link in it points outside of it.
        UnsupportedFile: its folders or its compression are of another kind.
        LimitExceeded: it is over a limit of the settings.
    """
    (path,) = files
    preprocessing = Preprocessing()
    with _open(path) as archive:
        _check_entries(archive.infolist(), settings)
        infos = [info for info in archive.infolist() if not _is_junk(info)]
        entries, outside = _placed(infos)
        classes = sorted({entry.class_name for entry in entries})
        contents.check_classes(classes, settings.max_classes)
        number = {name: label for label, name in enumerate(classes)}
        labels = np.array([number[entry.class_name] for entry in entries])
        reading = Reading(rows=len(entries), files=len(infos), outside=outside)
        if not any(entry.split == "test" for entry in entries):
            chosen = contents.held_out(labels, seed)
            reading.held_out = int(chosen.sum())
            entries = [
                entry._replace(split="test" if out else entry.split)
                for entry, out in zip(entries, chosen, strict=True)
            ]
        rows = {split: sum(entry.split == split for entry in entries) for split in SPLITS}
        contents.check_size(rows, preprocessing.shape, settings)
        blocks = _blocks(archive, entries, labels, preprocessing, settings, reading)
        yield Contents(classes, preprocessing, reading, blocks)


@contextmanager
def _open(path: Path) -> Iterator[ZipFile]:
    try:
        archive = ZipFile(path)
    except BROKEN as error:
        raise CorruptFile(
            f"Expected a whole zip, but {path.name} is damaged or cut short; make it again."
        ) from error
    with archive:
        yield archive


def _check_entries(infos: Sequence[ZipInfo], settings: Settings) -> None:
    for info in infos:
        _check_name(info.orig_filename)
        _check_form(info)
    if len({info.filename for info in infos}) < len(infos):
        raise CorruptFile("Expected each name once in the zip, but one comes twice; zip it again.")
    in_order = sorted(infos, key=lambda info: info.header_offset)
    for before, after in pairwise(in_order):
        if before.header_offset + LOCAL_HEADER_BYTES + before.compress_size > after.header_offset:
            raise CorruptFile(
                f"Expected the zip's files one behind the other, but {_quoted(before)} and "
                f"{_quoted(after)} share their bytes; zip them again."
            )
    # zipfile inflates no more of a file than its header declares, so this is a true limit.
    total = sum(min(info.file_size, settings.max_image_bytes) for info in infos)
    most = max(settings.max_upload_bytes, settings.max_dataset_bytes)
    if total > most:
        raise LimitExceeded(
            f"Expected a zip of at most {most:,} bytes unpacked, "
            f"got {total:,}; send fewer or smaller pictures."
        )


def _check_name(name: str) -> None:
    parts = name.split("/")
    if not name or name[0] == "/" or ".." in parts or {"\\", "\0"} & {*name} or name[1:2] == ":":
        raise UnsafeFile(
            f"Expected names inside the zip's own folder, got {name[:80]!r}; "
            "zip the folder again with a common tool."
        )


def _check_form(info: ZipInfo) -> None:
    if stat.S_ISLNK(info.external_attr >> 16):
        raise UnsafeFile(
            f"Expected pictures in the zip, but {_quoted(info)} is a link; put the file itself."
        )
    if info.flag_bits & ENCRYPTED:
        raise UnsupportedFile(
            f"Expected a zip without a password, but {_quoted(info)} has one; zip it again."
        )
    if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise UnsupportedFile(
            f"Expected a zip stored or deflated, but {_quoted(info)} is compressed another way; "
            "zip it again with a common tool."
        )


def _is_junk(info: ZipInfo) -> bool:
    parts = PurePosixPath(info.filename).parts
    return info.is_dir() or any(part.startswith(".") or part in JUNK for part in parts)


def _quoted(info: ZipInfo) -> str:
    # repr, because a name may have line ends, or characters that turn the direction of writing.
    return repr(info.filename[:80])


def _placed(infos: Sequence[ZipInfo]) -> tuple[list[Entry], list[str]]:
    """Returns each picture with its split and class, and the names of files in no class folder."""
    by_name = sorted(infos, key=lambda info: info.filename)
    paths = _without_common_folder([PurePosixPath(info.filename).parts for info in by_name])
    has_splits = any(len(path) == 3 and path[0].lower() in SPLITS for path in paths)
    depth = 3 if has_splits else 2
    entries, outside = [], []
    for path, info in zip(paths, by_name, strict=True):
        split = path[0].lower() if has_splits and path else "train"
        if len(path) < depth:
            outside.append(_quoted(info))
        elif len(path) > depth or split not in SPLITS:
            raise UnsupportedFile(f"Expected {LAYOUT} in the zip, got {_quoted(info)}; move it.")
        else:
            entries.append(Entry(split, path[-2], info))
    return entries, outside


def _without_common_folder(paths: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    while (
        len(first := {path[:1] for path in paths}) == 1
        and max(map(len, paths)) > 2
        and "".join(*first).lower() not in SPLITS
    ):
        paths = [path[1:] for path in paths]
    return paths


def _blocks(
    archive: ZipFile,
    entries: Sequence[Entry],
    labels: Labels,
    preprocessing: Preprocessing,
    settings: Settings,
    reading: Reading,
) -> Iterator[Block]:
    encoded = (_encoded(archive, entry.info, settings) for entry in entries)
    with DecoderPool(settings) as pool:
        for row, picture in enumerate(pool.in_order(encoded, preprocessing)):
            if pool.seconds > settings.import_timeout_s:
                raise TOO_LONG.kind(TOO_LONG.detail)
            if isinstance(picture, WorkerError):
                reading.unreadable.append(f"{_quoted(entries[row].info)} ({picture})")
                _check_readable(reading)
            else:
                if picture.cut_short:
                    reading.cut_short.append(_quoted(entries[row].info))
                yield Block(entries[row].split, picture.pixels[None], labels[row : row + 1])


def _encoded(archive: ZipFile, info: ZipInfo, settings: Settings) -> bytes | WorkerError:
    try:
        with archive.open(info) as file:
            return file.read(settings.max_image_bytes + 1)
    except BROKEN:
        return CorruptFile("Expected whole bytes, but the zip is damaged there.")


def _check_readable(reading: Reading) -> None:
    if len(reading.unreadable) > MAX_UNREADABLE * reading.rows:
        raise CorruptFile(
            f"Expected at least {1 - MAX_UNREADABLE:.0%} of {reading.rows:,} pictures to be "
            f"readable, but too many are not, among them {reading.unreadable[0]}"
        )
