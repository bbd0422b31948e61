"""How pictures become pixels here, told by one of our own: kept with every model that takes
pictures, and compared wherever it is to answer."""

import base64
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from PIL import PpmImagePlugin, features
from PIL import __version__ as pillow

from worker.data.pictures.pixels import Pixels, decode
from worker.data.preprocessing import Preprocessing

LOADED_BEFORE = (PpmImagePlugin,)  # which Pillow imports with its first picture
CANONICAL = Path(__file__).parent / "canonical.jpg"
MOST = 2**20  # of its bytes and of its pixels
SAMPLED = 4_096  # numbers that are kept of its pixels


@dataclass(frozen=True)
class Fingerprint:
    """What the canonical picture becomes.

    Attributes:
        sha256: of all its pixels.
        sample: some of them, evenly apart, in base64.
        made_by: the versions of the libraries that decoded and resized it.
    """

    sha256: str
    sample: str
    made_by: dict[str, str | None]

    def difference(self, other: "Fingerprint") -> int:
        """Returns by how much pixels differ here and there, of 255: 0 where all are the same, and
        1 at least where any are not."""
        if self.sha256 == other.sha256:
            return 0
        own, theirs = (numbers(each.sample) for each in (self, other))
        if own.shape != theirs.shape:
            return 255
        return max(1, int(np.abs(own - theirs).max(initial=0)))


def numbers(sample: str) -> np.ndarray[Any, np.dtype[np.int16]]:
    return np.frombuffer(base64.b64decode(sample), np.uint8).astype(np.int16)


@cache
def fingerprint(preprocessing: Preprocessing) -> Fingerprint:
    """Returns what the canonical picture becomes by a preprocessing, in this process."""
    encoded = CANONICAL.read_bytes()
    pixels: Pixels = decode(encoded, preprocessing, max_bytes=MOST, max_pixels=MOST).pixels
    step = -(-pixels.size // SAMPLED)
    made_by = {"pillow": pillow, "libjpeg_turbo": features.version("libjpeg_turbo")}
    sample = base64.b64encode(pixels.ravel()[::step].tobytes()).decode()
    return Fingerprint(f"sha256:{sha256(pixels.tobytes()).hexdigest()}", sample, made_by)
