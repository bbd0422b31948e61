"""Which rows a training takes, and when."""

from dataclasses import dataclass

import numpy as np

from worker.data.augment import NONE, Augmentation, changes
from worker.data.dataset import Split
from worker.nn.arrays import Array, Purpose, generator
from worker.nn.engines.batch import Form, Rows

PICTURE = 3  # axes: height, width, channels


@dataclass(frozen=True)
class Batching:
    """How rows are taken.

    Attributes:
        size: rows in a batch; None for all of them.
        seed: of all that chance decides.
        balanced: whether every class counts the same, however many rows it has.
        augmentation: how pictures are changed; other rows stay as they are.
        pictures: whether the network wants pictures, (m, h, w, c), or rows, (m, n).
        dropouts: how many the network has; each chooses units by a key of its own.
    """

    size: int | None
    seed: int
    balanced: bool = False
    augmentation: Augmentation = NONE
    pictures: bool = False
    dropouts: int = 0

    @property
    def changing(self) -> bool:
        """Whether pictures are changed."""
        return self.augmentation != NONE

    def batch_of(self, rows: int) -> int:
        """Rows in a batch, where there are so many in all."""
        return rows if self.size is None else min(self.size, rows)


class Batches:
    """The rows of a split, epoch after epoch; the last batch of an epoch may be smaller.

    Attributes:
        rows: rows in an epoch.
        size: rows in a batch.
        steps: batches in an epoch.
        form: how a step takes them, but for changes.
        changed: whether they are pictures that are changed.
        unchanging: whether all rows, unchanged, are one batch.
    """

    def __init__(self, batching: Batching, split: Split, classes: int) -> None:
        self._batching, self._index = batching, split.index
        self.rows = len(split)
        self.size = batching.batch_of(self.rows)
        self.steps = -(-self.rows // self.size)
        self._shape = split.x.shape[1:]
        self.form: Form = {"pictures": batching.pictures, "floats": split.floats}
        self.changed = batching.changing and len(self._shape) == PICTURE
        self.unchanging = self.steps == 1 and not self.changed
        self._labels = np.zeros(len(split.x), "int64")
        self._labels[split.index] = split.y
        self._x, self._ones = split.x, np.ones(classes)
        self._weights = balanced_weights(split.y, classes) if batching.balanced else self._ones

    def of_step(self, step: int) -> int:
        """Rows in this batch of an epoch."""
        return min(self.size, self.rows - step * self.size)

    def epoch(self, epoch: int) -> Rows:
        """The rows in the order of this epoch, with all that chance decides in it."""
        rows, how = self.in_order(), self._batching
        rows.weights = self._weights
        if not self.unchanging:
            shuffled = generator(how.seed, Purpose.SHUFFLE, epoch).permutation(self.rows)
            rows.order = self._index[shuffled]
        if self.changed:
            rows.changes = changes(how.augmentation, self._shape, self.rows, how.seed, epoch)
        if how.dropouts:
            places = range(how.dropouts)
            generators = (generator(how.seed, Purpose.DROPOUT, epoch, place) for place in places)
            rows.keys = np.array([c.integers(2**64, dtype="uint64") for c in generators])
        return rows

    def in_order(self) -> Rows:
        """The rows as they are, each counting once: for looking, not for learning."""
        return Rows(self._x, self._labels, self._ones, self._index)


def balanced_weights(labels: Array, classes: int) -> Array:
    """How much a row of each class counts, (classes,), so that all classes count the same and the
    mean over the rows is 1.

    Source: King and Zeng, Logistic regression in rare events data, 2001.
    """
    counts = np.bincount(labels, minlength=classes)
    return len(labels) / (np.count_nonzero(counts) * np.maximum(counts, 1))
