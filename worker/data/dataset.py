"""A dataset as training sees it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from worker.nn.arrays import Array, Purpose, generator

BLOCK_BYTES = 16 * 2**20  # of float64 rows: large enough for speed, small beside a dataset
SPLITS = ("train", "validation", "test")
SAMPLE = 2**18  # numbers in a sample of rows that stands for all rows
SAMPLE_ROWS = 16  # rows in it at least, even if they have more numbers


@dataclass(frozen=True)
class Split:
    """Some rows of a dataset.

    Attributes:
        x: samples, (…, *shape), memory-mapped: uint8 of pictures, else float32; more than
            these rows may be in it.
        y: the classes of these rows, (rows,), int64.
        index: where in x these rows are, (rows,).
    """

    x: Array
    y: Array
    index: Array

    @classmethod
    def whole(cls, x: Array, y: Array) -> "Split":
        """Returns the split of all rows of x, with their classes y, (rows,)."""
        return cls(x, y, np.arange(len(y)))

    def __len__(self) -> int:
        return len(self.y)

    @property
    def floats(self) -> bool:
        """Whether the samples are float32: rows of a table, or the features of pictures."""
        return self.x.dtype == np.float32

    def samples(self, rows: Array | slice) -> Array:
        """Returns a copy of the samples of some rows, (…, *shape).

        Args:
            rows: their numbers within the split, from 0.
        """
        return self.x[self.index[rows]]

    def first(self, rows: int) -> "Split":
        """Returns the split of the first rows, or of all if there are fewer."""
        return Split(self.x, self.y[:rows], self.index[:rows])

    def some(self) -> Array:
        """Returns the first samples, (rows, *shape): enough to estimate mean and deviation."""
        return self.samples(slice(0, sample_rows(self.x[:1].size)))

    def blocks(self) -> Iterator[Array]:
        """Returns the samples in blocks of about BLOCK_BYTES each as float64."""
        step = block_rows(self.x[:1].size)
        return (self.samples(slice(at, at + step)) for at in range(0, len(self), step))

    def divided(self, fraction: float, seed: int) -> tuple["Split", "Split"]:
        """Returns two splits: most rows, and a fraction of each class, chosen by the seed.

        Of a class with two rows or more, each of the two has one at least.
        """
        rng = generator(seed, Purpose.SPLIT)
        chosen = np.zeros(len(self), bool)
        for label in np.unique(self.y):
            rows = np.flatnonzero(self.y == label)
            count = kept_out(len(rows), fraction)
            chosen[rng.permutation(rows)[:count]] = True
        return self.only(~chosen), self.only(chosen)

    def with_mirrored(self) -> "Split":
        """Returns these rows and their mirrored ones, of which x has as many behind them."""
        behind = self.index + len(self.x) // 2
        return Split(self.x, np.r_[self.y, self.y], np.r_[self.index, behind])

    def only(self, mask: Array) -> "Split":
        """Returns the split of the rows for which the mask, (rows,), is true."""
        return Split(self.x, self.y[mask], self.index[mask])


def kept_out(rows: int, fraction: float) -> int:
    """Returns how many of a class's rows are not trained on, where a fraction of them is kept
    out."""
    return min(max(1, round(fraction * rows)), rows - 1)


def block_rows(features: int) -> int:
    """Returns how many rows of so many features are in a block."""
    return max(1, BLOCK_BYTES // (8 * max(1, features)))


def sample_rows(features: int) -> int:
    """Returns how many rows of so many features are in a sample."""
    return max(SAMPLE_ROWS, SAMPLE // features)


@dataclass(frozen=True)
class Dataset:
    """An imported dataset. It never changes.

    Attributes:
        digest: of its arrays.
        shape: of one sample.
        preprocessing: as `Preprocessing.as_dict` returns it.
        splits: `train` and `test`, and `validation` if such rows were sent.
        mirrored: whether the samples of `train` are followed, in the same array, by as many that
            come of the mirrored pictures.
    """

    id: str
    digest: str
    classes: list[str]
    shape: list[int]
    preprocessing: dict[str, object]
    splits: dict[str, Split]
    mirrored: bool = False

    @property
    def train(self) -> Split:
        return self.splits["train"]

    def only(self, masks: Mapping[str, Array]) -> "Dataset":
        """Returns the dataset with some rows of splits alone: of each that is named those for which
        its mask, (rows,), is true."""
        some = {name: self.splits[name].only(mask) for name, mask in masks.items()}
        return replace(self, splits=self.splits | some)
