"""What HDF5's filters did to the bytes of a chunk, undone.

Not by libhdf5: it trusts a chunk to become as long as its shape says, and takes whatever lies in
memory behind one that does not.
"""

import zlib
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

# What undoing raises on bytes that no filter wrote.
DAMAGED = (ValueError, LookupError, ArithmeticError, zlib.error)


class Filter(NamedTuple):
    """`undo` takes the bytes, the most that they may become, and the filter's own parameters."""

    name: str
    undo: Callable[[bytes, int, Sequence[int]], bytes]


class Step(NamedTuple):
    """One filter that an array's chunks went through when they were written."""

    code: int
    parameters: tuple[int, ...]


def most_bytes(chunk_bytes: int) -> int:
    """How long a chunk may be after any of its filters: where nothing can be saved, each adds."""
    return chunk_bytes + chunk_bytes // 8 + 64


def undone(data: bytes, steps: Sequence[Step], skipped: int, chunk_bytes: int) -> bytes:
    """The bytes of a whole chunk.

    Args:
        steps: in the order in which they were done.
        skipped: a bit for each step, the lowest for the first: set if the chunk went without it.

    Raises one of DAMAGED, if it is not exactly such a chunk.
    """
    for number, (code, parameters) in reversed([*enumerate(steps)]):
        if not skipped >> number & 1:
            data = FILTERS[code].undo(data, most_bytes(chunk_bytes), parameters)
    if len(data) != chunk_bytes:
        raise ValueError(f"Expected a chunk of {chunk_bytes} bytes, got {len(data)}.")
    return data


def inflate(data: bytes, most: int, parameters: Sequence[int]) -> bytes:
    stream = zlib.decompressobj()
    # One byte more than it may become, so that the checksum behind the last one is read, too.
    out = stream.decompress(data, most + 1)
    if len(out) > most or not stream.eof or stream.unused_data:
        raise ValueError("Expected one deflate stream, got a longer or a shorter one.")
    return out


def unshuffle(data: bytes, most: int, parameters: Sequence[int]) -> bytes:
    """First came all first bytes of the elements, then all second ones; what is left over stays."""
    (element_bytes,) = parameters
    whole = len(data) - len(data) % element_bytes
    planes = np.frombuffer(data, np.uint8, whole).reshape(element_bytes, -1)
    return planes.T.tobytes() + data[whole:]


def expand_lzf(data: bytes, most: int, parameters: Sequence[int]) -> bytes:
    """LibLZF's format: runs of literal bytes, and references to what was written before."""
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
            # It reaches into the bytes that it writes itself: they repeat what there is.
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
