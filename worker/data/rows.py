"""A .npy file written and read a block at a time.

Not by a memory map: a file of 8 GB does not fit the address space of the process that parses an
upload; and when the disk is full, writing to a map kills the process instead of raising an error.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Self

import numpy as np
from numpy.lib import format as npy
from numpy.typing import DTypeLike, NDArray

Array = NDArray[Any]

# Larger ones would be new memory each time, which is several times as slow as to read them.
BLOCK_BYTES = 8 * 2**20


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


def read_blocks(
    path: Path, block_bytes: int | None = None, start: int = 0, stop: int | None = None
) -> Iterator[Array]:
    """Yields the rows of a file that a RowWriter wrote, (rows, *shape), in blocks of at most so
    many bytes, 8 MiB by default, or of one row if that is larger.

    Args:
        start, stop: the first row, and the one after the last; all of them by default.
    """
    with path.open("rb") as file:
        rows, row = _header(file)
        stop = rows if stop is None else stop
        step = rows_per_block(row.itemsize, block_bytes)
        file.seek(start * row.itemsize, 1)
        for at in range(start, stop, step):
            yield np.fromfile(file, dtype=row, count=min(step, stop - at))


def read_rows(path: Path, start: int, count: int) -> Array:
    """Returns some rows of such a file, (count, *shape)."""
    with path.open("rb") as file:
        _, row = _header(file)
        file.seek(start * row.itemsize, 1)
        return np.fromfile(file, dtype=row, count=count)


def join_rows(paths: Sequence[Path], target: Path) -> None:
    """Write the rows of such files into one, one file behind the other."""
    with paths[0].open("rb") as file:
        _, row = _header(file)
    with RowWriter(target, row.shape, row.base) as writer:
        for path in paths:
            for block in read_blocks(path):
                writer.append(block)


def same_rows(one: Path, other: Path) -> bool:
    """Returns whether two such files, of which the rows fit into memory, have the same."""
    return other.exists() and np.array_equal(
        *(np.load(path, allow_pickle=False) for path in (one, other))
    )


def count_rows(path: Path) -> int:
    """Returns how many rows are in such a file."""
    with path.open("rb") as file:
        return _header(file)[0]


def _header(file: BinaryIO) -> tuple[int, np.dtype[Any]]:
    """How many rows there are, and the type of one, with its shape; the file is then at the
    first."""
    npy.read_magic(file)
    (rows, *shape), _, dtype = npy.read_array_header_1_0(file)
    return rows, np.dtype((dtype, tuple(shape)))


def rows_per_block(row_bytes: int, block_bytes: int | None = None) -> int:
    """Returns how many rows of so many bytes are in a block, of 8 MiB by default."""
    return max(1, (block_bytes or BLOCK_BYTES) // row_bytes)
