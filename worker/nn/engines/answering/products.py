"""Products of matrices by BLAS, cut so small that BLAS does each in the thread that asks for it.

So the threads are the caller's: BLAS would make threads wait for one another in every product, and
its last digits would depend on how many there are.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

import numpy

from worker.nn.arrays import Array

# Multiplications in a product of OpenBLAS for which it asks no other thread.
ALONE = 2**18
LEAST = 32  # columns in a product: of fewer, to arrange the factors would take longer


class Map(Protocol):
    """Calls a function with each of the arguments, like `map`."""

    def __call__(self, call: Callable[[Any], Any], of: Iterable[Any], /) -> Iterator[Any]: ...


def multiply(A: Array, B: Array, out: Array, each: Map) -> None:
    """A @ B, (…, m, n), into `out`; of the last two axes of A, (…, m, k), and of B, (…, k, n)."""
    columns = max(LEAST, ALONE // (A.shape[-1] * A.shape[-2]))

    def part(begin: int) -> None:
        place = slice(begin, begin + columns)
        numpy.matmul(A, B[..., place], out=out[..., place])

    list(each(part, range(0, B.shape[-1], columns)))


def touch_memory() -> None:
    """Have BLAS write once wherever it will put factors. Its kernels look ahead of what they
    multiply: where nothing was ever written, products take up to three times as long."""
    X = numpy.zeros((512, 512), "float32")
    X @ X
