"""Products of rows in float64 with weights that stay in float32, as they were stored.

In float64 an answer does not depend on the rows beside it; in float32 it would, for BLAS adds in
another order where there are other numbers of rows. Weights would take twice the memory in float64:
only a block of them is, while it is multiplied.
"""

from collections.abc import Iterator

import numpy

from worker.nn.arrays import Array, zeros
from worker.nn.engine import Eager

# Numbers of an array that is in float64 all the time, 2 MiB at most: a row is computed in half the
# time then.
SMALL = 2**18
# Numbers of a block, 512 KiB in float64: what was converted is in the core's own cache still when
# it is multiplied. Where rows are more numbers than that, so many: of small products BLAS makes
# less.
BLOCK = 2**16


def kept(array: Array) -> Array:
    """A stored array as networks answer by it: many weights as they are, of a matrix or a kernel;
    all else in float64."""
    return array if array.ndim > 1 and array.size > SMALL else array.astype("float64")


class Widening(Eager):
    """Does what `Eager` does. Where weights are narrower than the rows, they are not converted at
    once."""

    def product(self, A: Array, B: Array) -> Array:
        if A.itemsize <= B.itemsize:
            return super().product(A, B)
        if not B.flags.c_contiguous:  # on the way back: the transpose of weights
            return numpy.concatenate([A @ W.T for _, W in widened(B.T, A)], axis=1)
        Z = zeros((len(A), B.shape[1]), A)
        for place, W in widened(B, A):
            Z += A[:, place] @ W
        return Z


def widened(W: Array, A: Array) -> Iterator[tuple[slice, Array]]:
    """Yields some rows of W at a time, where they are and in A's dtype; these until the next."""
    step = max(1, max(BLOCK, A.size) // W.shape[1])
    block = numpy.empty((min(step, len(W)), W.shape[1]), A.dtype)
    for at in range(0, len(W), step):
        place = slice(at, min(at + step, len(W)))
        rows = block[: place.stop - at]
        rows[...] = W[place]
        yield place, rows


WIDENING = Widening()
