"""Undoes HDF5's filters on the bytes of a chunk.

Not by libhdf5: where a chunk becomes shorter than its shape says, libhdf5 takes what is behind it
in memory as the rest.
"""

import zlib
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

# What `undone` raises on bytes that no filter has written.
DAMAGED = (ValueError, LookupError, ArithmeticError, zlib.error)


class Filter(NamedTuple):
    """A filter that can be undone.

    Attributes:
        undo: returns the bytes before the filter. It takes the bytes after it, the largest number
            that may be returned, and the filter's own parameters.
    """

    name: str
    undo: Callable[[bytes, int, Sequence[int]], bytes]


class Step(NamedTuple):
    """A filter that was applied to the chunks of an array.

    Attributes:
        code: HDF5's number of the filter.
    """

    code: int
    parameters: tuple[int, ...]


def most_bytes(chunk_bytes: int) -> int:
    """Returns how many bytes a chunk may have after any of its filters: a filter that cannot make
    it shorter makes it longer."""
    return chunk_bytes + chunk_bytes // 8 + 64


def undone(data: bytes, steps: Sequence[Step], skipped: int, chunk_bytes: int) -> bytes:
    """Returns the bytes of a whole chunk, exactly chunk_bytes.

    Args:
        steps: in the order in which they were applied.
        skipped: a bit for each step, the lowest for the first: set if the step was not applied.

    Raises:
        ValueError, LookupError, ArithmeticError, zlib.error: these are no bytes of such a chunk.
    """
    for number, (code, parameters) in reversed([*enumerate(steps)]):
        if not skipped >> number & 1:
            data = FILTERS[code].undo(data, most_bytes(chunk_bytes), parameters)
    if len(data) != chunk_bytes:
        raise ValueError(f"Expected a chunk of {chunk_bytes} bytes, got {len(data)}.")
    return data


def inflate(data: bytes, most: int, parameters: Sequence[int]) -> bytes:
    stream = zlib.decompressobj()
    # One byte more than is allowed, so that the checksum behind the last byte is read too.
    out = stream.decompress(data, most + 1)
    if len(out) > most or not stream.eof or stream.unused_data:
        raise ValueError("Expected one deflate stream, got a longer or a shorter one.")
    return out


def unshuffle(data: bytes, most: int, parameters: Sequence[int]) -> bytes:
    """Undoes HDF5's shuffle: it had put all first bytes of the elements first, then all second
    ones. Bytes behind the last whole element stay where they are."""
    (element_bytes,) = parameters
    whole = len(data) - len(data) % element_bytes
    planes = np.frombuffer(data, np.uint8, whole).reshape(element_bytes, -1)
    return planes.T.tobytes() + data[whole:]


def expand_lzf(data: bytes, most: int, parameters: Sequence[int]) -> bytes:
    """Undoes LibLZF's format: runs of bytes, and references to bytes that came before."""
    out = bytearray()
    at, end = 0, len(data)
    while at < end and len(out) <= most:
        control = data[at]
        if control < 32:
            start = at + 1
            at = start + control + 1
            out += data[start:at]
            continue
        length = (control >> 5) + 2
        if length == 9:
            at += 1
            length += data[at]
        distance = ((control & 31) << 8) + data[at + 1] + 1
        at += 2
        start = len(out) - distance
        if start < 0:
            raise ValueError("Expected a reference to earlier bytes, got one to before the first.")
        if distance >= length:
            out += out[start : start + length]
        else:
            # It refers to bytes that it writes itself: the last ones are repeated.
            out += (out[start:] * (length // distance + 1))[:length]
    if at != end or len(out) > most:
        raise ValueError("Expected whole runs of bytes, got a part of one, or more than fit.")
    return bytes(out)


FILTERS = {
    1: Filter("gzip", inflate),
    2: Filter("shuffle", unshuffle),
    32000: Filter("lzf", expand_lzf),
}
# Those that libhdf5 has besides, for messages alone.
OTHERS = {3: "fletcher32", 4: "szip", 5: "nbit", 6: "scaleoffset"}
