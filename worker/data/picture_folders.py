"""A zip of pictures, usually with a folder for each class: `cat/a.jpg`, `other/b.png`.

How it may be laid out, `layout` says. Classes are numbered in alphabetical order. Nothing is ever
extracted to disk.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from zipfile import ZipFile, ZipInfo

import numpy as np

from worker.data import archive, contents, label_lists
from worker.data.archive import File, quoted
from worker.data.contents import SPLITS, Block, Contents, Labels
from worker.data.layout import ADVICE, placed
from worker.data.magic import HEAD_BYTES
from worker.data.pictures.formats import SUFFIXES, format_of
from worker.data.pictures.pool import DecoderPool
from worker.data.preprocessing import Preprocessing
from worker.data.reading import Reading
from worker.data.sandbox import TOO_LONG
from worker.errors import CorruptFile, LimitExceeded, WorkerError
from worker.settings import Settings

# Ends of names, in lower case.
PICTURES = SUFFIXES | {
    ".jpe", ".jfif", ".heic", ".heif", ".mpo",
}  # fmt: skip
NO_PICTURES = {
    ".txt", ".csv", ".tsv", ".json", ".xml", ".yaml", ".yml", ".md", ".pdf", ".html", ".htm", ".py",
    ".ipynb", ".m", ".mat", ".npy", ".npz", ".log", ".ini", ".db", ".docx", ".xlsx",
}  # fmt: skip
MAX_LIST_BYTES = 2**24
MAX_UNREADABLE = 0.1


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
    with archive.opened(path) as packed:
        _check(packed.infolist(), settings)
        reading = Reading()
        entries = _sorted_out(packed, reading)
        classes = sorted({entry.class_name for entry in entries})
        contents.check_classes(classes, settings.max_classes)
        number = {name: label for label, name in enumerate(classes)}
        labels = np.array([number[entry.class_name] for entry in entries])
        reading.rows = len(entries)
        if not any(entry.split == "test" for entry in entries):
            entries = _with_test(entries, labels, seed, reading)
        rows = {split: sum(entry.split == split for entry in entries) for split in SPLITS}
        contents.check_size(rows, preprocessing.shape, settings)
        blocks = _blocks(packed, entries, labels, preprocessing, settings, reading)
        yield Contents(classes, preprocessing, reading, blocks)


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


def _check(infos: Sequence[ZipInfo], settings: Settings) -> None:
    archive.check_entries(infos)
    # zipfile inflates no more of a file than its header declares, so this is a true limit.
    total = sum(min(info.file_size, settings.max_image_bytes) for info in infos)
    most = max(settings.max_upload_bytes, settings.max_dataset_bytes)
    if total > most:
        raise LimitExceeded(
            f"Expected a zip of at most {most:,} bytes unpacked, "
            f"got {total:,}; send fewer or smaller pictures."
        )


def _sorted_out(packed: ZipFile, reading: Reading) -> list[Entry]:
    """Returns the pictures in the order of their paths, each with its split and class; notes what
    is none, and those of no class."""
    files = sorted(archive.files_of(packed), key=lambda file: file.path)
    reading.files = len(files)
    pictures = [file for file in files if _is_picture(packed, file.info)]
    _check_pictures(pictures, files)
    own = {*pictures}
    reading.no_pictures = [quoted(file.info) for file in files if file not in own]
    beside = [file for file in files if file.path[-1].lower().endswith(tuple(label_lists.SUFFIXES))]
    places = placed([file.path for file in pictures], partial(_listed, packed, beside))
    known = {place.number for place in places}
    reading.outside = [quoted(file.info) for n, file in enumerate(pictures) if n not in known]
    return [Entry(place.split, place.class_name, pictures[place.number].info) for place in places]


def _check_pictures(pictures: Sequence[File], files: Sequence[File]) -> None:
    if pictures:
        return
    came = f"got {quoted(files[0].info)} and the like" if files else "got an empty one"
    raise CorruptFile(f"Expected pictures of at least 2 classes in the zip, {came}. {ADVICE}")


def _is_picture(packed: ZipFile, info: ZipInfo) -> bool:
    """By the end of its name, or, where that says nothing, by its first bytes."""
    suffix = PurePosixPath(info.filename.lower()).suffix
    if not info.file_size or suffix in NO_PICTURES:
        return False
    if suffix in PICTURES:
        return True
    head = archive.bytes_of(packed, info, HEAD_BYTES)
    return isinstance(head, bytes) and format_of(head) is not None


def _listed(
    packed: ZipFile, lists: Sequence[File], paths: Sequence[tuple[str, ...]]
) -> list[str | None] | None:
    """The label of each path by the lists that are in the zip; None without any."""
    files = {key: n for n, path in enumerate(paths) for key in label_lists.keys(path)}
    found: list[str | None] = [None] * len(paths)
    for own in lists:
        text = archive.bytes_of(packed, own.info, MAX_LIST_BYTES)
        if isinstance(text, bytes) and len(text) <= MAX_LIST_BYTES:
            words = text.decode("utf-8-sig", errors="replace")
            for key, label in (label_lists.labels_of(words, files) or {}).items():
                found[files[key]] = label
    return found if any(found) else None


def _blocks(
    packed: ZipFile,
    entries: Sequence[Entry],
    labels: Labels,
    preprocessing: Preprocessing,
    settings: Settings,
    reading: Reading,
) -> Iterator[Block]:
    most = settings.max_image_bytes
    encoded = (archive.bytes_of(packed, entry.info, most) for entry in entries)
    with DecoderPool(settings) as pool:
        for row, picture in enumerate(pool.in_order(encoded, preprocessing)):
            if pool.seconds > settings.import_timeout_s:
                raise TOO_LONG.kind(TOO_LONG.detail)
            if isinstance(picture, WorkerError):
                reading.unreadable.append(f"{quoted(entries[row].info)} ({picture})")
                _check_readable(reading)
            else:
                if picture.cut_short:
                    reading.cut_short.append(quoted(entries[row].info))
                yield Block(entries[row].split, picture.pixels[None], labels[row : row + 1])


def _check_readable(reading: Reading) -> None:
    if len(reading.unreadable) > MAX_UNREADABLE * reading.rows:
        raise CorruptFile(
            f"Expected at least {1 - MAX_UNREADABLE:.0%} of {reading.rows:,} pictures to be "
            f"readable, but too many are not, among them {reading.unreadable[0]}"
        )
