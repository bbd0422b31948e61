"""Tensors of the Open Inference Protocol as arrays. What was sent is counted before any is made."""

import struct
from collections.abc import Sequence
from math import prod
from typing import Any, NamedTuple, NoReturn

import numpy as np

from worker.data.packed import quoted
from worker.errors import InvalidParameter
from worker.nn.arrays import Array

TEXT = "BYTES"
# By the protocol's names of them NumPy's; little-endian, whatever this machine is.
DTYPES = {
    "BOOL": "?",
    **{f"UINT{8 * size}": f"<u{size}" for size in (1, 2, 4, 8)},
    **{f"INT{8 * size}": f"<i{size}" for size in (1, 2, 4, 8)},
    **{f"FP{8 * size}": f"<f{size}" for size in (2, 4, 8)},
}
DATATYPES = (*DTYPES, "BF16", TEXT)
LENGTH = struct.Struct("<I")  # of an element of bytes, before it

# By the kind of a dtype, what its numbers are in JSON. null is a number that is missing.
JSON_KINDS: dict[str, tuple[str, set[type]]] = {
    "b": ("true and false", {bool}),
    "u": ("whole numbers", {int}),
    "i": ("whole numbers", {int}),
    "f": ("numbers", {int, float, type(None)}),
}


class Sent(NamedTuple):
    """A tensor as it came.

    Attributes:
        data: its bytes, or the list that stands in JSON, flat or nested.
        pointer: its place in the request.
    """

    name: str
    datatype: str
    shape: tuple[int, ...]
    data: memoryview | list[Any]
    pointer: str


def numbers(sent: Sent) -> Array:
    """Returns the numbers of a tensor in its shape; those in binary are not copied.

    Raises:
        InvalidParameter: there are more or fewer, or JSON has something else in their place.
    """
    dtype, count = np.dtype(DTYPES[sent.datatype]), prod(sent.shape)
    if isinstance(sent.data, list):
        return _from_json(_flat(sent, sent.data), dtype, sent).reshape(sent.shape)
    if len(sent.data) != count * dtype.itemsize:
        _refuse_size(sent, f"{count * dtype.itemsize:,} bytes", f"{len(sent.data):,}")
    return np.ndarray(sent.shape, dtype, sent.data)


def texts(sent: Sent) -> list[bytes]:
    """Returns the elements of a tensor of BYTES, in row-major order; those in JSON in UTF-8.

    Raises:
        InvalidParameter: there are more or fewer, or JSON has something else in their place.
    """
    if isinstance(sent.data, list):
        return [_encoded(sent, text) for text in _flat(sent, sent.data)]
    data, at, found = sent.data, 0, list[bytes]()
    for _ in range(prod(sent.shape)):
        if (begin := at + LENGTH.size) > len(data):
            break
        at = begin + LENGTH.unpack_from(data, at)[0]
        if at > len(data):
            break
        found.append(bytes(data[begin:at]))
    if len(found) < prod(sent.shape) or at != len(data):
        _refuse_size(
            sent,
            f"{prod(sent.shape):,} elements, each with its length in 4 bytes before it",
            f"{len(data):,} bytes that are not so many",
        )
    return found


def packed(elements: Sequence[bytes | memoryview]) -> bytes:
    """Returns a tensor of BYTES in binary: each element behind its length."""
    return b"".join(part for each in elements for part in (LENGTH.pack(len(each)), each))


def _flat(sent: Sent, data: list[Any]) -> list[Any]:
    """The values of a tensor in JSON in row-major order."""
    values = [data]
    if data and isinstance(data[0], list):
        for depth, size in enumerate(sent.shape):
            if not all(isinstance(each, list) and len(each) == size for each in values):
                _refuse_size(sent, f"lists of {size} in depth {depth + 1} of data", "others")
            values = [value for each in values for value in each]
        return values
    if len(data) != prod(sent.shape):
        _refuse_size(sent, f"{prod(sent.shape):,} values in data", f"{len(data):,}")
    return data


def _from_json(values: list[Any], dtype: np.dtype[Any], sent: Sent) -> Array:
    expected, kinds = JSON_KINDS[dtype.kind]
    if strange := {*map(type, values)} - kinds:
        place = next(n for n, value in enumerate(values) if type(value) in strange)
        came = "null" if values[place] is None else type(values[place]).__name__
        _refuse(sent, f"Expected {expected} in {sent.datatype} data, got a {came}.", place)
    try:
        with np.errstate(over="ignore"):
            if dtype.kind != "f":
                return np.array(values, dtype)
            found = np.array(values, np.float64).astype(dtype)
    except OverflowError:
        _refuse(sent, f"Expected numbers that {sent.datatype} can hold, got one that is outside.")
    if np.isinf(found).any():
        place = int(np.isinf(found).argmax())
        _refuse(sent, f"Expected numbers that {sent.datatype} can hold, got a larger one.", place)
    return found


def _encoded(sent: Sent, text: Any) -> bytes:
    if not isinstance(text, str):
        _refuse(sent, f"Expected strings in BYTES data, got a {type(text).__name__}.")
    try:
        return text.encode()
    except UnicodeEncodeError:
        _refuse(sent, "Expected strings of whole characters, got half of one (a lone surrogate).")


def _refuse_size(sent: Sent, expected: str, came: str) -> NoReturn:
    _refuse(
        sent,
        f"Expected {expected} for the input {quoted(sent.name)} of shape {list(sent.shape)} and "
        f"datatype {sent.datatype}, got {came}.",
    )


def _refuse(sent: Sent, message: str, place: int | None = None) -> NoReturn:
    raise InvalidParameter(
        message, sent.pointer if place is None else f"{sent.pointer}/data/{place}"
    )
