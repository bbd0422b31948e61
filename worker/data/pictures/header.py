"""The size that a picture's header claims, and how much work it is to decode.

The bytes are read by code of ours: a decoder may allocate memory for all pixels when it opens a
file. A header that cannot be read here is left to the decoder, which refuses it. Where the bytes
end within it, these functions raise struct.error or IndexError.
"""

import struct
from typing import NamedTuple

START_OF_SCAN, FRAME, PROGRESSIVE = 0xDA, range(0xC0, 0xD0), (0xC2, 0xC6, 0xCA, 0xCE)
NO_FRAMES = (0xC4, 0xC8, 0xCC)  # tables, within that range
ALONE = (0x01, *range(0xD0, 0xDA))  # markers that no length follows


class Header(NamedTuple):
    """What the header of a picture says.

    Attributes:
        width, height: pixels.
        passes: how often a decoder goes over all pixels.
    """

    width: int
    height: int
    passes: int = 1

    @property
    def size(self) -> tuple[int, int]:
        return self.width, self.height

    @property
    def work(self) -> int:
        """Pixels that are computed to decode it, over all passes."""
        return self.width * self.height * self.passes


def of_png(encoded: bytes) -> Header:
    return Header(*struct.unpack_from(">II", encoded, 16))


def of_jpeg(encoded: bytes) -> Header | None:
    at = 2
    while encoded[at] == 0xFF:
        marker = encoded[at + 1]
        if marker == 0xFF or marker in ALONE:
            at += 1 if marker == 0xFF else 2
            continue
        if marker == START_OF_SCAN:
            return None
        if marker in FRAME and marker not in NO_FRAMES:
            height, width = struct.unpack_from(">HH", encoded, at + 5)
            # A progressive picture is gone over for every scan. In the scans' own bytes 0xFF is
            # always followed by another code, so this counts nothing else.
            scans = encoded.count(b"\xff\xda", at) if marker in PROGRESSIVE else 1
            return Header(width, height, max(1, scans))
        at += 2 + int.from_bytes(encoded[at + 2 : at + 4], "big")
    return None


def of_webp(encoded: bytes) -> Header | None:
    kind = encoded[12:16]
    if kind == b"VP8X":
        width, height = struct.unpack_from("<3s3s", encoded, 24)
        return Header(int.from_bytes(width, "little") + 1, int.from_bytes(height, "little") + 1)
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", encoded, 21)
        return Header((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", encoded, 26)
        return Header(width & 0x3FFF, height & 0x3FFF)
    return None
