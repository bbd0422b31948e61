"""What the numbers of a dataset are like: mean, deviation and histogram for each split, each class,
and each channel of pictures or column of other rows.

Both are the last axis of a sample, and called features here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from worker.data.preprocessing import CHANNELS
from worker.jsontypes import Json

Array = NDArray[Any]
Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

BINS = 32  # of a histogram
VALUES = 256  # that a pixel may have
NUMBERS = 2**18  # counts in all histograms together; features beyond that are left out


class Rows(Protocol):
    """The rows of a split."""

    @property
    def labels(self) -> NDArray[np.int64]:
        """Their classes, (rows,)."""

    def blocks(self) -> Iterator[Array]:
        """Yields their samples in their order, (m, *shape)."""


@dataclass(frozen=True)
class Measures:
    """Of the rows of each class.

    Attributes:
        total: how many numbers there are of each feature, (classes,).
        mean, variance: of them, (classes, features); 0 where there are none.
        histogram: (classes, features, BINS).
    """

    total: Counts
    mean: Floats
    variance: Floats
    histogram: Counts

    def together(self) -> "Measures":
        """Returns the measures of all classes, as if they were one."""
        share = self.total[:, None] / max(1, self.total.sum())
        mean = (share * self.mean).sum(axis=0)
        variance = (share * (self.variance + (self.mean - mean) ** 2)).sum(axis=0)
        histogram = self.histogram.sum(axis=0)
        return Measures(self.total.sum()[None], mean[None], variance[None], histogram[None])

    def of(self, label: int) -> Json:
        """Returns those of a class as plain JSON."""
        there = self.total[label] > 0
        return {
            "mean": self.mean[label].tolist() if there else None,
            "sigma": np.sqrt(self.variance[label]).tolist() if there else None,
            "histogram": self.histogram[label].tolist(),
        }


def statistics(splits: Mapping[str, Rows], classes: Sequence[str], shape: Sequence[int]) -> Json:
    """Returns what the numbers of all splits are like, as plain JSON.

    Args:
        shape: of a sample: (height, width, 3) of pictures in uint8, (columns,) of other rows.
    """
    features = told(shape[-1], len(classes) * len(splits))
    if len(shape) == 1:
        edges, found = of_columns(splits, len(classes), features)
    else:
        edges, found = of_pixels(splits, len(classes), features)
    return {
        "edges": edges.tolist(),
        "features_left_out": shape[-1] - features,
        "splits": {
            name: _split(splits[name].labels, classes, measures) for name, measures in found.items()
        },
    }


def told(features: int, groups: int) -> int:
    """Returns of how many features something is told, if there are so many groups of rows."""
    return min(features, max(CHANNELS, NUMBERS // (BINS * groups)))


def of_pixels(
    splits: Mapping[str, Rows], classes: int, features: int
) -> tuple[Floats, dict[str, Measures]]:
    """Returns the edges of the bins, (features, BINS + 1), and the measures of each split, of
    pictures in uint8."""
    edges = np.tile(np.linspace(0, VALUES, BINS + 1), (features, 1))
    values, found = np.arange(VALUES), {}
    for name, rows in splits.items():
        counts = np.zeros((classes, features, VALUES), np.int64)
        for label, numbers in _of_each_class(rows):
            # Pillow counts more than twice as fast as NumPy does.
            here = Image.fromarray(numbers[None]).histogram()
            counts[label] += np.reshape(here, (features, VALUES))
        total = counts[:, 0].sum(axis=1)
        of_each = np.maximum(1, total)[:, None]
        mean = counts @ values / of_each
        variance = (counts * (values - mean[..., None]) ** 2).sum(axis=2) / of_each
        histogram = counts.reshape(classes, features, BINS, -1).sum(axis=3)
        found[name] = Measures(total, mean, variance, histogram)
    return edges, found


def of_columns(
    splits: Mapping[str, Rows], classes: int, features: int
) -> tuple[Floats, dict[str, Measures]]:
    """Returns the same of numbers of any size, in two passes. The bins of a column are of one width
    from its least number to its greatest, in whichever split these are."""
    first = {name: _extent(rows, classes, features) for name, rows in splits.items()}
    least = np.min([own.least for own in first.values()], axis=0)
    most = np.max([own.most for own in first.values()], axis=0)
    edges = np.linspace(least, most, BINS + 1, axis=1)
    found = {}
    for name, rows in splits.items():
        total, mean = first[name].total, first[name].mean
        squares, histogram = np.zeros_like(mean), np.zeros((classes, features, BINS), np.int64)
        for label, numbers in _of_each_class(rows):
            shown = numbers[:, :features].astype(np.float64)
            squares[label] += ((shown - mean[label]) ** 2).sum(axis=0)
            for feature in range(features):
                bins = np.searchsorted(edges[feature, 1:-1], shown[:, feature], side="right")
                histogram[label, feature] += np.bincount(bins, minlength=BINS)
        found[name] = Measures(total, mean, squares / np.maximum(1, total)[:, None], histogram)
    return edges, found


class Extent(NamedTuple):
    """Of the rows of a split: how many each class has, (classes,), the means of their columns,
    (classes, columns), and the least and the greatest number in each column, (columns,)."""

    total: Counts
    mean: Floats
    least: Floats
    most: Floats


def _extent(rows: Rows, classes: int, features: int) -> Extent:
    total, sums = np.zeros(classes, np.int64), np.zeros((classes, features))
    least, most = np.full(features, np.inf), np.full(features, -np.inf)
    for label, numbers in _of_each_class(rows):
        shown = numbers[:, :features].astype(np.float64)
        total[label] += len(shown)
        sums[label] += shown.sum(axis=0)
        least, most = np.minimum(least, shown.min(axis=0)), np.maximum(most, shown.max(axis=0))
    return Extent(total, sums / np.maximum(1, total)[:, None], least, most)


def _of_each_class(rows: Rows) -> Iterator[tuple[int, Array]]:
    """Yields block by block for each class in it the class and its numbers, (m, features)."""
    at = 0
    for block in rows.blocks():
        labels = rows.labels[at : at + len(block)]
        at += len(block)
        for label in np.unique(labels).tolist():
            yield label, block[labels == label].reshape(-1, block.shape[-1])


def _split(labels: NDArray[np.int64], classes: Sequence[str], measures: Measures) -> Json:
    there, first = np.unique(labels, return_index=True)
    firsts = dict(zip(there.tolist(), first.tolist(), strict=True))
    rows = np.bincount(labels, minlength=len(classes)).tolist()
    return {
        "rows": len(labels),
        **measures.together().of(0),
        "per_class": {
            name: {"rows": rows[label], "first": firsts.get(label), **measures.of(label)}
            for label, name in enumerate(classes)
        },
    }
