"""Rows on disk to batches ready for the first layer."""

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from worker.data.dataset import Split
from worker.nn.backend import Array, Purpose, generator
from worker.nn.losses import Loss
from worker.nn.normalization import Normalization

GAP_BYTES = 64  # a line of the processor's cache
BLOCK_BYTES = 16 * 2**20  # of float64 rows: large enough for speed, small beside a dataset


class Batch(NamedTuple):
    """Inputs, (m, …), normalized; targets, (m, k), as the loss wants them; labels, (m,)."""

    inputs: Array
    targets: Array
    labels: Array


def blocks(x: Array) -> Iterator[Array]:
    """The rows in pieces that fit comfortably in memory."""
    step = max(1, BLOCK_BYTES // (8 * max(1, x[0].size)))
    return (x[start : start + step] for start in range(0, len(x), step))


def spaced(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """An empty array for rows of samples, (m, …), with a gap in memory after each row.

    Where the length of a row is a multiple of 4096 bytes, as with pictures, the same column of all
    rows would fall on one and the same line of the cache, and products would take a tenth longer.
    """
    m, n = shape[0], math.prod(shape[1:])
    gap = GAP_BYTES // dtype.itemsize
    return np.empty((m, n + gap), dtype)[:, :n].reshape(shape, copy=False)


class Batches:
    """The training rows, epoch after epoch, shuffled, normalized and cast as they are gathered.

    Attributes:
        rows: rows in an epoch.
        steps: batches in an epoch.
    """

    def __init__(
        self,
        split: Split,
        normalization: Normalization,
        loss: Loss,
        classes: int,
        batch_size: int | str,
        seed: int,
    ) -> None:
        self.rows = len(split)
        self._split, self._normalization, self._seed = split, normalization, seed
        self._size = self.rows if batch_size == "all" else min(int(batch_size), self.rows)
        self.steps = -(-self.rows // self._size)
        self._targets = loss.targets(split.y, classes, normalization.factor)
        # Gradient descent sees the same batch in every step: it is made once.
        self._whole = self._batch(np.arange(self.rows)) if self.steps == 1 else None

    def epoch(self, epoch: int) -> Iterator[Batch]:
        """Every batch of this epoch; the last may be smaller."""
        if self._whole is not None:
            yield self._whole
            return
        order = generator(self._seed, Purpose.SHUFFLE, epoch).permutation(self.rows)
        for start in range(0, self.rows, self._size):
            yield self._batch(order[start : start + self._size])

    def _batch(self, index: Array) -> Batch:
        rows = self._split.x[index]
        inputs = spaced(rows.shape, self._targets.dtype)
        self._normalization.apply(rows, out=inputs)
        return Batch(inputs, self._targets[index], self._split.y[index])
