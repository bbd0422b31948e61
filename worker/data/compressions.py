"""How a tar may be compressed: a row for each compression that is read here."""

import gzip
import sys
import zlib
from collections.abc import Callable
from functools import partial
from io import BufferedIOBase
from pathlib import Path
from typing import NamedTuple

from worker.data.magic import HEAD_BYTES

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

GZIP = 16 + zlib.MAX_WBITS  # how zlib is told that a gzip comes


class Compression(NamedTuple):
    """A compression of one file.

    Attributes:
        begun: returns up to HEAD_BYTES of what is in a file that begins with these bytes.
        opened: returns a file that unpacks while it is read. To go back in it is to begin anew.
    """

    begun: Callable[[bytes], bytes]
    opened: Callable[[Path], BufferedIOBase]


def _begun_gzip(head: bytes) -> bytes:
    return zlib.decompressobj(GZIP).decompress(head, HEAD_BYTES)


def _begun_zstd(head: bytes) -> bytes:
    return zstd.ZstdDecompressor().decompress(head, HEAD_BYTES)


# By what the bytes look like. Of zstd, the library refuses what wants more than 128 MiB of memory.
COMPRESSIONS = {
    "gzip": Compression(_begun_gzip, partial(gzip.open, mode="rb")),
    "zstd": Compression(_begun_zstd, partial(zstd.open, mode="rb")),
}
# What they raise on damaged bytes.
BROKEN = (OSError, EOFError, ValueError, zlib.error, zstd.ZstdError)


def tar_in(kind: str) -> str:
    """Returns what a tar in this compression is called."""
    return f"a tar in {kind}"


# How each kind of tar is opened.
TARS: dict[str, Callable[[Path], BufferedIOBase]] = {
    "tar": lambda path: path.open("rb"),
    **{tar_in(kind): compression.opened for kind, compression in COMPRESSIONS.items()},
}


def begun(kind: str, head: bytes) -> bytes:
    """Returns up to HEAD_BYTES of what is in a compressed file that begins with `head`; nothing if
    that is not enough to tell, or damaged."""
    try:
        return COMPRESSIONS[kind].begun(head)
    except BROKEN:
        return b""


def beginning(kind: str, path: Path) -> bytes:
    """Returns HEAD_BYTES of what is in a compressed file; nothing if it is damaged there."""
    try:
        with COMPRESSIONS[kind].opened(path) as file:
            return file.read(HEAD_BYTES)
    except BROKEN:
        return b""
