"""A dataset as training sees it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from worker.nn.arrays import Array, Purpose, generator

BLOCK_BYTES = 16 * 2**20  # of float64 rows: large enough for speed, small beside a dataset
SAMPLE = 2**18  # numbers that are looked at where not all need be, or some more
SAMPLE_ROWS = 16  # of which they are at least


@dataclass(frozen=True)
class Split:
    """Some rows of a dataset.

    Attributes:
        x: samples, (…, *shape), uint8, memory-mapped; more than these rows may be in it.
        y: the classes of these rows, (rows,), int64.
        index: where in x these rows are, (rows,).
    """

    x: Array
    y: Array
    index: Array

    @classmethod
    def whole(cls, x: Array, y: Array) -> "Split":
        """All rows of x, with their classes y."""
        return cls(x, y, np.arange(len(y)))

    def __len__(self) -> int:
        return len(self.y)

    def samples(self, rows: Array | slice) -> Array:
        """The samples of some of these rows, counted within the split; a copy."""
        return self.x[self.index[rows]]

    def first(self, rows: int) -> "Split":
        """The first so many of these rows, or all there are."""
        return Split(self.x, self.y[:rows], self.index[:rows])

    def some(self) -> Array:
        """The first samples, to learn what they are like."""
        return self.samples(slice(0, sample_rows(self.x[:1].size)))

    def blocks(self) -> Iterator[Array]:
        """The samples in pieces that fit comfortably in memory."""
        step = block_rows(self.x[:1].size)
        return (self.samples(slice(at, at + step)) for at in range(0, len(self), step))

    def divided(self, fraction: float, seed: int) -> tuple["Split", "Split"]:
        """The rest, and a share of each class chosen by chance.

        A class with two rows or more keeps one at least on either side.
        """
        rng = generator(seed, Purpose.SPLIT)
        chosen = np.zeros(len(self), bool)
        for label in np.unique(self.y):
            rows = np.flatnonzero(self.y == label)
            count = min(max(1, round(fraction * len(rows))), len(rows) - 1)
            chosen[rng.permutation(rows)[:count]] = True
        return self._only(~chosen), self._only(chosen)

    def _only(self, mask: Array) -> "Split":
        return Split(self.x, self.y[mask], self.index[mask])


def block_rows(features: int) -> int:
    """Rows in a block."""
    return max(1, BLOCK_BYTES // (8 * max(1, features)))


def sample_rows(features: int) -> int:
    """Rows from which one learns what they are like."""
    return max(SAMPLE_ROWS, SAMPLE // features)


@dataclass(frozen=True)
class Dataset:
    """What an import left: unchanging, and known by its digest."""

    id: str
    digest: str
    classes: list[str]
    shape: list[int]
    preprocessing: dict[str, object]
    splits: dict[str, Split]

    @property
    def train(self) -> Split:
        return self.splits["train"]
