"""What an importer returns to `prepare`: the classes, the preprocessing and the rows, in blocks."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from math import prod
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from worker.data.digests import Digests, groups_of
from worker.data.options import ImportOptions
from worker.data.preprocessing import Preprocessing
from worker.data.progress import Tell
from worker.data.reading import Reading
from worker.data.tables.preprocessing import TablePreprocessing
from worker.errors import CorruptFile, LimitExceeded
from worker.settings import Settings

Labels = NDArray[np.int64]

HELD_OUT_FRACTION = 0.2
MAX_NAME_CHARACTERS = 256


class Block(NamedTuple):
    """Rows of one split: x is (rows, *shape), y is (rows,), names are those of their files, if each
    row is a file."""

    split: str
    x: NDArray[np.uint8] | NDArray[np.float32]
    y: Labels
    names: Sequence[str] = ()


class Contents(NamedTuple):
    """What comes of the files.

    Attributes:
        classes: their names, in the order of the labels.
        reading: what was noticed; complete once `blocks` has been read to its end.
        blocks: all rows; unreadable pictures are missing.
    """

    classes: list[str]
    preprocessing: Preprocessing | TablePreprocessing
    reading: Reading
    blocks: Iterator[Block]


# Of files, each with its kind, with what was asked for, a seed for what is left to chance, and what
# is told how far it is.
Importer = Callable[
    [Mapping[Path, str], ImportOptions, Settings, int, Tell], AbstractContextManager[Contents]
]


def check_classes(names: Sequence[str], max_classes: int) -> None:
    """Refuse names of classes that cannot be used.

    Raises:
        CorruptFile: there are fewer than 2, one is not a printable name, or two are the same.
        LimitExceeded: there are too many.
    """
    if len(names) < 2:
        raise CorruptFile(
            f"Expected at least 2 classes, got {len(names)}; add samples of something else."
        )
    if len(names) > max_classes:
        raise LimitExceeded(
            f"Expected at most {max_classes:,} classes, got {len(names):,}; join some of them."
        )
    for name in names:
        if not name.isprintable() or not 0 < len(name) <= MAX_NAME_CHARACTERS:
            raise CorruptFile(
                f"Expected class names of 1 to {MAX_NAME_CHARACTERS} printable characters, "
                f"got {name[:40]!r}; rename the class."
            )
    if len(set(names)) < len(names):
        raise CorruptFile("Expected class names that differ, but one comes twice; rename it.")


def check_size(
    rows: Mapping[str, int], shape: Sequence[int], settings: Settings, dtype: str = "uint8"
) -> None:
    """Refuse a dataset over the limits before anything of its size is allocated.

    Args:
        rows: of each split.
        shape: of one row.

    Raises:
        LimitExceeded: its rows, the numbers in a row, or its bytes are too many.
    """
    # Python's integers: a product of NumPy's could overflow and pass.
    features = prod(int(side) for side in shape)
    if features > settings.max_features:
        raise LimitExceeded(
            f"Expected at most {settings.max_features:,} numbers in each row, got {features:,}; "
            "make the pictures smaller, or send fewer columns."
        )
    for split, count in rows.items():
        if count > settings.max_rows:
            raise LimitExceeded(
                f"Expected at most {settings.max_rows:,} rows in the {split} split, "
                f"got {count:,}; send fewer."
            )
    if (
        size := sum(rows.values()) * features * np.dtype(dtype).itemsize
    ) > settings.max_dataset_bytes:
        raise LimitExceeded(
            f"Expected a dataset of at most {settings.max_dataset_bytes:,} bytes decoded, "
            f"got {size:,}; send fewer rows, or smaller ones."
        )


def settled(sent: Iterable[str], reading: Reading) -> dict[str, str]:
    """Returns for each split that was sent the one that it is here: rows to validate are the test
    split where there is none."""
    splits = {split: split for split in sent}
    if "validation" in splits and "test" not in splits:
        reading.validation_as_test = True
        splits["validation"] = "test"
    return splits


def held_out(
    labels: Labels, digests: Digests, seed: int, fraction: float = HELD_OUT_FRACTION
) -> NDArray[np.bool_]:
    """Returns a mask of the rows that become the test split, (rows,): of every class with two rows
    or more about this fraction, one row at least, chosen by the seed. Rows that are the same stay
    on one side, unless all of a class are.

    Args:
        labels: (rows,).
        digests: (rows,), of rows that are the same the same.
    """
    random = np.random.default_rng(seed)
    chosen = np.zeros(len(labels), dtype=np.bool_)
    for label in np.flatnonzero(np.bincount(labels)):
        rows = np.flatnonzero(labels == label)
        group = groups_of(digests[rows])
        if not group.any():  # where all are the same there are no sides
            group = np.arange(len(rows))
        sizes = np.bincount(group)
        order = random.permutation(len(sizes))[:-1]  # one stays in training
        before = np.cumsum(sizes[order]) - sizes[order]
        out = np.zeros(len(sizes), np.bool_)
        out[order[before < max(1, round(fraction * len(rows)))]] = True
        chosen[rows] = out[group]
    return chosen
