"""Whether something beside a picture's content tells its class: how bright it is, how large its
file, which format it has."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

LEAST_ROWS = 60
BINS = 16  # of numbers, of as many rows each, and fewer where these would be few
ROWS_OF_BIN = 10
LEAST_RIGHT = 0.9
# Of the errors of always naming the most frequent class, at most so many are left.
ERRORS_LEFT = 1 / 3


class Telling(NamedTuple):
    """What tells the class.

    Attributes:
        right: on which share of the rows.
        most: the share of the most frequent class.
    """

    what: str
    right: float
    most: float


def most_telling(about: Mapping[str, Sequence[Any]], labels: NDArray[np.int64]) -> Telling | None:
    """Returns what tells the class best, if that is well enough to be learned in the place of what
    pictures show.

    Args:
        about: what is known of each row, (rows,), by its name: numbers, or words.
        labels: (rows,).
    """
    rows = len(labels)
    if rows < LEAST_ROWS:
        return None
    most = float(np.bincount(labels).max()) / rows
    found = [
        Telling(what, _share_right(np.asarray(values), labels), most)
        for what, values in about.items()
        if len(values) == rows
    ]
    best = max(found, key=lambda telling: telling.right, default=None)
    if best is None or best.right < LEAST_RIGHT or 1 - best.right > ERRORS_LEFT * (1 - most):
        return None
    return best


def _share_right(values: NDArray[Any], labels: NDArray[np.int64]) -> float:
    """On which share of the rows the most frequent class among those with nearly the same value is
    right, counted on the other half of the rows."""
    bins = _binned(values)
    half = np.random.default_rng(0).permutation(len(labels)) % 2 == 0
    right = 0
    for learned, asked in ((half, ~half), (~half, half)):
        counts = np.zeros((bins.max() + 1, labels.max() + 1), int)
        np.add.at(counts, (bins[learned], labels[learned]), 1)
        right += int((counts.argmax(axis=1)[bins[asked]] == labels[asked]).sum())
    return right / len(labels)


def _binned(values: NDArray[Any]) -> NDArray[np.int64]:
    if values.dtype.kind in "SU":
        return np.unique(values, return_inverse=True)[1]
    count = min(BINS, len(values) // ROWS_OF_BIN)
    edges = np.quantile(values, np.linspace(0, 1, count + 1)[1:-1])
    return np.searchsorted(edges, values, "right")
