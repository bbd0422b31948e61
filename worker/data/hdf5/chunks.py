"""Rows of an HDF5 array, read from the bytes of its file by code of ours.

libhdf5 has said where the bytes are; from then on it is not asked. Nothing here believes what it
said: a place outside of the file, or bytes that do not become what the shape says, end in a
ValueError.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product
from math import prod
from operator import lt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from worker.data.hdf5.filters import Step, most_bytes, undone

Array = NDArray[Any]
Shape = tuple[int, ...]

# Of chunks that reach beyond the rows that were asked for. h5py's own choice of chunks for pictures
# of 8 GB has 250 MB of them side by side.
MAX_KEPT_BYTES = 256 * 2**20

# Of each chunk its place in the file, its length there, and which filters it went without; all zero
# where it was never written.
ENTRY = np.dtype([("offset", np.int64), ("size", np.int32), ("skipped", np.uint32)])


class Source(NamedTuple):
    """An open file."""

    descriptor: int
    size_bytes: int

    def read(self, offset: int, size: int) -> bytes:
        self.check(offset, size)
        data = os.pread(self.descriptor, size, offset)
        if len(data) != size:
            raise ValueError(f"Expected {size} bytes at {offset}, got {len(data)}.")
        return data

    def check(self, offset: int, size: int) -> None:
        if not 0 <= offset <= offset + size <= self.size_bytes:
            raise ValueError(
                f"Expected bytes within the file's {self.size_bytes}, got {size} at {offset}."
            )


class Contiguous(NamedTuple):
    """An array that lies in one piece, in NumPy's order; without an offset it is all fill."""

    source: Source
    shape: Shape
    dtype: np.dtype[Any]
    fill: Array
    offset: int | None
    stored_bytes: int

    def read(self, start: int, stop: int) -> Array:
        shape = (stop - start, *self.shape[1:])
        if self.offset is None:
            return np.full(shape, self.fill)
        row_bytes = prod(self.shape[1:]) * self.dtype.itemsize
        if self.stored_bytes != self.shape[0] * row_bytes:
            raise ValueError(f"Expected the bytes of {self.shape}, got {self.stored_bytes}.")
        data = self.source.read(self.offset + start * row_bytes, (stop - start) * row_bytes)
        return np.frombuffer(data, self.dtype).reshape(shape)


@dataclass(frozen=True, eq=False)
class Chunked:
    """An array that lies in chunks of one shape, each of which went through the same steps.

    State: the chunks of which a later block has rows, as many as fit.
    """

    source: Source
    shape: Shape
    dtype: np.dtype[Any]
    fill: Array
    chunk: Shape
    steps: Sequence[Step]
    index: Array
    _kept: dict[Shape, Array] = field(default_factory=dict, init=False)

    @property
    def chunk_bytes(self) -> int:
        return prod(self.chunk) * self.dtype.itemsize

    @property
    def stored_bytes(self) -> int:
        return int(self.index["size"].sum(dtype=np.int64))

    def read(self, start: int, stop: int) -> Array:
        block = np.zeros((stop - start, *self.shape[1:]), self.dtype)
        rows = range(start // self.chunk[0], -(-stop // self.chunk[0]))
        for place in product(rows, *map(range, self.index.shape[1:])):
            first = place[0] * self.chunk[0]
            after = min(first + self.chunk[0], self.shape[0])
            chunk = self._taken(place, keep=after > stop)
            # NumPy ends a slice where its array ends: so chunks that jut out are cut.
            to = [slice(max(first - start, 0), after - start)]
            what = [slice(max(start - first, 0), stop - first)]
            for n, side, length in zip(place[1:], self.chunk[1:], self.shape[1:], strict=True):
                to.append(slice(n * side, (n + 1) * side))
                what.append(slice(length - n * side))
            block[tuple(to)] = chunk[tuple(what)]
        return block

    def _taken(self, place: Shape, keep: bool) -> Array:
        chunk = self._kept.pop(place, None)
        if chunk is None:
            chunk = self._decoded(place)
        if keep and (len(self._kept) + 1) * self.chunk_bytes <= MAX_KEPT_BYTES:
            self._kept[place] = chunk
        return chunk

    def _decoded(self, place: Shape) -> Array:
        offset, size, skipped = self.index[place].item()
        if size == 0:
            return np.broadcast_to(self.fill, self.chunk)
        stored = self.source.read(offset, size)
        data = undone(stored, self.steps, skipped, self.chunk_bytes)
        return np.frombuffer(data, self.dtype).reshape(self.chunk)


def indexed(dataset_id: Any, grid: Shape, chunk: Shape, chunk_bytes: int, source: Source) -> Array:
    """An ENTRY for each place of the grid, or a ValueError if one is no place for a chunk."""
    index = np.zeros(grid, ENTRY)

    def enter(info: Any) -> None:
        place = tuple(at // side for at, side in zip(info.chunk_offset, chunk, strict=True))
        # An array that shrank, or may grow, may have chunks outside of its shape.
        if not all(map(lt, place, grid)):
            return
        source.check(info.byte_offset, info.size)
        if not 0 < info.size <= most_bytes(chunk_bytes) or index[place]["size"]:
            raise ValueError(f"Expected each chunk once, got {info} for {chunk_bytes} bytes.")
        index[place] = info.byte_offset, info.size, info.filter_mask

    dataset_id.chunk_iter(enter)
    if (stored := index["size"].sum(dtype=np.int64)) > source.size_bytes:
        raise ValueError(f"Expected chunks apart from one another, got {stored} bytes of them.")
    return index
