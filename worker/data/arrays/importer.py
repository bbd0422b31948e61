"""A dataset of arrays: pictures and labels in HDF5, NPZ and NPY files, one or several."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from worker.data import contents, kinds
from worker.data.arrays import classes, labels, npy, npz
from worker.data.arrays.choice import Choice, choose
from worker.data.arrays.pixels import Pictures, Shape, pictures, scale_of
from worker.data.arrays.stored import NAMES, NUMBERS, Listed
from worker.data.contents import Block, Contents, Labels
from worker.data.hdf5 import reader as hdf5
from worker.data.preprocessing import Preprocessing
from worker.data.reading import Reading
from worker.errors import CorruptFile
from worker.settings import Settings

# By what a file looks like, how its arrays are listed.
READERS: dict[str, Callable[[Path], AbstractContextManager[list[Listed]]]] = {
    "HDF5": hdf5.opened,
    "NPZ": npz.opened,
    "NPY": npy.opened,
}


class Rows(NamedTuple):
    """Pictures and their labels, of a split."""

    split: str
    x: Pictures
    y: Labels


@contextmanager
def opened(files: Sequence[Path], settings: Settings, seed: int) -> Iterator[Contents]:
    """Yields all splits, in whichever of the files they are. Without a test split, that is the
    validation split, or a fifth of each class is held out; with one, the validation split is
    trained on.

    Raises:
        CorruptFile, LimitExceeded, UnsafeFile, UnsupportedFile: the files are refused.
    """
    with ExitStack() as stack:
        listed = [stack.enter_context(READERS[kinds.kind_of(path)](path)) for path in files]
        choice = choose([*chain(*listed)])
        reading = Reading(rows=0, left_out=[str(array) for array in choice.left_out])
        parts = _parts(choice, settings, reading)
        found = classes.named(
            [array.open(NAMES) for array in choice.classes],
            [part.y for part in parts],
            settings.max_classes,
        )
        reading.changes += [found.change] if found.change else []
        parts = [part._replace(y=y) for part, y in zip(parts, found.labels, strict=True)]
        blocks = _blocks(parts, _scales(parts, reading))
        if not any(part.split == "test" for part in parts):
            chosen = contents.held_out(np.concatenate(found.labels), seed)
            reading.held_out, blocks = int(chosen.sum()), _divided(blocks, chosen)
        height, width, _ = parts[0].x.shape
        yield Contents(found.names, Preprocessing(height=height, width=width), reading, blocks)


def _parts(choice: Choice, settings: Settings, reading: Reading) -> list[Rows]:
    x = [pictures(pair.x.open(NUMBERS)) for pair in choice.pairs]
    sent = [pair.split for pair in choice.pairs]
    splits = _splits(sent, reading)
    shape = _shape(x)
    rows = {
        split: sum(own.rows for own, its in zip(x, splits, strict=True) if its == split)
        for split in splits
    }
    contents.check_size(rows, shape, settings)
    reading.rows = sum(rows.values())
    parts = []
    for pair, split, own in zip(choice.pairs, splits, x, strict=True):
        y, change = labels.read(pair.y.open(NUMBERS), own.rows, settings.max_classes)
        reading.changes += [change] if change else []
        parts.append(Rows(split, own, y))
    return parts


def _splits(sent: Sequence[str], reading: Reading) -> list[str]:
    """For each split as its writer called it, the one that it is here."""
    instead = "train" if "test" in sent else "test"
    if "validation" in sent:
        reading.changes.append(f"the validation split became part of the {instead} split")
    return [instead if split == "validation" else split for split in sent]


def _shape(x: Sequence[Pictures]) -> Shape:
    first, *others = x
    for other in others:
        if other.shape != first.shape:
            raise CorruptFile(
                f"Expected pictures of one size in all splits, got {first.shape} in "
                f"{first.array.where} and {other.shape} in {other.array.where}; resize one of them."
            )
    return first.shape


def _scales(parts: Sequence[Rows], reading: Reading) -> list[int]:
    """By what the numbers of each part are multiplied; those of one type by the same."""
    types = [part.x.array.dtype for part in parts]
    sets = {own: [part.x for part in parts if part.x.array.dtype == own] for own in types}
    of_type = {own: scale_of(x) for own, x in sets.items()}
    scales = [of_type[own] for own in types]
    for part, scale in zip(parts, scales, strict=True):
        reading.changes += part.x.changes(scale)
    return scales


def _blocks(parts: Sequence[Rows], scales: Sequence[int]) -> Iterator[Block]:
    for (split, x, y), scale in zip(parts, scales, strict=True):
        start = 0
        for block in x.read(scale):
            yield Block(split, block, y[start : start + len(block)])
            start += len(block)


def _divided(blocks: Iterator[Block], chosen: NDArray[np.bool_]) -> Iterator[Block]:
    start = 0
    for _, x, y in blocks:
        test = chosen[start : start + len(y)]
        start += len(y)
        yield Block("train", x[~test], y[~test])
        yield Block("test", x[test], y[test])
