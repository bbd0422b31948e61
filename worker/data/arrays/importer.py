"""A dataset of arrays: pictures and labels in HDF5, NPZ and NPY files, one or several."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from worker.data import contents
from worker.data.arrays import classes, labels, npy, npz, text_labels
from worker.data.arrays.choice import Choice, choose
from worker.data.arrays.classes import Classes
from worker.data.arrays.pixels import Pictures, Shape, pictures, scale_of
from worker.data.arrays.stored import LABELS, NAMES, NUMBERS, Listed, StoredArray
from worker.data.contents import Block, Contents, Labels
from worker.data.digests import digests_of
from worker.data.hdf5 import reader as hdf5
from worker.data.options import ImportOptions
from worker.data.preprocessing import REDUCING_GAP, Preprocessing
from worker.data.progress import Seen, Tell, counting, untold
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
    """Pictures and their labels, as they are stored, of a split."""

    split: str
    x: Pictures
    y: StoredArray


@contextmanager
def opened(
    files: Mapping[Path, str],
    options: ImportOptions,
    settings: Settings,
    seed: int,
    tell: Tell = untold,
) -> Iterator[Contents]:
    """Yields all splits, in whichever of the files they are. Without a test split, that is the
    validation split, or a fifth of each class is held out.

    Args:
        files: each with its kind, one of READERS.
        tell: called with how far it is.

    Raises:
        InvalidParameter: an option is of other files.
        CorruptFile, LimitExceeded, UnsafeFile, UnsupportedFile: the files are refused.
    """
    options.check_for("arrays")
    with ExitStack() as stack:
        listed = [stack.enter_context(READERS[kind](path)) for path, kind in files.items()]
        choice = choose([*chain(*listed)], options.x, options.y)
        reading = Reading(rows=0, left_out=[str(array) for array in choice.left_out])
        parts = _parts(choice, settings, reading)
        found = _classes(choice, parts, settings, reading)
        scales = _scales(parts, reading, tell)
        turned = options.channel_order == "bgr"
        reading.changes += ["blue, green and red were put in the order red, green, blue"] * turned
        blocks = _blocks(parts, found.labels, scales, turned)
        if not any(part.split == "test" for part in parts):
            seen = counting(tell, "measuring", reading.rows)
            digests = digests_of(_looked_at(blocks, seen))
            blocks = _blocks(parts, found.labels, scales, turned)  # once more
            chosen = contents.held_out(np.concatenate(found.labels), digests, seed)
            reading.held_out, blocks = int(chosen.sum()), _divided(blocks, chosen)
        height, width, _ = parts[0].x.shape
        how = Preprocessing(height=height, width=width, reducing_gap=REDUCING_GAP)
        yield Contents(found.names, how, reading, blocks)


def _looked_at(blocks: Iterator[Block], seen: Seen) -> Iterator[NDArray[Any]]:
    for block in blocks:
        yield block.x
        seen(len(block.y))


def _parts(choice: Choice, settings: Settings, reading: Reading) -> list[Rows]:
    here = contents.settled([pair.split for pair in choice.pairs], reading)
    parts = [
        Rows(here[pair.split], pictures(pair.x.open(NUMBERS)), pair.y.open(LABELS))
        for pair in choice.pairs
    ]
    shape = _shape([part.x for part in parts])
    rows = {part.split: part.x.rows for part in parts}
    contents.check_size(rows, shape, settings)
    reading.rows = sum(rows.values())
    return parts


def _classes(
    choice: Choice, parts: Sequence[Rows], settings: Settings, reading: Reading
) -> Classes:
    lists = [array.open(NAMES) for array in choice.classes]
    most = settings.max_classes
    read = [labels.read(part.y, part.x.rows, most) for part in parts]
    if texts := [part.y for part, own in zip(parts, read, strict=True) if own is None]:
        if len(texts) < len(parts):
            raise CorruptFile(
                f"Expected labels of one type in all splits, got texts in {texts[0].where} and "
                "numbers in another; convert one of them."
            )
        found = text_labels.named(lists, texts, most)
    else:
        found = classes.named(lists, [own.labels for own in read if own], most)
    reading.changes += [own.change for own in read if own and own.change]
    reading.changes += [found.change] if found.change else []
    return found


def _shape(x: Sequence[Pictures]) -> Shape:
    first, *others = x
    for other in others:
        if other.shape != first.shape:
            raise CorruptFile(
                f"Expected pictures of one size in all splits, got {first.shape} in "
                f"{first.array.where} and {other.shape} in {other.array.where}; resize one of them."
            )
    return first.shape


def _scales(parts: Sequence[Rows], reading: Reading, tell: Tell) -> list[int]:
    """By what the numbers of each part are multiplied; those of one type by the same."""
    types = [part.x.array.dtype for part in parts]
    sets = {own: [part.x for part in parts if part.x.array.dtype == own] for own in types}
    to_look_at = sum(part.x.rows for part in parts if not part.x.plain)
    seen = counting(tell, "reading", to_look_at or None)
    of_type = {own: scale_of(x, seen) for own, x in sets.items()}
    scales = [of_type[own] for own in types]
    for part, scale in zip(parts, scales, strict=True):
        reading.changes += part.x.changes(scale)
    return scales


def _blocks(
    parts: Sequence[Rows], y_of: Sequence[Labels], scales: Sequence[int], turned: bool
) -> Iterator[Block]:
    """The rows; `turned` if their channels are to be put in the opposite order."""
    for (split, x, _), y, scale in zip(parts, y_of, scales, strict=True):
        start = 0
        for block in x.read(scale):
            yield Block(split, block[..., ::-1] if turned else block, y[start : start + len(block)])
            start += len(block)


def _divided(blocks: Iterator[Block], chosen: NDArray[np.bool_]) -> Iterator[Block]:
    start = 0
    for _, x, y, _ in blocks:
        test = chosen[start : start + len(y)]
        start += len(y)
        yield Block("train", x[~test], y[~test])
        yield Block("test", x[test], y[test])
