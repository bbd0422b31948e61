"""NumPy's own files: a header, then the numbers of one array.

Source: numpy.lib.format, NEP 1. The header is read by code of ours, because NumPy's would also make
arrays of Python objects, which it unpickles.
"""

import ast
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from math import prod
from pathlib import Path
from typing import Any, NamedTuple
from warnings import catch_warnings

import numpy as np
from numpy.typing import NDArray

from worker.data.arrays.stored import ALL, Kind, Listed, check_expansion, check_kind, located
from worker.errors import CorruptFile, UnsupportedFile

MAGIC = b"\x93NUMPY"
# Of each version the bytes that say how long the header is.
LENGTH_BYTES = {1: 2, 2: 4, 3: 4}
MAX_HEADER_BYTES = 4096
OBJECTS = "|O"
# As NumPy writes the types that are read here, and objects.
TYPES = re.compile(r"[<>|=]?(?:[biufSU][0-9]{1,9})|\|O")
MAX_TURNED_BYTES = 64 * 2**20

# Returns so many bytes from a place on; raises what BROKEN has where they are not there.
Read = Callable[[int, int], bytes]
BROKEN = (ValueError, LookupError, OSError, EOFError, SyntaxError, TypeError, RuntimeError)


class Stored(NamedTuple):
    """The bytes of an array.

    Attributes:
        size: all of them, with the header.
        packed: in how many they are stored, where they are compressed.
    """

    read: Read
    size: int
    packed: int


class Header(NamedTuple):
    """What comes before the numbers.

    Attributes:
        type: NumPy's word for it, such as "<f4".
        turned: whether the first axis changes fastest, as in Fortran and MATLAB.
        start: of the numbers, bytes from the beginning.
    """

    type: str
    turned: bool
    shape: tuple[int, ...]
    start: int


class NpyArray(NamedTuple):
    """An array of a file, or of a part of one.

    Attributes:
        dtype: as the header says; `read` returns numbers from 0 up in place of booleans.
    """

    where: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    header: Header
    bytes_at: Read

    def read(self, rows: slice = ALL) -> NDArray[Any]:
        start, stop, _ = rows.indices(self.shape[0])
        # A boolean that is neither 0 nor 1 would be a number that NumPy does not expect.
        stored = np.dtype(np.uint8) if self.dtype.kind == "b" else self.dtype
        with whole(self.where):
            if self.header.turned:
                data = self.bytes_at(self.header.start, prod(self.shape) * stored.itemsize)
                return _elements(data, stored).reshape(self.shape, order="F")[start:stop]
            shape = (max(0, stop - start), *self.shape[1:])
            row_bytes = prod(self.shape[1:]) * stored.itemsize
            data = self.bytes_at(self.header.start + start * row_bytes, shape[0] * row_bytes)
            return _elements(data, stored).reshape(shape)


@contextmanager
def opened(path: Path) -> Iterator[list[Listed]]:
    """Yields the array of a file.

    Raises:
        CorruptFile: it is damaged.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size

        def bytes_at(offset: int, count: int) -> bytes:
            data = os.pread(file.fileno(), count, offset)
            if len(data) < count:
                raise ValueError(f"Expected {count} bytes at {offset}, got {len(data)}.")
            return data

        yield [listed(Stored(bytes_at, size, size), path.name, "")]


def of_bytes(data: bytes, where: str, kind: Kind) -> NpyArray:
    """Returns the array that these bytes are.

    Raises:
        CorruptFile: they are damaged.
        UnsupportedFile: it is of another kind.
    """

    def bytes_at(offset: int, count: int) -> bytes:
        if len(data) < offset + count:
            raise ValueError(f"Expected {count} bytes at {offset}, got fewer.")
        return data[offset : offset + count]

    stored = Stored(bytes_at, len(data), len(data))
    with whole(where):
        header = _header(stored, where)
        return _opened(stored, header, where, kind)


def listed(stored: Stored, file: str, name: str) -> Listed:
    """Returns the array that these bytes are.

    Raises:
        CorruptFile: they are damaged.
    """
    where = located(name, file)
    with whole(where):
        header = _header(stored, where)
        opener = partial(_opened, stored, header, where)
        return Listed(file, name, _words(header.type), header.shape, opener)


def _opened(stored: Stored, header: Header, where: str, kind: Kind) -> NpyArray:
    if header.type == OBJECTS:
        raise UnsupportedFile(
            f"Expected {kind.words} in {where}, got Python objects, which are never unpickled; "
            "give all rows one shape and store them as np.array(rows, dtype='uint8')."
        )
    if not TYPES.fullmatch(header.type):
        raise UnsupportedFile(
            f"Expected {kind.words} in {where}, got the type {header.type[:80]!r}; store plain "
            "numbers."
        )
    dtype = np.dtype(header.type)
    check_kind(dtype, kind, where)
    expected = header.start + prod(header.shape) * dtype.itemsize
    if stored.size != expected:
        raise CorruptFile(
            f"Expected {expected:,} bytes in {where}, as its header of {header.type} and "
            f"{header.shape} says, got {stored.size:,}; save it again."
        )
    check_expansion(header.shape, dtype, stored.packed, where)
    if header.turned and expected > MAX_TURNED_BYTES:
        raise UnsupportedFile(
            f"Expected {where} in C's order, where each row is in one piece, got Fortran's; "
            "store np.ascontiguousarray(x)."
        )
    return NpyArray(where, header.shape, dtype, header, stored.read)


@contextmanager
def whole(where: str) -> Iterator[None]:
    """Raises CorruptFile where the bytes turn out to be damaged."""
    try:
        yield
    except BROKEN as error:
        raise CorruptFile(
            f"Expected a whole NumPy array in {where}, but it is damaged or cut short; save it "
            "again."
        ) from error


def _header(stored: Stored, where: str) -> Header:
    head = stored.read(0, len(MAGIC) + 2)
    if not head.startswith(MAGIC):
        raise ValueError(f"Expected {MAGIC!r}, got {head!r}.")
    width = LENGTH_BYTES[head[6]]
    start = len(head) + width
    length = int.from_bytes(stored.read(len(head), width), "little")
    if length > MAX_HEADER_BYTES:
        raise UnsupportedFile(
            f"Expected a header of at most {MAX_HEADER_BYTES:,} bytes in {where}, got {length:,}; "
            "store plain numbers without named columns."
        )
    with catch_warnings(action="ignore"):  # of a text that Python would not like
        said = ast.literal_eval(stored.read(start, length).decode("latin-1").strip())
    shape, turned = said["shape"], said["fortran_order"]
    if not isinstance(shape, tuple) or not all(type(n) is int and n >= 0 for n in shape):
        raise ValueError(f"Expected a shape, got {shape!r:.80}.")
    if not isinstance(turned, bool):
        raise ValueError(f"Expected True or False as fortran_order, got {turned!r:.80}.")
    return Header(str(said["descr"]), turned and len(shape) > 1, shape, start + length)


def _elements(data: bytes, dtype: np.dtype[Any]) -> NDArray[Any]:
    if dtype.kind == "U":
        letters = np.frombuffer(data, np.dtype(np.uint32).newbyteorder(dtype.byteorder))
        # NumPy would hand any number on to Python, which fails at those that are no letters.
        if (letters > sys.maxunicode).any():
            raise ValueError("Expected numbers of letters, got larger ones.")
    return np.frombuffer(data, dtype)


def _words(type_: str) -> str:
    if type_ == OBJECTS:
        return "Python objects"
    return np.dtype(type_).name if TYPES.fullmatch(type_) else "other data"
