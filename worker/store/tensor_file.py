"""Named arrays in a safetensors file, written and read without a second copy of them in memory."""

import hashlib
import json
import os
from collections.abc import Iterator
from io import BufferedReader
from itertools import chain
from pathlib import Path
from typing import BinaryIO

import numpy as np

from worker.jsontypes import Json
from worker.nn.arrays import Array, seen

Tensors = dict[str, Array]

PIECE_BYTES = 2**20  # written at a time, for rows are copied that lie apart; and read
NUMBERS = {"F32": "float32", "F64": "float64", "I32": "int32"}
CODES = {dtype: code for code, dtype in NUMBERS.items()}


def write(file: BinaryIO, tensors: Tensors, about: Json | None = None) -> str:
    """Write the tensors, whichever device has them.

    The bytes are those of `safetensors.numpy.save`, which needs as much memory again for them.

    Args:
        about: said beside them, as JSON.

    Returns:
        The sha256 of the file, in hexadecimal.
    """
    sha256 = hashlib.sha256()
    # The order of the format: larger numbers first, so that all of them are aligned.
    ordered = sorted(tensors.items(), key=lambda item: (-item[1].dtype.itemsize, item[0]))
    numbers: Iterator[bytes | memoryview] = chain.from_iterable(
        pieces(array) for _, array in ordered
    )
    for part in chain([header(dict(ordered), about)], numbers):
        sha256.update(part)
        file.write(part)
    return sha256.hexdigest()


def digest(file: BufferedReader) -> str:
    """Returns the sha256 of an open file, in hexadecimal; it stands at its beginning afterwards."""
    found = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    return found


def digest_of(tensors: Tensors) -> str:
    """Returns the sha256 of the file that these tensors would make, in hexadecimal."""
    with open(os.devnull, "wb") as file:
        return write(file, tensors)


def size(tensors: Tensors) -> int:
    """Returns the bytes of their numbers, which is all of such a file but its few first."""
    return sum(array.nbytes for array in tensors.values())


def read(path: Path) -> tuple[Tensors, Json]:
    """Returns the tensors, memory-mapped, and what is said beside them."""
    return parsed(np.memmap(path, "uint8", "r"))


def content(path: Path) -> tuple[Array, str]:
    """Returns the bytes of a file, in memory of their own, and the sha256 of just these, in
    hexadecimal."""
    sha256, at = hashlib.sha256(), 0
    with path.open("rb", buffering=0) as file:
        data = np.empty(os.fstat(file.fileno()).st_size, "uint8")
        while count := file.readinto(data[at : at + PIECE_BYTES].data):
            sha256.update(data[at : at + count].data)
            at += count
    data.flags.writeable = False
    return data[:at], sha256.hexdigest()


def parsed(data: Array) -> tuple[Tensors, Json]:
    """Returns the tensors in the bytes of a file, where they are, and what is said beside them."""
    start = 8 + int.from_bytes(data[:8].tobytes(), "little")
    fields = json.loads(data[8:start].tobytes())
    about = json.loads(fields.pop("__metadata__", {}).get("about", "{}"))
    tensors = {}
    for name, field in fields.items():
        first, last = (start + offset for offset in field["data_offsets"])
        tensors[name] = data[first:last].view(NUMBERS[field["dtype"]]).reshape(field["shape"])
    return tensors, about


def header(tensors: Tensors, about: Json | None) -> bytes:
    """Returns what stands in the file before the numbers of these tensors, in their order."""
    fields: Json = {} if about is None else {"__metadata__": {"about": json.dumps(about)}}
    end = 0
    for name, array in tensors.items():
        start, end = end, end + array.nbytes
        dtype, shape = CODES[array.dtype.name], [*array.shape]
        fields[name] = {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}
    text = json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text


def pieces(array: Array) -> Iterator[memoryview]:
    """Yields the numbers of an array, row by row, about PIECE_BYTES at a time."""
    array = seen(array)
    rows = max(1, PIECE_BYTES * len(array) // max(1, array.nbytes))
    for at in range(0, len(array), rows):
        yield np.ascontiguousarray(array[at : at + rows]).data
