"""A zip of pictures, usually with a folder for each class: `cat/a.jpg`, `other/b.png`.

How it may be laid out, `layout` says. Classes are numbered in alphabetical order. Nothing is ever
extracted to disk.
"""

import stat
import struct
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import numpy as np

from worker.data import contents, label_lists
from worker.data.contents import SPLITS, Block, Contents, Labels
from worker.data.layout import ADVICE, placed
from worker.data.magic import HEAD_BYTES
from worker.data.pictures.formats import SUFFIXES, format_of
from worker.data.pictures.pool import DecoderPool
from worker.data.preprocessing import Preprocessing
from worker.data.reading import Reading
from worker.data.sandbox import TOO_LONG
from worker.data.zip_names import path_of
from worker.errors import CorruptFile, LimitExceeded, UnsafeFile, UnsupportedFile, WorkerError
from worker.settings import Settings

JUNK = {"__MACOSX", "_DS_Store", "Thumbs.db", "desktop.ini"}
# Ends of names, in lower case.
PICTURES = SUFFIXES | {
    ".jpe", ".jfif", ".heic", ".heif", ".mpo",
}  # fmt: skip
NO_PICTURES = {
    ".txt", ".csv", ".tsv", ".json", ".xml", ".yaml", ".yml", ".md", ".pdf", ".html", ".htm", ".py",
    ".ipynb", ".m", ".mat", ".npy", ".npz", ".log", ".ini", ".db", ".docx", ".xlsx",
}  # fmt: skip
SENT_ALONE = (".zip", ".h5", ".hdf5", ".npz", ".npy", ".tar", ".gz", ".tgz", ".7z", ".rar")
MAX_LIST_BYTES = 2**24
MAX_UNREADABLE = 0.1
ENCRYPTED = 0x1
LOCAL_HEADER_BYTES = 30

# What zipfile raises on damaged bytes. Not Exception: a MemoryError says nothing of them.
BROKEN = (BadZipFile, OSError, EOFError, ValueError, RuntimeError, struct.error, zlib.error)


class File(NamedTuple):
    path: tuple[str, ...]
    info: ZipInfo


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
        found = _checked(archive.infolist(), settings)
        reading = Reading()
        entries = _sorted_out(archive, found, reading)
        classes = sorted({entry.class_name for entry in entries})
        contents.check_classes(classes, settings.max_classes)
        number = {name: label for label, name in enumerate(classes)}
        labels = np.array([number[entry.class_name] for entry in entries])
        reading.rows = len(entries)
        if not any(entry.split == "test" for entry in entries):
            entries = _with_test(entries, labels, seed, reading)
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


def _with_test(entries: list[Entry], labels: Labels, seed: int, reading: Reading) -> list[Entry]:
    """With the pictures to validate as the test split, or a part of each class."""
    if any(entry.split == "validation" for entry in entries):
        reading.validation_as_test = True
        chosen = [entry.split == "validation" for entry in entries]
    else:
        chosen = contents.held_out(labels, seed).tolist()
        reading.held_out = sum(chosen)
    return [
        entry._replace(split="test") if out else entry
        for entry, out in zip(entries, chosen, strict=True)
    ]


def _checked(infos: Sequence[ZipInfo], settings: Settings) -> list[File]:
    """The files of a zip that can be trusted to lie in it as its directory says."""
    files = [File(path_of(info), info) for info in infos]
    for info in infos:
        _check_form(info)
    if len({file.path for file in files}) < len(files):
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
    return [file for file in files if not file.info.is_dir() and file.path]


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


def _is_junk(path: Sequence[str]) -> bool:
    return any(part.startswith(".") or part in JUNK for part in path)


def _quoted(info: ZipInfo) -> str:
    # repr, because a name may have line ends, or characters that turn the direction of writing.
    return repr(info.filename[:80])


def _sorted_out(archive: ZipFile, found: Sequence[File], reading: Reading) -> list[Entry]:
    """Returns the pictures in the order of their paths, each with its split and class; notes what
    is none, and those of no class."""
    files = sorted((file for file in found if not _is_junk(file.path)), key=lambda file: file.path)
    reading.files = len(files)
    pictures = [file for file in files if _is_picture(archive, file.info)]
    _check_pictures(pictures, files)
    reading.no_pictures = [_quoted(file.info) for file in files if file not in {*pictures}]
    beside = [file for file in files if file.path[-1].lower().endswith(tuple(label_lists.SUFFIXES))]
    places = placed([file.path for file in pictures], partial(_listed, archive, beside))
    known = {place.number for place in places}
    reading.outside = [_quoted(file.info) for n, file in enumerate(pictures) if n not in known]
    return [Entry(place.split, place.class_name, pictures[place.number].info) for place in places]


def _check_pictures(pictures: Sequence[File], files: Sequence[File]) -> None:
    if pictures:
        return
    came = f"got {_quoted(files[0].info)} and the like" if files else "got an empty one"
    nested = next((f for f in files if f.path[-1].lower().endswith(SENT_ALONE)), None)
    advice = f"unpack {_quoted(nested.info)} and send it alone" if nested else ADVICE
    raise CorruptFile(f"Expected pictures of at least 2 classes in the zip, {came}; {advice}")


def _is_picture(archive: ZipFile, info: ZipInfo) -> bool:
    """By the end of its name, or, where that says nothing, by its first bytes."""
    suffix = PurePosixPath(info.filename.lower()).suffix
    if not info.file_size or suffix in NO_PICTURES:
        return False
    if suffix in PICTURES:
        return True
    head = _encoded(archive, info, HEAD_BYTES)
    return isinstance(head, bytes) and format_of(head) is not None


def _listed(
    archive: ZipFile, lists: Sequence[File], paths: Sequence[tuple[str, ...]]
) -> list[str | None] | None:
    """The label of each path by the lists that are in the zip; None without any."""
    files = {key: n for n, path in enumerate(paths) for key in label_lists.keys(path)}
    found: list[str | None] = [None] * len(paths)
    for own in lists:
        text = _encoded(archive, own.info, MAX_LIST_BYTES)
        if isinstance(text, bytes) and len(text) <= MAX_LIST_BYTES:
            words = text.decode("utf-8-sig", errors="replace")
            for key, label in (label_lists.labels_of(words, files) or {}).items():
                found[files[key]] = label
    return found if any(found) else None


def _blocks(
    archive: ZipFile,
    entries: Sequence[Entry],
    labels: Labels,
    preprocessing: Preprocessing,
    settings: Settings,
    reading: Reading,
) -> Iterator[Block]:
    most = settings.max_image_bytes
    encoded = (_encoded(archive, entry.info, most) for entry in entries)
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


def _encoded(archive: ZipFile, info: ZipInfo, most: int) -> bytes | WorkerError:
    """The bytes of a file; of a longer one, one more than `most`."""
    try:
        with archive.open(info) as file:
            return file.read(most + 1)
    except BROKEN:
        return CorruptFile("Expected whole bytes, but the zip is damaged there.")


def _check_readable(reading: Reading) -> None:
    if len(reading.unreadable) > MAX_UNREADABLE * reading.rows:
        raise CorruptFile(
            f"Expected at least {1 - MAX_UNREADABLE:.0%} of {reading.rows:,} pictures to be "
            f"readable, but too many are not, among them {reading.unreadable[0]}"
        )
