"""Texts of variable length, which HDF5 keeps beside the array, in heaps that its elements point to.

Source: HDF5 File Format Specification 3.0, III.E, Disk Format: Level 1E - Global Heap.
"""

import struct
from typing import NamedTuple

import numpy as np

from worker.data.hdf5.chunks import Array, Chunked, Contiguous, Source
from worker.errors import UnsupportedFile

# An element: the bytes of its text, the place of a heap in the file, and its number there.
POINTER = np.dtype([("size", "<u4"), ("heap", "<u8"), ("number", "<u4")])
HEAP = struct.Struct("<4sB3xQ")  # a mark, the version, bytes of the heap with this head
OBJECT = struct.Struct("<HHxxxxQ")  # its number, how many point to it, its bytes
ALIGNMENT = 8
MAX_TEXT_BYTES = 256
TEXT = np.dtype(f"S{MAX_TEXT_BYTES}")
MAX_HEAP_BYTES = 2**20  # libhdf5 makes them of 4,096 bytes, unless a text is longer
MAX_HEAPS_BYTES = 2**24

Heap = dict[int, bytes]


class Texts(NamedTuple):
    """An array of texts of variable length.

    Attributes:
        pointers: the array itself, of POINTER.
    """

    where: str
    source: Source
    pointers: Contiguous | Chunked

    @property
    def shape(self) -> tuple[int, ...]:
        return self.pointers.shape

    def read(self, start: int, stop: int) -> Array:
        """Returns the texts of some rows, encoded.

        Raises:
            ValueError: something points to where no text of this length is.
            UnsupportedFile: a text is longer than MAX_TEXT_BYTES.
        """
        pointers = self.pointers.read(start, stop)
        heaps: dict[int, Heap] = {}
        room = MAX_HEAPS_BYTES
        for place in np.unique(pointers["heap"][pointers["size"] > 0]).tolist():
            heaps[place], used = _heap(self.source, place)
            room -= used
            if room < 0:
                raise ValueError(f"Expected heaps of at most {MAX_HEAPS_BYTES} bytes.")
        texts = [self._text(heaps, *pointer) for pointer in pointers.reshape(-1).tolist()]
        return np.array(texts, TEXT).reshape(pointers.shape)

    def _text(self, heaps: dict[int, Heap], size: int, place: int, number: int) -> bytes:
        if size > MAX_TEXT_BYTES:
            raise UnsupportedFile(
                f"Expected texts of up to {MAX_TEXT_BYTES} bytes in {self.where}, got one of "
                f"{size:,}; shorten it."
            )
        if size == 0:
            return b""
        if len(stored := heaps[place].get(number, b"")) < size:
            raise ValueError(f"Expected a text of {size} bytes, got {len(stored)}.")
        return stored[:size]


def _heap(source: Source, place: int) -> tuple[Heap, int]:
    """Returns the objects of a heap by their numbers, and its bytes."""
    mark, version, size = HEAP.unpack(source.read(place, HEAP.size))
    if (mark, version) != (b"GCOL", 1) or not HEAP.size <= size <= MAX_HEAP_BYTES:
        raise ValueError(f"Expected a heap at {place}, got {mark!r}, version {version}.")
    data = source.read(place, size)
    objects: Heap = {}
    at = HEAP.size
    while at + OBJECT.size <= size:
        number, _, length = OBJECT.unpack_from(data, at)
        if number == 0:  # what is free, up to the end
            break
        at += OBJECT.size
        objects[number] = data[at : at + length]
        at += -(-length // ALIGNMENT) * ALIGNMENT
    return objects, size
