"""Which rows a training takes, and when."""

import numpy as np

from worker.data.augment import moves
from worker.data.dataset import Split
from worker.nn.arrays import Array, Purpose, generator
from worker.nn.engines.batch import Rows
from worker.spec import JobSpec


class Batches:
    """The rows of a split, epoch after epoch; the last batch of an epoch may be smaller.

    Attributes:
        rows: rows in an epoch.
        size: rows in a batch.
        steps: batches in an epoch.
        unchanging: whether all rows, unchanged, are one batch.
        picture: the shape of the pictures, if they are to be moved.
    """

    def __init__(self, spec: JobSpec, split: Split, classes: int) -> None:
        self._spec, self._index = spec, split.index
        self.rows = len(split)
        self.size = self.rows if spec.batch_size == "all" else min(spec.batch_size, self.rows)
        self.steps = -(-self.rows // self.size)
        moving = spec.augmentation.flip or spec.augmentation.shift > 0
        self.picture = split.x.shape[1:] if moving else ()
        self.unchanging = self.steps == 1 and not moving
        self._labels = np.zeros(len(split.x), "int64")
        self._labels[split.index] = split.y
        self._x, self._ones = split.x, np.ones(classes)
        self._weights = class_weights(spec, split.y, classes)

    def of_step(self, step: int) -> int:
        """Rows in this batch of an epoch."""
        return min(self.size, self.rows - step * self.size)

    def epoch(self, epoch: int) -> Rows:
        """The rows in the order of this epoch, with all that chance decides in it."""
        rows, seed = self.in_order(), self._spec.seed
        rows.weights = self._weights
        if not self.unchanging:
            rows.order = self._index[generator(seed, Purpose.SHUFFLE, epoch).permutation(self.rows)]
        if self.picture:
            how, rng = self._spec.augmentation, generator(seed, Purpose.AUGMENT, epoch)
            rows.moves = moves(self.rows, rng, flip=how.flip, shift=how.shift)
        if self._spec.network.dropout:
            places = range(len(self._spec.network.hidden_units))
            generators = (generator(seed, Purpose.DROPOUT, epoch, place) for place in places)
            rows.keys = np.array([c.integers(2**64, dtype="uint64") for c in generators])
        return rows

    def in_order(self) -> Rows:
        """The rows as they are, each counting once: for looking, not for learning."""
        return Rows(self._x, self._labels, self._ones, self._index)


def class_weights(spec: JobSpec, labels: Array, classes: int) -> Array:
    """How much a row of each class counts, (classes,), with a mean of 1 over the rows.

    Source: King and Zeng, Logistic regression in rare events data, 2001.
    """
    if spec.class_weights is None:
        return np.ones(classes)
    counts = np.bincount(labels, minlength=classes)
    return len(labels) / (np.count_nonzero(counts) * np.maximum(counts, 1))
