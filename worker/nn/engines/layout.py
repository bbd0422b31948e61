"""How matrices lie in memory for the kernels: each row from the beginning of a line of the cache,
zeros up to the next line, and as many rows as whole tiles have. And what room products take beside
them."""

import math
import struct
from collections.abc import Sequence
from typing import Any

import numpy

from worker.nn.arrays import Array

LINE_BYTES, PAGE_BYTES = 64, 4096
TILE_ROWS = 8  # a multiple of those of any tile
DEPTH = 512  # of the inner dimension at a time: the packed part of the right factor stays near
STRIP = 128  # rows of the result in a transposed product, for which the left factor is packed
WIDEST = 2_048  # columns of the right factor packed at a time
SPARE = 192  # more than a packed panel has beyond them


def empty(dtype: Any, *shape: int) -> Array:
    """A vector or matrix of zeros that lies so."""
    height, step = padded(numpy.dtype(dtype).itemsize, *shape)
    found = space(dtype, height * step)
    if len(shape) == 1:
        return found[: shape[0]]
    return found.reshape(height, step)[: shape[0], : shape[1]]


def padded(size: int, *shape: int) -> tuple[int, int]:
    """How many rows it has, and how many numbers of so many bytes each of them takes."""
    line = LINE_BYTES // size
    step = -(-shape[-1] // line) * line
    if len(shape) == 1:
        return 1, step
    # Rows whole pages apart would fall on the same few lines of the cache.
    step += line if step * size % PAGE_BYTES == 0 else 0
    return -(-shape[0] // TILE_ROWS) * TILE_ROWS, step


def matrix_shape(shape: Sequence[int]) -> tuple[int, int]:
    """The shape of the matrix as which an array of this shape lies, (rows, columns)."""
    return math.prod(shape[:-1]), shape[-1]


def scratch_numbers(columns: int) -> int:
    """How many numbers a thread needs beside the matrices of a product, for a right factor this
    wide."""
    columns = min(columns, WIDEST) + SPARE
    return DEPTH * (columns + STRIP) + STRIP * columns


def space(dtype: Any, count: int) -> Array:
    """So many zeros, from the beginning of a line."""
    size = numpy.dtype(dtype).itemsize * count
    found = numpy.zeros(size + LINE_BYTES, "uint8")
    start = -found.ctypes.data % LINE_BYTES
    return found[start : start + size].view(dtype)


def transposed(X: Array) -> bool:
    """Whether X is the transpose of a matrix: only that one's rows begin on lines of the cache."""
    return X.strides[0] == X.itemsize and X.strides[1] != X.itemsize


def same_address(X: Array, Y: Array | None) -> bool:
    """Whether both begin at the same number in memory."""
    return Y is not None and X.ctypes.data == Y.ctypes.data


def memory(X: Array) -> Array:
    """All numbers of X, a vector or matrix, and the zeros between them, as one vector."""
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
