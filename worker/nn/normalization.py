"""Bringing features to one size before training, and taking that into the weights afterwards."""

from collections.abc import Iterable
from typing import NamedTuple

from worker.nn.backend import Array, array_module


class Normalization(NamedTuple):
    """x ↦ (x − shift) · factor, feature by feature; both have the shape of one row."""

    shift: Array
    factor: Array

    def apply(self, X: Array, out: Array | None = None) -> Array:
        """Rows X, (m, …), of any number type, as normalized rows of the factor's dtype.

        Args:
            out: where to put them, if not into a new array.
        """
        rows = array_module(X).subtract(X, self.shift, out=out)
        # In place: a second array of this size would cost more than the arithmetic.
        rows *= self.factor
        return rows

    def astype(self, dtype: str) -> "Normalization":
        """The same, for training in this precision."""
        return Normalization(self.shift.astype(dtype), self.factor.astype(dtype))

    def fold(self, W: Array, b: Array) -> tuple[Array, Array]:
        """The first layer's W and b such that it takes raw rows: X @ W' + b' = apply(X) @ W + b.

        Computed in float64 and given back in W's dtype.
        """
        shift, factor = self.shift.reshape(-1), self.factor.reshape(-1)
        folded = factor.astype("float64")[:, None] * W.astype("float64")
        bias = b.astype("float64") - shift.astype("float64") @ folded
        return folded.astype(W.dtype), bias.astype(b.dtype)


def standardize(blocks: Iterable[Array]) -> Normalization:
    """Mean 0 and standard deviation 1 of every feature over these rows; float64.

    A feature that never changes becomes 0 everywhere: it says nothing, and 1/0 would be worse.

    Args:
        blocks: the rows in pieces, (m_i, …), so that they need not be in memory at once.

    Source: Chan, Golub and LeVeque, Updating formulae and a pairwise algorithm for computing
    sample variances, 1979, equation 2.1.
    """
    count, mean, squares = 0, None, None
    for block in blocks:
        rows = block.astype("float64")
        m, block_mean = len(rows), rows.mean(axis=0)
        # In place, as in `apply`.
        rows -= block_mean
        rows *= rows
        block_squares = rows.sum(axis=0)
        if mean is None:
            count, mean, squares = m, block_mean, block_squares
            continue
        delta = block_mean - mean
        squares = squares + block_squares + delta**2 * (count * m / (count + m))
        mean = mean + delta * (m / (count + m))
        count += m
    if mean is None or squares is None:
        raise ValueError("Expected at least one block of rows, got none.")
    xp = array_module(mean)
    deviation = xp.sqrt(squares / count)
    varies = deviation > 0
    return Normalization(mean, xp.where(varies, 1 / xp.where(varies, deviation, 1), 0))


def scale(row: Array, top: float = 255) -> Normalization:
    """Every number divided by `top`; pixels become 0 to 1. `row` gives the shape."""
    xp = array_module(row)
    return Normalization(xp.zeros(row.shape), xp.full(row.shape, 1 / top))


def none(row: Array) -> Normalization:
    """Rows as they are. `row` gives the shape."""
    xp = array_module(row)
    return Normalization(xp.zeros(row.shape), xp.ones(row.shape))
