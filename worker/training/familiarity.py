"""How far a sample is from those that a network learned from, by what comes to its last layer."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from worker.nn.arrays import Array
from worker.training.evaluate import PIECE_BYTES, cut

FILE = "familiarity.safetensors"  # in which it is kept with a model

# Numbers of what comes to the last layer that are looked at; more are added up in as many sums.
WIDEST = 512
MOST_COMPONENTS = 16
# Of the mean variance, below which none is taken to be: a number that is the same in all rows may
# be a little different in the next one.
SMALLEST = 1e-6
ROUNDING = 1e-12  # of the mean square: a variance below it may come of the sums alone
SEED = 16_180_339

Tensors = dict[str, Array]


class Fold(NamedTuple):
    """Sums of numbers with signs left to chance, each of which goes into one: distances stay what
    they were, within a few percent.

    Attributes:
        order: numbers that go into the same sum one after the other, (n,).
        signs: of the numbers in that order, 1 or −1, (n,).
        starts: where the numbers of each sum begin, (sums,).

    Source: Charikar, Chen and Farach-Colton, Finding frequent items in data streams, 2002.
    """

    order: Array
    signs: Array
    starts: Array

    @classmethod
    def of(cls, width: int) -> "Fold":
        """That of so many numbers; of few each is a sum of its own."""
        starts = np.linspace(0, width, min(width, WIDEST), endpoint=False).astype(int)
        if width <= WIDEST:
            return cls(np.arange(width), np.ones(width), starts)
        chance = np.random.Generator(np.random.Philox(SEED))
        return cls(chance.permutation(width), chance.choice([-1.0, 1.0], width), starts)

    def folded(self, hidden: Array) -> Array:
        """The sums, (m, sums), of what comes to the last layer, (m, …)."""
        rows = hidden.reshape(len(hidden), -1).astype("float64", copy=False)
        if len(self.order) == len(self.starts):
            return rows
        return np.add.reduceat(rows[:, self.order] * self.signs, self.starts, axis=1)


@dataclass(frozen=True)
class Familiarity:
    """A Gaussian around the mean of each class, all of one covariance: of a few principal
    components as they vary, and of one variance in all other directions.

    Attributes:
        means: of each class that has rows, (classes, sums).
        axes: the components, each of length 1, (sums, k).
        variances: along the components, and in each other direction, (k + 1,).
        fold: of what comes to the last layer.
    """

    means: Array
    axes: Array
    variances: Array
    fold: Fold

    @classmethod
    def of(cls, tensors: Tensors) -> "Familiarity":
        """From what `tensors` returned."""
        fold = Fold.of(int(tensors["width"][0]))
        return cls(tensors["means"], tensors["axes"], tensors["variances"], fold)

    def tensors(self) -> Tensors:
        """All of it, by names."""
        width = np.array([len(self.fold.order)], "float64")
        return {
            "means": self.means, "axes": self.axes, "variances": self.variances, "width": width,
        }  # fmt: skip

    @property
    def components(self) -> int:
        return int(self.axes.shape[1])

    @property
    def memory(self) -> int:
        """Bytes of its arrays."""
        return sum(array.nbytes for array in (self.means, self.axes, self.variances, *self.fold))

    def distances(self, hidden: Array) -> Array:
        """The Mahalanobis distance of each row from the mean that is nearest to it, (m,).

        Args:
            hidden: what comes to the last layer, (m, …).

        Source: Lee, Lee, Lee and Shin, A simple unified framework for detecting
        out-of-distribution samples and adversarial attacks, 2018, equation 2; the covariance is
        that of Tipping and Bishop, Probabilistic principal component analysis, 1999. Without the
        other directions strangers would pass: what makes them strange is not what the rows vary in.
        """
        found = np.empty(len(hidden))
        # Of many classes there are more distances than numbers in the rows.
        for some in cut(len(hidden), max(1, PIECE_BYTES // (8 * len(self.means)))):
            found[some] = self._nearest(self.fold.folded(hidden[some]))
        return found

    def _nearest(self, rows: Array) -> Array:
        along, across = self._along
        squares = apart(rows, self.means, across) + apart(rows @ self.axes, self._turned, along)
        # Rounding may leave it below 0.
        found: Array = np.sqrt(np.maximum(squares.min(axis=1), 0))
        return found

    @cached_property
    def _along(self) -> tuple[Array, float]:
        """What a square counts along each component, (k,), beside what it counts in all
        directions."""
        *along, across = 1 / self.variances
        return np.array(along) - across, across

    @cached_property
    def _turned(self) -> Array:
        """The means on the components, (classes, k)."""
        return self.means @ self.axes


class Acquaintance:
    """Sums over the rows that a network has learned from, whatever their number is."""

    def __init__(self, width: int, labels: Array, classes: int) -> None:
        """
        Args:
            width: numbers that come to the last layer.
            labels: the class of each row, (rows,), in the order in which they come.
        """
        self._fold, self._labels, self._at = Fold.of(width), labels, 0
        sums = len(self._fold.starts)
        self._counts, self._sums = np.zeros(classes), np.zeros((classes, sums))
        self._products = np.zeros((sums, sums))

    def add(self, hidden: Array) -> None:
        """Count the next rows: what comes to the last layer of them, (m, …)."""
        labels = self._labels[self._at : self._at + len(hidden)]
        rows, self._at = self._fold.folded(hidden), self._at + len(hidden)
        self._products += rows.T @ rows
        np.add.at(self._sums, labels, rows)
        self._counts += np.bincount(labels, minlength=len(self._counts))

    @property
    def finite(self) -> bool:
        """Whether what came was small enough for its squares to be added."""
        with np.errstate(over="ignore", invalid="ignore"):
            return bool(np.isfinite(np.abs(self._products).sum()))

    def familiarity(self) -> Familiarity | None:
        """What is known of all rows that were counted; None if those of each class are the same, or
        what came was not `finite`."""
        if not self.finite:
            return None
        known, rows = self._counts > 0, self._counts.sum()
        means = self._sums[known] / self._counts[known, None]
        within = (self._products - means.T @ self._sums[known]) / rows
        variances, axes = np.linalg.eigh(within)
        smallest = SMALLEST * variances.mean()
        # Less than rounding leaves of sums of squares is nothing.
        if not smallest > SMALLEST * ROUNDING * np.trace(self._products) / rows / len(within):
            return None
        others = max(0, len(variances) - MOST_COMPONENTS)
        across = variances[:others].mean() if others else smallest
        kept = np.maximum([*variances[others:], across], smallest)
        return Familiarity(means, axes[:, others:], kept, self._fold)


def apart(rows: Array, means: Array, weights: Array | float) -> Array:
    """The weighted sum of squares between each row and each mean, (m, classes).

    Args:
        rows, means: (m, n) and (classes, n), too many for an array of (m, classes, n) numbers.
        weights: of each of the n directions, or of all.
    """
    own, theirs = rows * weights, means * weights
    squares: Array = (rows * own).sum(axis=1)[:, None] + (means * theirs).sum(axis=1)
    return squares - 2 * own @ means.T
