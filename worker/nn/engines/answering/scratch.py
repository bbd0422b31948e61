"""Memory that a thread uses again: the system hands out new memory page by page, which takes as
long as a convolution."""

from math import prod
from threading import local
from typing import Any

import numpy

from worker.nn.arrays import Array
from worker.nn.windows import Shape

KEPT = 2**19  # numbers; a larger array is given back when nobody holds it


class Scratch(local):
    """Arrays by their names, of each thread its own. Of each name, the last that was lent is the
    only one that holds what it was given."""

    def __init__(self) -> None:
        self._memory: dict[tuple[str, str], Array] = {}

    def lend(self, name: str, shape: Shape, dtype: numpy.dtype[Any]) -> Array:
        """An array of any numbers."""
        size, key = prod(shape), (name, dtype.name)
        if size > KEPT:
            return numpy.empty(shape, dtype)
        if key not in self._memory or self._memory[key].size < size:
            self._memory[key] = numpy.empty(size, dtype)
        return self._memory[key][:size].reshape(shape)


SCRATCH = Scratch()
