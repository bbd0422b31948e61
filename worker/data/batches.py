"""Rows on disk to batches ready for the first layer."""

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from worker.data.augment import augment
from worker.data.dataset import Split
from worker.nn.backend import Array, Purpose, generator
from worker.nn.losses import Loss
from worker.nn.normalization import Normalization
from worker.spec import JobSpec

GAP_BYTES = 64  # a line of the processor's cache
PIECE = 1_024  # rows looked at together


class Batch(NamedTuple):
    """Inputs, (m, …), normalized; targets, (m, k), as the loss wants them; labels, (m,); and how
    much each row counts, (m, 1) or 1."""

    inputs: Array
    targets: Array
    labels: Array
    weights: Array | float


class Batches:
    """The training rows, epoch after epoch, shuffled, changed, normalized and cast as gathered.

    Attributes:
        rows: rows in an epoch.
        steps: batches in an epoch.
    """

    def __init__(
        self, spec: JobSpec, split: Split, normalization: Normalization, loss: Loss, classes: int
    ) -> None:
        self.rows = len(split)
        self._spec, self._split, self._normalization = spec, split, normalization
        self._size = self.rows if spec.batch_size == "all" else min(spec.batch_size, self.rows)
        self.steps = -(-self.rows // self._size)
        self._targets = loss.targets(split.y, classes, normalization.factor)
        self._weights = class_weights(spec, split.y, classes).astype(spec.precision)
        self._augments = spec.augmentation.flip or spec.augmentation.shift > 0
        # Gradient descent on unchanged pictures sees the same batch in every step.
        self._whole = None
        if self.steps == 1 and not self._augments:
            self._whole = self._batch(np.arange(self.rows), 0, 0)

    def epoch(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        """The batches of an epoch from this step on; the last may be smaller."""
        if self._whole is not None:
            yield self._whole
            return
        order = generator(self._spec.seed, Purpose.SHUFFLE, epoch).permutation(self.rows)
        for step in range(start, self.steps):
            yield self._batch(order[step * self._size : (step + 1) * self._size], epoch, step)

    def in_order(self) -> Iterator[Batch]:
        """All rows as they are, in pieces: for looking, not for learning."""
        for start in range(0, self.rows, PIECE):
            rows = np.arange(start, min(start + PIECE, self.rows))
            yield self._prepared(self._split.samples(rows), rows)

    def _batch(self, rows: Array, epoch: int, step: int) -> Batch:
        samples = self._split.samples(rows)
        if self._augments:
            chance = generator(self._spec.seed, Purpose.AUGMENT, epoch, step)
            how = self._spec.augmentation
            samples = augment(samples, chance, flip=how.flip, shift=how.shift)
        return self._prepared(samples, rows)

    def _prepared(self, samples: Array, rows: Array) -> Batch:
        inputs = spaced(samples.shape, self._targets.dtype)
        self._normalization.apply(samples, out=inputs)
        labels = self._split.y[rows]
        weights = self._weights[labels][:, None] if self._spec.class_weights else 1.0
        return Batch(inputs, self._targets[rows], labels, weights)


def spaced(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """An empty array for rows of samples, (m, …), with a gap in memory after each row.

    Where the length of a row is a multiple of 4096 bytes, as with pictures, the same column of all
    rows would fall on one and the same line of the cache, and products would take a tenth longer.
    """
    m, n = shape[0], math.prod(shape[1:])
    gap = GAP_BYTES // dtype.itemsize
    return np.empty((m, n + gap), dtype)[:, :n].reshape(shape, copy=False)


def class_weights(spec: JobSpec, labels: Array, classes: int) -> Array:
    """How much a row of each class counts, (classes,), with a mean of 1 over the rows.

    Source: King and Zeng, Logistic regression in rare events data, 2001.
    """
    if spec.class_weights is None:
        return np.ones(classes)
    counts = np.bincount(labels, minlength=classes)
    return len(labels) / (np.count_nonzero(counts) * np.maximum(counts, 1))
