"""Pictures that are quick or very slow to decode, and the processes that decode them."""

import functools
from contextlib import suppress
from pathlib import Path

from PIL import Image

from tests.worker.data.making import encoded, encoded_image, pictures
from worker.data.preprocessing import Preprocessing

EIGHT = Preprocessing(height=8, width=8)
LARGEST = 9_000_000


def small() -> bytes:
    return encoded(pictures(1)[0])


def repeated(image: Image.Image, passes: int) -> bytes:
    """A progressive JPEG of which the last scan comes again and again: the well-known bomb."""
    whole = encoded_image(image, "JPEG", progressive=True)
    scan = whole[whole.rindex(b"\xff\xda") : -2]
    return whole[:-2] + scan * passes + b"\xff\xd9"


@functools.cache
def costly() -> bytes:
    """A picture that takes more than the two seconds that a limit of one may last."""
    return repeated(Image.effect_noise((1500, 1500), 50), 140)


def decoders() -> dict[int, Path]:
    """The processes that this one has started to decode."""
    return children(b"worker.data.pictures.decoder")


def children(module: bytes) -> dict[int, Path]:
    """The processes that this one has started, by their module."""
    found = {}
    for task in Path("/proc/self/task").iterdir():
        with suppress(FileNotFoundError):  # a thread, or a process, may end meanwhile
            for pid in (task / "children").read_text().split():
                proc = Path("/proc") / pid
                if module in (proc / "cmdline").read_bytes():
                    found[int(pid)] = proc
    return found
