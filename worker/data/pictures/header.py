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
OLD_BMP = 12  # bytes of the header of OS/2's, whose sides are shorter numbers
TIFF_SIDES = (256, 257)  # tags of width and height
TIFF_NUMBERS = {3: "H", 4: "I"}  # types that these have, as `struct` calls them


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


def of_gif(encoded: bytes) -> Header:
    return Header(*struct.unpack_from("<HH", encoded, 6))


def of_bmp(encoded: bytes) -> Header:
    (size,) = struct.unpack_from("<I", encoded, 14)
    width, height = struct.unpack_from("<HH" if size == OLD_BMP else "<ii", encoded, 18)
    return Header(abs(width), abs(height))


def of_tiff(encoded: bytes) -> Header | None:
    order = "<" if encoded.startswith(b"II") else ">"
    (at,) = struct.unpack_from(f"{order}I", encoded, 4)
    (count,) = struct.unpack_from(f"{order}H", encoded, at)
    sides = {}
    for entry in range(count):
        tag, kind = struct.unpack_from(f"{order}HH", encoded, at + 2 + 12 * entry)
        if tag in TIFF_SIDES and kind in TIFF_NUMBERS:
            form = f"{order}{TIFF_NUMBERS[kind]}"
            (sides[tag],) = struct.unpack_from(form, encoded, at + 10 + 12 * entry)
    return Header(*(sides[tag] for tag in TIFF_SIDES)) if len(sides) == len(TIFF_SIDES) else None


def of_avif(encoded: bytes) -> Header | None:
    """The largest of all pictures in it: others are previews of that, or parts."""
    found, at = Header(0, 0), encoded.find(b"ispe")
    while at >= 0:
        found = max(found, Header(*struct.unpack_from(">II", encoded, at + 8)), key=_pixels)
        at = encoded.find(b"ispe", at + 4)
    return found if found.width else None


def _pixels(header: Header) -> int:
    return header.width * header.height
