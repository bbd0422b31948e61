"""The process that decodes pictures, one after another, and can do nothing else.

Started as `python -m worker.data.pictures.decoder MAX_PIXELS SECONDS PARENT` with a socket as its
standard input. It opens no files and no connections, and what it is sent can use up nothing but its
limits.
"""

import io
import resource
import socket
import sys
import time

from PIL import Image, MpoImagePlugin, TiffImagePlugin

from worker.data import frames
from worker.data.pictures.pixels import FORMATS, decode
from worker.data.preprocessing import Preprocessing
from worker.errors import WorkerError
from worker.jsontypes import Json
from worker.system.confinement import landlock, limits, seccomp

LIBRARIES_BYTES = 320 * 2**20  # of address space, before the first picture
PIXEL_BYTES = 24  # of memory for each pixel: WebP needs most, up to 20
MAX_ENCODED = 2**31
OPEN_FILES = 16
READY = {"ready": True}
# What Pillow looks for only when a picture has notes or a preview in it: too late, here.
LOADED_BEFORE = (MpoImagePlugin, TiffImagePlugin)
LOG_BYTES = 2**26  # what it says goes to the log of whoever started it, which may be a file


def address_space(max_pixels: int) -> int:
    """Bytes that a decoder of pictures of so many pixels may map."""
    return LIBRARIES_BYTES + PIXEL_BYTES * max_pixels


def serve(channel: socket.socket, max_pixels: int, seconds: int) -> None:
    """Answer each picture with its pixels, or with why it has none, until nobody asks any more."""
    while True:
        try:
            order, encoded = frames.receive(channel, MAX_ENCODED)
        except frames.Broken:
            return
        _limit_processor_time(seconds)
        began = time.process_time()
        words, pixels = _decoded(order, bytes(encoded), max_pixels)
        words["seconds"] = time.process_time() - began
        frames.send(channel, words, pixels)


def check() -> None:
    """Decode a picture of each kind: first so that all that is needed is loaded before nothing can
    be opened any more, then to see that it works without.

    Raises:
        CorruptFile: a decoder does not work here.
    """
    for kind in FORMATS:
        encoded = io.BytesIO()
        Image.new("RGBA" if kind != "JPEG" else "RGB", (9, 9)).save(encoded, kind)
        decode(encoded.getvalue(), Preprocessing(), max_bytes=MAX_ENCODED, max_pixels=81)


def _decoded(order: Json, encoded: bytes, max_pixels: int) -> tuple[Json, memoryview]:
    try:
        picture = decode(
            encoded, Preprocessing.from_dict(order), max_bytes=MAX_ENCODED, max_pixels=max_pixels
        )
    except WorkerError as error:
        return {"error": type(error).__name__, "detail": str(error)}, memoryview(b"")
    except MemoryError:
        return {"error": "MemoryError", "detail": ""}, memoryview(b"")
    return {"cut_short": picture.cut_short}, picture.pixels.data.cast("B")


def _limit_processor_time(seconds: int) -> None:
    # From now on; the system counts from the start of the process, in whole seconds.
    _, highest = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + seconds + 1, highest))


def main(max_pixels: int, seconds: int, parent: int) -> None:
    # All of it said, because the system may not be asked.
    channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, fileno=0)
    check()
    limits.die_with(parent)
    limits.apply(limits.Limits(None, address_space(max_pixels), LOG_BYTES, OPEN_FILES))
    landlock.restrict([], [])
    seccomp.allow_only(seccomp.COMPUTING)
    check()
    frames.send(channel, READY)
    serve(channel, max_pixels, seconds)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
