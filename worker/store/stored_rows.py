"""The rows of a split as they lie in the store: read where they are asked for, a few at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from worker.data.row_names import read_name
from worker.data.rows import read_blocks, read_rows
from worker.errors import DatasetNotFound
from worker.nn.arrays import Array

BLOCK_BYTES = 2**22  # read at a time, beside which little is made of them


class StoredRows:
    """A split of a dataset, whose digest is not looked at: that would be to read all of it.

    Every method raises DatasetNotFound if the dataset is not there, or not any more.
    """

    def __init__(self, folder: Path, split: str) -> None:
        self._folder, self._split = folder, split

    @cached_property
    def labels(self) -> NDArray[np.int64]:
        """The classes of all rows, (rows,)."""
        with self._there():
            labels: NDArray[np.int64] = np.load(self._y)
            return labels

    def label(self, number: int) -> int:
        """Returns the class of a row, counted from 0, without reading those of others."""
        with self._there():
            return int(read_rows(self._y, number, 1)[0])

    def row(self, number: int) -> Array:
        """Returns the sample of a row, counted from 0, (*shape)."""
        with self._there():
            sample: Array = read_rows(self._x, number, 1)[0]
            return sample

    def name(self, number: int) -> str | None:
        """Returns how the row was called in the upload; None where that is not known."""
        with self._there():
            return read_name(self._folder, self._split, number)

    def blocks(self) -> Iterator[Array]:
        """Yields all samples in their order, (m, *shape), a few at a time."""
        with self._there():
            yield from read_blocks(self._x, BLOCK_BYTES)

    @property
    def _x(self) -> Path:
        return self._folder / f"{self._split}_x.npy"

    @property
    def _y(self) -> Path:
        return self._folder / f"{self._split}_y.npy"

    @contextmanager
    def _there(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            raise DatasetNotFound(f"No dataset has the id {self._folder.name}.") from error
