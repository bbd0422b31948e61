"""Bringing features to one size before training, and taking that into the weights afterwards."""

from math import prod
from typing import NamedTuple

from worker.nn.arrays import Array, array_module

ROUNDING = 1e-10  # of the mean square: a variance below it may come of the sums alone


class Normalization(NamedTuple):
    """x ↦ (x − shift) · factor, feature by feature; both have the shape of one row."""

    shift: Array
    factor: Array

    def apply(self, X: Array) -> Array:
        """Rows X, (m, …), of any number type, as normalized rows of the factor's dtype."""
        rows = X - self.shift
        rows *= self.factor
        return rows

    def astype(self, dtype: str) -> "Normalization":
        """The same, for training in this precision."""
        return Normalization(self.shift.astype(dtype), self.factor.astype(dtype))

    def everywhere(self, shape: tuple[int, ...]) -> "Normalization":
        """That of each channel, (c,), at every place of pictures of this shape, (h, w, c)."""
        xp = array_module(self.shift)
        return Normalization(*(xp.broadcast_to(part, shape).copy() for part in self))

    @property
    def even(self) -> bool:
        """Whether it is the same at every place of a picture, channel by channel."""
        return all(bool((part == part[:1, :1]).all()) for part in self)

    def under(self, window: tuple[int, ...]) -> "Normalization":
        """An even one, for what lies under a window of this height, width and channels."""
        xp = array_module(self.shift)
        return Normalization(*(xp.broadcast_to(part[:1, :1], window) for part in self))

    def fold(self, W: Array, b: Array) -> tuple[Array, Array]:
        """The first layer's W and b such that it takes raw rows: X @ W' + b' = apply(X) @ W + b.

        Computed in float64, returned in W's dtype.
        """
        shift, factor = self.shift.reshape(-1), self.factor.reshape(-1)
        folded = W.astype("float64")
        folded *= factor.astype("float64")[:, None]
        bias = b.astype("float64") - shift.astype("float64") @ folded
        return folded.astype(W.dtype), bias.astype(b.dtype)


class Moments(NamedTuple):
    """Of the features of some rows: how many rows, and the sum of each feature and of its square.

    Of pixels these are whole numbers, and exact: no order of adding them up is better than another.
    Of other numbers they are rounded.
    """

    rows: int
    sums: Array
    squares: Array


def by_channel(moments: Moments) -> Moments:
    """Those of each channel, (c,), over all places, from those of the numbers of pictures,
    (h, w, c)."""
    *sides, c = moments.sums.shape
    # Python's whole numbers, of which none is too large: there are many places in all pictures.
    sums, squares = (part.reshape(-1, c).sum(axis=0).astype(object) for part in moments[1:])
    return Moments(moments.rows * prod(sides), sums, squares)


def standardize(moments: Moments) -> Normalization:
    """Mean 0 and standard deviation 1 of every feature over these rows; float64.

    A feature that never changes becomes 0 everywhere: it says nothing, and 1/0 would be worse.
    """
    m, sums, squares = moments
    if not m:
        raise ValueError("Expected at least one row, got none.")
    xp = array_module(sums)
    # m times the sum of the squared deviations: whole as long as m is below ten million.
    spread = m * squares - sums * sums
    varies = spread > (ROUNDING * m * squares if sums.dtype.kind == "f" else 0)
    deviation = xp.sqrt((xp.where(varies, spread, 1) / m**2).astype("float64"))
    return Normalization((sums / m).astype("float64"), xp.where(varies, 1 / deviation, 0))


def center(moments: Moments) -> Normalization:
    """Mean 0 of every feature over these rows, and all of them divided by one number, so that the
    mean of their variances is 1; float64.

    Features keep their proportions: one that is 0 in all of a few rows but one stays small, where
    standardize would make it as large as any.
    """
    shift, factor = standardize(moments)
    xp, varies = array_module(factor), factor > 0
    if not varies.any():
        return Normalization(shift, factor)
    variances = xp.where(varies, xp.where(varies, factor, 1) ** -2.0, 0)
    return Normalization(shift, xp.where(varies, variances.mean() ** -0.5, 0))


def scale(row: Array, top: float = 255) -> Normalization:
    """Every number divided by `top`; pixels become 0 to 1. `row` has the shape."""
    xp = array_module(row)
    return Normalization(xp.zeros(row.shape), xp.full(row.shape, 1 / top))


def none(row: Array) -> Normalization:
    """Rows as they are. `row` has the shape."""
    xp = array_module(row)
    return Normalization(xp.zeros(row.shape), xp.ones(row.shape))
