"""A .npy file written and read a block at a time.

Not by a memory map: a file of 8 GB does not fit the address space of the process that parses an
upload; and when the disk is full, writing to a map kills the process instead of raising an error.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.lib import format as npy
from numpy.typing import DTypeLike, NDArray

Array = NDArray[Any]

BLOCK_BYTES = 64 * 2**20


class RowWriter:
    """Appends rows to a .npy file. Its header has the right shape once the `with` block has ended.

    Attributes:
        shape: of one row.
        rows: how many were written so far.
    """

    def __init__(self, path: Path, shape: tuple[int, ...], dtype: DTypeLike) -> None:
        self.shape = shape
        self.dtype = np.dtype(dtype)
        self.rows = 0
        self._file = path.open("wb")
        self._write_header()

    def append(self, block: Array) -> None:
        self._file.write(np.ascontiguousarray(block, dtype=self.dtype).data)
        self.rows += len(block)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        with self._file:
            self._file.seek(0)
            self._write_header()

    def _write_header(self) -> None:
        # NumPy pads the header so that it keeps its length while the first axis grows.
        header = {
            "descr": npy.dtype_to_descr(self.dtype),
            "fortran_order": False,
            "shape": (self.rows, *self.shape),
        }
        npy.write_array_header_1_0(self._file, header)


def read_blocks(path: Path, block_bytes: int | None = None) -> Iterator[Array]:
    """Yields the rows of a file that a RowWriter wrote, (rows, *shape), in blocks of at most so
    many bytes, 64 MiB by default, or of one row if that is larger."""
    with path.open("rb") as file:
        npy.read_magic(file)
        (rows, *shape), _, dtype = npy.read_array_header_1_0(file)
        row = np.dtype((dtype, tuple(shape)))
        step = rows_per_block(row.itemsize, block_bytes)
        for start in range(0, rows, step):
            yield np.fromfile(file, dtype=row, count=min(step, rows - start))


def read_rows(path: Path, start: int, count: int) -> Array:
    """Returns some rows of such a file, (count, *shape)."""
    with path.open("rb") as file:
        npy.read_magic(file)
        (_, *shape), _, dtype = npy.read_array_header_1_0(file)
        row = np.dtype((dtype, tuple(shape)))
        file.seek(start * row.itemsize, 1)
        return np.fromfile(file, dtype=row, count=count)


def rows_per_block(row_bytes: int, block_bytes: int | None = None) -> int:
    """Returns how many rows of so many bytes are in a block, of 64 MiB by default."""
    return max(1, (block_bytes or BLOCK_BYTES) // row_bytes)
