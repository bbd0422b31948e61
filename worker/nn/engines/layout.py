"""How matrices lie in memory for the kernels: each row from the beginning of a line of the cache,
zeros up to the next line, and as many rows as whole tiles have. Pictures, (m, h, w, c), lie as a
matrix with a row for each place; kernels, (height, width, c, filters), as one with a row for each
position and channel. And what room products take beside them."""

import math
import struct
from collections.abc import Sequence
from typing import Any

import numpy
from numpy.lib.stride_tricks import as_strided

from worker.nn.arrays import Array

LINE_BYTES, PAGE_BYTES = 64, 4096
TILE_ROWS = 8  # a multiple of those of any tile
DEPTH = 512  # of the inner dimension at a time: the packed part of the right factor stays near
STRIP = 128  # rows of the result in a transposed product, for which the left factor is packed
PATCH = 192  # places of pictures at a time, or so: what lies under their windows stays near
PIECE_ROWS = 256  # whose sums are made before those of all rows
COPIED = 4  # numbers of a padded picture at a time, where there may be fewer: room is behind them
WIDEST = 2_048  # columns of the right factor packed at a time
TILE_NUMBERS = 512  # more than any tile has
SPARE = 192  # more than a packed panel has beyond them


def empty(dtype: Any, *shape: int) -> Array:
    """An array of zeros that lies so."""
    height, step = padded(numpy.dtype(dtype).itemsize, *shape)
    found = space(dtype, height * step)
    if len(shape) == 1:
        return found[: shape[0]]
    rows, columns = matrix_shape(shape)
    return found.reshape(height, step)[:rows, :columns].reshape(shape)


def padded(size: int, *shape: int) -> tuple[int, int]:
    """How many rows it has, and how many numbers of so many bytes each of them takes."""
    line = LINE_BYTES // size
    step = -(-shape[-1] // line) * line
    if len(shape) == 1:
        return 1, step
    # Rows whole pages apart would fall on the same few lines of the cache.
    step += line if step * size % PAGE_BYTES == 0 else 0
    return -(-matrix_shape(shape)[0] // TILE_ROWS) * TILE_ROWS, step


def matrix_shape(shape: Sequence[int]) -> tuple[int, int]:
    """The shape of the matrix as which an array of this shape lies, (rows, columns)."""
    return math.prod(shape[:-1]), shape[-1]


def matrix(X: Array) -> Array:
    """X as the matrix as which it lies: X itself, if it has no more than two dimensions."""
    if X.ndim <= 2:
        return X
    # Where there is one place, NumPy has lost how far apart places are.
    step = padded(X.itemsize, 1, X.shape[-1])[1] * X.itemsize if X.strides[-2] else 0
    return as_strided(X, matrix_shape(X.shape), (step, X.itemsize))


def scratch_numbers(columns: int) -> int:
    """How many numbers a thread needs beside the matrices of a product, for a right factor this
    wide."""
    columns = min(columns, WIDEST) + SPARE
    return DEPTH * (columns + STRIP) + STRIP * columns


def convolution_numbers(positions: int, channels: int, filters: int) -> int:
    """The same for a convolution with kernels of so many positions, or either of its gradients."""
    wide, deep = filters + SPARE, channels + SPARE
    return deep + TILE_NUMBERS + max(positions * (channels + TILE_ROWS) * wide, PATCH * wide)


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
    """All numbers of X and the zeros between them, as one vector."""
    height, step = padded(X.itemsize, *X.shape)
    return as_strided(X, (height * step,), (X.itemsize,))


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
