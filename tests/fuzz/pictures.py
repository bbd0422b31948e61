"""Readers of pictures, of colour profiles, and of what a decoder answers."""

import io
import json
import socket
from contextlib import suppress
from typing import cast

import numpy as np
from PIL import Image, ImageCms

from worker.data import frames, magic
from worker.data.kinds import check_beginning
from worker.data.pictures import heic
from worker.data.pictures import pixels as images
from worker.data.pictures.color_profile import to_srgb
from worker.data.pictures.formats import read_header
from worker.data.pictures.process import Decoder
from worker.data.preprocessing import Preprocessing
from worker.data.sheet.texts import Fonts, fitting, plain
from worker.errors import UnsupportedFile, WorkerError

SMALL = Preprocessing(height=8, width=8)
SHAPE = (8, 8, 3)
MOST_BYTES, MOST_PIXELS = 10**6, 10**6
FONT_PIXELS, LINE_PIXELS = 14, 150


def header(body: bytes) -> None:
    if (found := read_header(body)) is not None:
        assert found.passes > 0
        assert found.width >= 0 <= found.height


def beginning(body: bytes) -> None:
    assert magic.looks_like(body)
    magic.pictured(body)
    with suppress(UnsupportedFile):
        check_beginning("body", body[: magic.HEAD_BYTES])


def picture(body: bytes) -> None:
    read = images.decode(body, SMALL, max_bytes=MOST_BYTES, max_pixels=MOST_PIXELS)
    assert read.pixels.shape == SHAPE
    assert read.pixels.dtype == np.uint8


def profile(body: bytes) -> None:
    image = Image.new("RGB", (2, 2), (200, 100, 50))
    assert to_srgb(image, body).size == image.size


def text(body: bytes) -> None:
    """A name of a class, as a sheet shows it."""
    font = FONTS.of_size(FONT_PIXELS)
    shown = fitting(plain(body.decode(errors="replace")[:256]), font, LINE_PIXELS)
    assert font.getlength(shown) <= LINE_PIXELS or len(shown) == 1


def answer(body: bytes) -> None:
    """What a decoder says that a picture has taken control of. To refuse one is an answer too."""
    process = Answering(body)
    try:
        assert process.decode(b"", SMALL).pixels.shape == SHAPE
    except WorkerError as error:
        str(error).encode()
    assert 0 <= process.seconds < float("inf")


class Answering(Decoder):
    """A decoder whose answer is known."""

    def __init__(self, body: bytes) -> None:
        super().__init__(MOST_PIXELS, 1)
        self._said = body

    def start(self) -> socket.socket:
        return cast(socket.socket, Said(self._said))


class Said:
    """The end of a channel from which these bytes come."""

    def __init__(self, body: bytes) -> None:
        self._body = io.BytesIO(body)

    def sendall(self, data: bytes) -> None:
        pass

    def recv_into(self, place: memoryview) -> int:
        return self._body.readinto(place)


FONTS = Fonts()


def encoded(kind: str, mode: str = "RGB", **options: object) -> bytes:
    """A picture of noise."""
    file = io.BytesIO()
    noise = np.random.default_rng(1).integers(0, 256, (12, 12, 3), np.uint8)
    Image.fromarray(noise).convert(mode).save(file, kind, **options)
    return file.getvalue()


def dot(kind: str) -> bytes:
    """A picture of few bytes."""
    file = io.BytesIO()
    Image.new("L", (1, 1)).save(file, kind)
    return file.getvalue()


def common() -> list[bytes]:
    return [
        encoded("PNG"),
        encoded("PNG", "P"),
        encoded("PNG", "LA"),
        encoded("PNG", icc_profile=profiles()[0]),
        encoded("JPEG"),
        encoded("JPEG", "CMYK"),
        encoded("JPEG", progressive=True, exif=b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01"
                b"\0\0\0\x06\0\0\0\0\0\0\0"),
        encoded("WEBP"),
        encoded("WEBP", "RGBA"),
        encoded("WEBP", lossless=True),
    ]  # fmt: skip


def older() -> list[bytes]:
    return [
        encoded("GIF"),
        encoded("GIF", "P", interlace=0, transparency=0),
        encoded("BMP"),
        encoded("BMP", "P"),
        encoded("BMP", "1"),
        encoded("TIFF"),
        encoded("TIFF", "L", compression="tiff_lzw"),
        encoded("TIFF", compression="tiff_deflate"),
        encoded("TIFF", "1", compression="group4"),
        encoded("TIFF", compression="packbits"),
        encoded("TIFF", "CMYK", compression="jpeg"),
    ]


def newer() -> list[bytes]:
    """Of formats whose decoders are those of films."""
    return [encoded("AVIF"), encoded("AVIF", "RGBA", quality=10), heic.SAMPLE]


def every() -> list[bytes]:
    return [*common(), *older(), *newer()]


def profiles() -> list[bytes]:
    made = (ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"))
    return [ImageCms.ImageCmsProfile(each).tobytes() for each in made]


def texts() -> list[bytes]:
    return [b"cat", "Ängström é ﬁ 猫 \u202e".encode(), b"a name that is far too long for its place"]


def answers() -> list[bytes]:
    pixels = bytes(8 * 8 * 3)
    said: list[tuple[object, bytes]] = [
        ({"cut_short": False, "seconds": 0.1}, pixels),
        ({"error": "CorruptFile", "detail": "damaged", "seconds": 0.1}, b""),
        ({"error": "MemoryError", "detail": "", "seconds": 0.1}, b""),
    ]
    return [framed(words, payload) for words, payload in said]


def framed(words: object, payload: bytes) -> bytes:
    encoded = json.dumps(words).encode()
    return frames.LENGTHS.pack(len(encoded), len(payload)) + encoded + payload
