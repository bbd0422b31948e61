"""The process that decodes pictures, one after another.

Started as `python -m worker.data.pictures.decoder MAX_PIXELS SECONDS PARENT` with a socket as its
standard input. Before the first picture it gives up the rights to open files and connections, so a
picture that takes control of it can only use up its limits of time and memory.
"""

import io
import sys

from PIL import AvifImagePlugin, Image, MpoImagePlugin, TiffImagePlugin

from worker.data.children import answering
from worker.data.pictures import heic
from worker.data.pictures.formats import FORMATS
from worker.data.pictures.pixels import decode
from worker.data.preprocessing import Preprocessing
from worker.errors import WorkerError
from worker.jsontypes import Json
from worker.system.confinement import landlock, limits, seccomp

LIBRARIES_BYTES = 320 * 2**20  # of address space, before the first picture
PIXEL_BYTES = 24  # of memory for each pixel: WebP needs most, up to 20
MAX_ENCODED = 2**31
OPEN_FILES = 16
SAMPLE_PIXELS = 64 * 64  # the most of a sample
# Pillow imports these only when a picture has EXIF data or a preview, which is too late here.
LOADED_BEFORE = (MpoImagePlugin, TiffImagePlugin)
LOG_BYTES = 2**26  # of standard error, which may be a log file of the parent


def address_space(max_pixels: int) -> int:
    """Returns the limit of a decoder's address space, in bytes, for pictures of so many pixels."""
    return LIBRARIES_BYTES + PIXEL_BYTES * max_pixels


def samples() -> list[bytes]:
    """Returns a small picture of each format."""
    return [known.sample or _made(kind) for kind, known in FORMATS.items()]


def _made(kind: str) -> bytes:
    encoded = io.BytesIO()
    Image.new("RGBA" if kind != "JPEG" else "RGB", (9, 9)).save(encoded, kind)
    return encoded.getvalue()


def check(pictures: list[bytes]) -> None:
    """Decode these pictures.

    Called twice: before the process is restricted, to load all code while files can still be
    opened; and after, to see that decoding works without opening any.

    Raises:
        CorruptFile: a decoder does not work here.
    """
    for encoded in pictures:
        decode(encoded, Preprocessing(), max_bytes=MAX_ENCODED, max_pixels=SAMPLE_PIXELS)


def decoded(order: Json, encoded: bytes, max_pixels: int) -> tuple[Json, memoryview]:
    """Returns the pixels of a picture, or the error that refuses it."""
    try:
        picture = decode(
            encoded, Preprocessing.from_dict(order), max_bytes=MAX_ENCODED, max_pixels=max_pixels
        )
    except WorkerError as error:
        return {"error": type(error).__name__, "detail": str(error)}, memoryview(b"")
    except MemoryError:
        return {"error": "MemoryError", "detail": ""}, memoryview(b"")
    return {"cut_short": picture.cut_short}, picture.pixels.data.cast("B")


def main(max_pixels: int, seconds: int, parent: int) -> None:
    channel = answering.channel()
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # others could not be started here
    pictures = samples()
    check(pictures)
    limits.die_with(parent)
    limits.apply(limits.Limits(None, address_space(max_pixels), LOG_BYTES, OPEN_FILES))
    landlock.restrict([], [])
    # The library for HEIC does all its work in a thread that it starts for each picture.
    seccomp.allow_only(seccomp.COMPUTING if heic.DECODER is None else seccomp.THREADED)
    check(pictures)

    def answer(order: Json, encoded: bytearray) -> tuple[Json, memoryview]:
        return decoded(order, bytes(encoded), max_pixels)

    answering.serve(channel, answer, MAX_ENCODED, seconds)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
