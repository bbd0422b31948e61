"""One encoded picture to one array: the same decoder and filter in training and in prediction."""

import io
import struct
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

# Image.open knows only the formats whose plugins are loaded, and would load all 40 to find WebP.
from PIL import Image, ImageOps, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

from worker.data import picture_header as header
from worker.data.magic import looks_like
from worker.errors import CorruptFile, LimitExceeded, UnsupportedFile

Picture = NDArray[np.uint8]

FORMATS = {
    plugin.format: plugin
    for plugin in (
        JpegImagePlugin.JpegImageFile,
        PngImagePlugin.PngImageFile,
        WebPImagePlugin.WebPImageFile,
    )
}
FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}
MAX_SIDE = 16_384
STRIP_ROWS = 256  # of a picture that is laid on its background

# What Pillow's parsers raise on damaged bytes. Not Exception: MemoryError must pass untouched.
# Warning, because a process may run with warnings as errors.
BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    LookupError,
    ArithmeticError,
    TypeError,
    AttributeError,
    EOFError,
    RuntimeError,
    AssertionError,
    struct.error,
    zlib.error,
    Warning,
)
BOMB = (Image.DecompressionBombWarning, Image.DecompressionBombError)


@dataclass(frozen=True)
class Preprocessing:
    """How a picture becomes numbers; kept in the dataset and in every model trained on it."""

    height: int = 64
    width: int = 64
    mode: str = "RGB"
    filter: str = "bicubic"
    background: tuple[int, int, int] = (255, 255, 255)
    decoder: str = "pillow"

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "background": list(self.background)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        return cls(**{**values, "background": tuple(values["background"])})


def decode(
    encoded: bytes, preprocessing: Preprocessing, *, max_bytes: int, max_pixels: int
) -> Picture:
    """The picture as (height, width, 3) uint8; of the right size already, its pixels are exact."""
    if len(encoded) > max_bytes:
        raise LimitExceeded(
            f"Expected a picture of at most {max_bytes:,} bytes, got {len(encoded):,}; "
            "send it smaller."
        )
    kind = looks_like(encoded)
    if kind not in FORMATS:
        raise UnsupportedFile(
            f"Expected a JPEG, PNG or WebP picture, but the bytes look like {kind}; "
            "convert it and send it again."
        )
    # Before Pillow sees it: to open a WebP is to allocate all of its pixels twice.
    if (claimed := header.read(encoded)) is not None:
        _check_size(claimed.size, max_pixels)
    try:
        with Image.open(io.BytesIO(encoded), formats=(kind,)) as image:
            _check_size(image.size, max_pixels)
            _check_still(image)
            # In place: a copy of a large picture is a hundred megabytes.
            ImageOps.exif_transpose(image, in_place=True)
            return _resized(_flattened(image, preprocessing), preprocessing)
    except BOMB as error:
        raise LimitExceeded(
            f"Expected a picture of at most {max_pixels:,} pixels, got far more; send it smaller."
        ) from error
    except BROKEN as error:
        raise CorruptFile(
            f"Expected a whole {kind} picture, but it is damaged or cut short; save it again."
        ) from error


def _check_size(size: tuple[int, int], max_pixels: int) -> None:
    # The header alone has been read so far: a bomb is refused before anything is allocated.
    width, height = size
    if width * height > max_pixels or max(width, height) > MAX_SIDE:
        raise LimitExceeded(
            f"Expected a picture of at most {max_pixels:,} pixels and {MAX_SIDE:,} on a side, "
            f"got {width:,} x {height:,}; send it smaller."
        )


def _check_still(image: Image.Image) -> None:
    frames = getattr(image, "n_frames", 1)
    # A JPEG of several frames is a phone's photograph with a preview behind it: the first is it.
    if frames > 1 and image.format in ("PNG", "WEBP"):
        raise UnsupportedFile(
            f"Expected a still picture, got an animation of {frames} frames; send one frame of it."
        )


def _flattened(image: Image.Image, preprocessing: Preprocessing) -> Image.Image:
    if image.mode.startswith("I"):
        # Pillow would clip 16-bit grey at 255; the high byte is what it keeps of 16-bit colour.
        high_bytes = (np.asarray(image) >> 8).astype(np.uint8)
        image = Image.fromarray(high_bytes)
    if image.has_transparency_data:
        return _on_background(image, preprocessing)
    return image if image.mode == preprocessing.mode else image.convert(preprocessing.mode)


def _on_background(image: Image.Image, preprocessing: Preprocessing) -> Image.Image:
    # In strips, because whole it would need the picture's memory three times more.
    flat = Image.new(preprocessing.mode, image.size)
    for top in range(0, image.height, STRIP_ROWS):
        box = (0, top, image.width, min(top + STRIP_ROWS, image.height))
        strip = image.crop(box).convert("RGBA")
        opaque = Image.new("RGBA", strip.size, preprocessing.background)
        flat.paste(Image.alpha_composite(opaque, strip).convert(preprocessing.mode), box)
    return flat


def _resized(image: Image.Image, preprocessing: Preprocessing) -> Picture:
    size = (preprocessing.width, preprocessing.height)
    if image.size != size:
        image = image.resize(size, FILTERS[preprocessing.filter])
    return np.array(image, dtype=np.uint8)
