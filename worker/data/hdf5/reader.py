"""Reads the course's HDF5 layout: `train_set_x`, `train_set_y`, `test_set_x`, `test_set_y` and
`list_classes`, in one file or spread over several."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worker.data import contents
from worker.data.contents import SPLITS, Block, Contents, Labels
from worker.data.hdf5 import file as hdf5_file
from worker.data.hdf5.file import Member
from worker.data.hdf5.guard import Kind, hardened_h5py
from worker.data.preprocessing import Preprocessing
from worker.data.reading import Reading
from worker.data.rows import rows_per_block
from worker.errors import CorruptFile, UnsupportedFile
from worker.settings import Settings

CLASSES = "list_classes"
PICTURES = Kind("uint8 numbers", "u", 1)
LABELS = Kind("whole numbers", "iu", 8)
TEXTS = Kind("byte strings of a fixed length up to 256", "S", 256)
KINDS = {
    CLASSES: TEXTS,
    **{f"{split}_set_x": PICTURES for split in SPLITS},
    **{f"{split}_set_y": LABELS for split in SPLITS},
}

Found = Mapping[str, Sequence[Member]]


@contextmanager
def opened(files: Sequence[Path], settings: Settings, seed: int) -> Iterator[Contents]:
    """Yields both splits, in whichever of the files they are; without a test split, a fifth of each
    class is held out.

    Raises:
        CorruptFile, LimitExceeded, UnsafeFile, UnsupportedFile: the files are refused.
    """
    with ExitStack() as stack:
        found = _find([(stack.enter_context(hdf5_file.opened(path)), path) for path in files])
        x = {split: _only(found, f"{split}_set_x") for split in _splits(found)}
        height, width, _ = shape = _picture_shape(x)
        contents.check_size({split: x[split].shape[0] for split in x}, shape, settings)
        y = {split: _labels(_only(found, f"{split}_set_y"), x[split].shape[0]) for split in x}
        classes = _classes(found[CLASSES], y, settings.max_classes)
        preprocessing = Preprocessing(height=height, width=width)
        rows = sum(member.shape[0] for member in x.values())
        reading, blocks = Reading(rows), _blocks(x, y)
        if "test" not in x:
            chosen = contents.held_out(y["train"], seed)
            reading.held_out, blocks = int(chosen.sum()), _divided(blocks, chosen)
        yield Contents(classes, preprocessing, reading, blocks)


def write(
    path: Path,
    split: str,
    x: NDArray[np.uint8],
    y: NDArray[np.integer[Any]],
    classes: Sequence[str],
) -> None:
    """Write one split as one file in the course's layout.

    Args:
        x: (rows, height, width, 3), uint8.
        y: (rows,), whole numbers.
        classes: a name for each label.
    """
    with hardened_h5py().File(path, "w") as file:
        file[f"{split}_set_x"] = x
        file[f"{split}_set_y"] = y
        file[CLASSES] = np.array([name.encode() for name in classes])


def _find(files: Sequence[tuple[Any, Path]]) -> Found:
    return {
        name: [
            member
            for file, path in files
            if (member := hdf5_file.member(file, name, kind, path.name))
        ]
        for name, kind in KINDS.items()
    }


def _splits(found: Found) -> list[str]:
    sent = [split for split in SPLITS if found[f"{split}_set_x"] or found[f"{split}_set_y"]]
    return sent if "train" in sent else ["train", *sent]


def _only(found: Found, name: str) -> Member:
    if len(found[name]) != 1:
        came = ", ".join(member.where for member in found[name]) or "none"
        raise CorruptFile(
            f"Expected one {name} over all files, got {came}; send the train split, and at will "
            "the test split, each once and with its pictures (x) and labels (y)."
        )
    return found[name][0]


def _picture_shape(x: Mapping[str, Member]) -> tuple[int, int, int]:
    for member in x.values():
        if len(member.shape) != 4 or member.shape[3] != 3 or 0 in member.shape[1:]:
            raise UnsupportedFile(
                f"Expected the shape (rows, height, width, 3) in {member.where}, "
                f"got {member.shape}; store RGB pictures."
            )
    train, *others = (member.shape[1:] for member in x.values())
    for other in others:
        if other != train:
            raise CorruptFile(
                f"Expected pictures of one size in both splits, got {train} to train and {other} "
                "to test; resize one of them."
            )
    height, width, channels = train
    return height, width, channels


def _labels(member: Member, rows: int) -> Labels:
    if member.shape not in ((rows,), (1, rows), (rows, 1)):
        raise CorruptFile(
            f"Expected {rows:,} labels in {member.where}, got the shape {member.shape}; "
            "send one label for each picture."
        )
    labels = member.read().reshape(-1)
    # Checked before the cast, which would make a large uint64 negative.
    if (labels < 0).any() or (labels > np.iinfo(np.int32).max).any():
        raise CorruptFile(
            f"Expected labels from 0 up in {member.where}, got one far outside; "
            "number the classes from 0."
        )
    return labels.astype(np.int64)


def _classes(lists: Sequence[Member], y: Mapping[str, Labels], max_classes: int) -> list[str]:
    largest = max(int(labels.max(initial=0)) for labels in y.values())
    named = [_class_names(member, max_classes) for member in lists]
    if any(names != named[0] for names in named):
        raise CorruptFile(
            f"Expected the same {CLASSES} in every file, but they differ; send files that belong "
            "together."
        )
    names = named[0] if named else [str(label) for label in range(min(largest, max_classes) + 1)]
    contents.check_classes(names, max_classes)
    if largest >= len(names):
        raise CorruptFile(
            f"Expected labels from 0 to {len(names) - 1}, one for each of {CLASSES}, "
            f"got {largest}; name every class or mend the labels."
        )
    return names


def _class_names(member: Member, max_classes: int) -> list[str]:
    if len(member.shape) != 1:
        raise CorruptFile(
            f"Expected a plain list in {member.where}, got the shape {member.shape}; "
            "store one name for each class."
        )
    # One name more than is allowed, so that check_classes can refuse them.
    names = member.read(slice(max_classes + 1)).tolist()
    try:
        return [name.decode() for name in names]
    except UnicodeDecodeError as error:
        raise CorruptFile(
            f"Expected class names in UTF-8 in {member.where}, got other bytes; encode them again."
        ) from error


def _blocks(x: Mapping[str, Member], y: Mapping[str, Labels]) -> Iterator[Block]:
    for split, member in x.items():
        rows, *shape = member.shape
        step = rows_per_block(prod(shape))
        for start in range(0, rows, step):
            part = slice(start, start + step)
            yield Block(split, member.read(part), y[split][part])


def _divided(blocks: Iterator[Block], chosen: NDArray[np.bool_]) -> Iterator[Block]:
    start = 0
    for _, x, y in blocks:
        test = chosen[start : start + len(y)]
        start += len(y)
        yield Block("train", x[~test], y[~test])
        yield Block("test", x[test], y[test])
