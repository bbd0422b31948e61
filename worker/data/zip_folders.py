"""A zip of pictures, one folder for each class: `cat/a.jpg`, `other/b.png`.

The class folders may lie in `train/` and `test/`, and all of it in one more folder, as people zip
one. Classes are numbered in alphabetical order. Nothing is ever extracted to disk.
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
from worker.data.checks import Finding
from worker.data.contents import SPLITS, Block, Contents, Labels
from worker.data.pictures.pool import DecoderPool
from worker.data.preprocessing import Preprocessing
from worker.data.sandbox import TOO_LONG
from worker.errors import CorruptFile, LimitExceeded, UnsafeFile, UnsupportedFile, WorkerError
from worker.settings import Settings

LAYOUT = "class/picture, or train/class/picture and test/class/picture"
JUNK = {"__MACOSX", "Thumbs.db", "desktop.ini"}
MAX_UNREADABLE = 0.1
NAMED = 5  # pictures that a finding names; the rest it counts
ENCRYPTED = 0x1
LOCAL_HEADER_BYTES = 30

# What zipfile raises on damaged bytes. Not Exception: MemoryError must pass untouched.
BROKEN = (BadZipFile, OSError, EOFError, ValueError, RuntimeError, struct.error, zlib.error)


class Entry(NamedTuple):
    split: str
    class_name: str
    info: ZipInfo


@contextmanager
def opened(files: Sequence[Path], settings: Settings, seed: int) -> Iterator[Contents]:
    """The pictures at 64 x 64; without a test folder, a fifth of each class is held out."""
    (path,) = files
    preprocessing = Preprocessing()
    with _open(path) as archive:
        _check_entries(archive.infolist(), settings)
        entries, findings = _placed([info for info in archive.infolist() if not _is_junk(info)])
        classes = sorted({entry.class_name for entry in entries})
        contents.check_classes(classes, settings.max_classes)
        number = {name: label for label, name in enumerate(classes)}
        labels = np.array([number[entry.class_name] for entry in entries])
        if not any(entry.split == "test" for entry in entries):
            chosen = contents.held_out(labels, seed)
            findings.append(contents.held_out_finding(chosen))
            entries = [
                entry._replace(split="test" if out else entry.split)
                for entry, out in zip(entries, chosen, strict=True)
            ]
        rows = {split: sum(entry.split == split for entry in entries) for split in SPLITS}
        shape = (preprocessing.height, preprocessing.width, 3)
        contents.check_size(rows, shape, settings)
        blocks = _blocks(archive, entries, labels, preprocessing, settings, findings)
        yield Contents(classes, len(entries), preprocessing, findings, blocks)


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
    # zipfile hands out no more of a file than it declares, so this bounds what is really inflated.
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
    # repr, since a name may hold line ends or turn the direction of writing.
    return repr(info.filename[:80])


def _placed(infos: Sequence[ZipInfo]) -> tuple[list[Entry], list[Finding]]:
    """Each picture with its split and class, and a finding about files that are in no class."""
    by_name = sorted(infos, key=lambda info: info.filename)
    paths = _without_common_folder([PurePosixPath(info.filename).parts for info in by_name])
    has_splits = any(len(path) == 3 and path[0].lower() in SPLITS for path in paths)
    depth = 3 if has_splits else 2
    entries, loose = [], []
    for path, info in zip(paths, by_name, strict=True):
        split = path[0].lower() if has_splits and path else "train"
        if len(path) < depth:
            loose.append(_quoted(info))
        elif len(path) > depth or split not in SPLITS:
            raise UnsupportedFile(f"Expected {LAYOUT} in the zip, got {_quoted(info)}; move it.")
        else:
            entries.append(Entry(split, path[-2], info))
    what = "are in no class folder and were left out"
    return entries, _counted("files_outside_classes", what, loose, len(infos))


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
    findings: list[Finding],
) -> Iterator[Block]:
    unreadable: list[str] = []
    cut_short: list[str] = []
    encoded = (_encoded(archive, entry.info, settings) for entry in entries)
    with DecoderPool(settings) as pool:
        for row, picture in enumerate(pool.in_order(encoded, preprocessing)):
            if pool.seconds > settings.import_timeout_s:
                raise TOO_LONG.kind(TOO_LONG.detail)
            if isinstance(picture, WorkerError):
                unreadable.append(f"{_quoted(entries[row].info)} ({picture})")
                _check_readable(unreadable, len(entries))
            else:
                if picture.cut_short:
                    cut_short.append(_quoted(entries[row].info))
                yield Block(entries[row].split, picture.pixels[None], labels[row : row + 1])
    what = "cannot be read and were left out"
    findings += _counted("unreadable_pictures", what, unreadable, len(entries))
    what = "lack their end and were read as far as they go"
    findings += _counted("cut_short_pictures", what, cut_short, len(entries))


def _encoded(archive: ZipFile, info: ZipInfo, settings: Settings) -> bytes | WorkerError:
    try:
        with archive.open(info) as file:
            return file.read(settings.max_image_bytes + 1)
    except BROKEN:
        return CorruptFile("Expected whole bytes, but the zip is damaged there.")


def _check_readable(unreadable: Sequence[str], pictures: int) -> None:
    if len(unreadable) > MAX_UNREADABLE * pictures:
        raise CorruptFile(
            f"Expected at least {1 - MAX_UNREADABLE:.0%} of {pictures:,} pictures to be readable, "
            f"but too many are not, among them {unreadable[0]}"
        )


def _counted(code: str, what: str, names: Sequence[str], total: int) -> list[Finding]:
    if not names:
        return []
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    message = f"{len(names):,} of {total:,} files {what}: {'; '.join(names[:NAMED])}{more}"
    return [Finding(code=code, severity="warning", message=message)]
