"""How matrices lie in memory for the kernels: each row from the beginning of a line of the cache,
zeros up to the next line, and as many rows as whole tiles have."""

import math
import struct
from typing import Any

import numpy

from worker.nn.backend import Array

LINE_BYTES, PAGE_BYTES = 64, 4096
TILE_ROWS = 8  # a multiple of those of any tile


def empty(dtype: Any, *shape: int) -> Array:
    """A vector or matrix of zeros that lies so."""
    size = numpy.dtype(dtype).itemsize
    line = LINE_BYTES // size
    step = -(-shape[-1] // line) * line
    if len(shape) == 1:
        return space(dtype, step)[: shape[0]]
    # Rows whole pages apart would fall on the same few lines of the cache.
    step += line if step * size % PAGE_BYTES == 0 else 0
    height = -(-shape[0] // TILE_ROWS) * TILE_ROWS
    return space(dtype, height * step).reshape(height, step)[: shape[0], : shape[1]]


def space(dtype: Any, count: int) -> Array:
    """So many zeros, from the beginning of a line."""
    size = numpy.dtype(dtype).itemsize * count
    found = numpy.zeros(size + LINE_BYTES, "uint8")
    start = -found.ctypes.data % LINE_BYTES
    return found[start : start + size].view(dtype)


def turned(X: Array) -> bool:
    """Whether X is the transpose of a matrix: only that one's rows begin on lines of the cache."""
    return X.strides[0] == X.itemsize and X.strides[1] != X.itemsize


def same_place(X: Array, Y: Array | None) -> bool:
    return Y is not None and X.ctypes.data == Y.ctypes.data


def flat(X: Array) -> Array:
    """All numbers of X and the zeros between them."""
    line = LINE_BYTES // X.itemsize
    step = X.strides[0] // X.itemsize if X.ndim == 2 else 1
    count = -(-len(X) // (TILE_ROWS if X.ndim == 2 else line))
    count *= TILE_ROWS * step if X.ndim == 2 else line
    return numpy.lib.stride_tricks.as_strided(X, (count,), (X.itemsize,))


def stride(size: int, step: int, count: int) -> int:
    """How far apart to look at about so many of `size` numbers, so that every column is looked at;
    `step` is how many a row takes."""
    every = max(1, size // count)
    while math.gcd(every, step) > 1:
        every -= 1
    return every


def bits(number: float) -> int:
    """The bits of a double as an integer: so it fits among a table's addresses."""
    return int(struct.unpack("<q", struct.pack("<d", number))[0])
