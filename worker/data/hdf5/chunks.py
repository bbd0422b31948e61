"""Reads rows of an HDF5 array from the bytes of its file, by code of ours.

libhdf5 is asked only where the bytes are, and its answer is checked: a place outside of the file,
or bytes that do not become exactly what the shape says, raise ValueError.
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

# Of decoded chunks that are kept because a later block needs more of their rows. With the chunks
# that h5py chooses for 8 GB of pictures, this takes 250 MB.
MAX_KEPT_BYTES = 256 * 2**20

# Of each chunk its place in the file and its length there, both in bytes, and a bit for each filter
# that was skipped; all zero where the chunk was never written.
ENTRY = np.dtype([("offset", np.int64), ("size", np.int32), ("skipped", np.uint32)])


class Source(NamedTuple):
    """An open file."""

    descriptor: int
    size_bytes: int

    def read(self, offset: int, size: int) -> bytes:
        """Returns so many bytes from this place on.

        Raises:
            ValueError: they are not all within the file.
        """
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
    """An array that is stored in one piece, in NumPy's order.

    Attributes:
        fill: what every element is, if nothing was written.
        offset: of its first byte in the file; None if nothing was written.
        stored_bytes: that it has in the file.
    """

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
    """An array that is stored in chunks of one shape.

    Attributes:
        fill: what the elements of chunks are that were never written.
        chunk: the shape of a chunk.
        steps: the filters that were applied to the chunks, in this order.
        index: an ENTRY for each chunk, with as many axes as the array.

    State: decoded chunks of which a later block needs rows, up to MAX_KEPT_BYTES.
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
            # Chunks at the edge reach beyond the array; NumPy ends a slice where its array ends.
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
    """Returns an ENTRY for each chunk, with as many axes as the array.

    Args:
        dataset_id: h5py's handle of the array.
        grid: chunks along each axis.
        chunk: the shape of a chunk.

    Raises:
        ValueError: a chunk is listed twice, is longer than it can be, or is outside of the file; or
            all together are longer than the file.
    """
    index = np.zeros(grid, ENTRY)

    def enter(info: Any) -> None:
        place = tuple(at // side for at, side in zip(info.chunk_offset, chunk, strict=True))
        # An array that was made smaller, or may grow, may have chunks outside of its shape.
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
