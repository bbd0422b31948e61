"""Pixels as a PNG, which keeps them exactly, and back."""

import io
import struct
import zlib
from collections.abc import Iterable

import numpy as np
from PIL import Image

from worker.data.pictures.pixels import Pixels
from worker.data.preprocessing import CHANNELS

Colour = tuple[int, int, int]  # red, green and blue, 0 to 255

SIGNATURE = b"\x89PNG\r\n\x1a\n"
DEPTH, TRUE_COLOUR = 8, 2  # of PNG's header: bits of a number, and that a pixel has three
LEFT = 1  # the filter by which a line is stored: each number less that of the pixel on its left


def png(picture: Pixels) -> bytes:
    """Returns a PNG of a picture, (height, width, 3); of the same one the same bytes."""
    height, width, _ = picture.shape
    return png_of_bands(width, height, [picture])


def png_of_bands(width: int, height: int, bands: Iterable[Pixels]) -> bytes:
    """Returns a PNG of bands of pixels, (…, width, 3), one under the other. Each is packed as it
    comes, so that a large picture need not be in memory.

    Source: Portable Network Graphics (PNG) Specification, third edition, 2025.
    """
    packing = zlib.compressobj()
    packed = [packing.compress(_lines(band)) for band in bands]
    header = struct.pack(">IIBBBBB", width, height, DEPTH, TRUE_COLOUR, 0, 0, 0)
    pixels = b"".join([*packed, packing.flush()])
    chunks = _chunk(b"IHDR", header), _chunk(b"IDAT", pixels), _chunk(b"IEND", b"")
    return b"".join([SIGNATURE, *chunks])


def colours(encoded: bytes, side: int) -> list[list[Colour]]:
    """Returns the lines of a PNG made so large that its longer side has so many places."""
    with Image.open(io.BytesIO(encoded), formats=("PNG",)) as image:
        by = side / max(image.size)
        size = max(1, round(image.width * by)), max(1, round(image.height * by))
        pixels = np.asarray(image.convert("RGB").resize(size, Image.Resampling.BOX))
    return [[(*colour,) for colour in line] for line in pixels.tolist()]


def _lines(band: Pixels) -> bytes:
    """The filter and the numbers of each line of pixels."""
    numbers = band.reshape(len(band), CHANNELS * band.shape[1])
    lines = np.empty((len(band), 1 + numbers.shape[1]), np.uint8)
    lines[:, 0] = LEFT
    lines[:, 1 : 1 + CHANNELS] = numbers[:, :CHANNELS]
    left = numbers[:, :-CHANNELS]
    np.subtract(numbers[:, CHANNELS:], left, out=lines[:, 1 + CHANNELS :])  # modulo 256
    return lines.tobytes()


def _chunk(kind: bytes, content: bytes) -> bytes:
    checked = kind + content
    return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))
