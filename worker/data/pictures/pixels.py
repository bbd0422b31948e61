"""Turns an encoded picture into an array, in training and in prediction alike."""

import io
import struct
import zlib
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageOps

from worker.data.magic import looks_like
from worker.data.pictures.color_profile import to_srgb
from worker.data.pictures.fitting import fitted, padded
from worker.data.pictures.formats import FORMATS, TITLES, format_of, read_header
from worker.data.preprocessing import Preprocessing
from worker.errors import CorruptFile, LimitExceeded, UnsupportedFile

Pixels = NDArray[np.uint8]

MAX_SIDE = 16_384
STRIP_ROWS = 256  # of a picture that is laid on its background
WITH_PROFILE = ("RGB", "L", "CMYK")  # modes to which a colour profile can be applied directly
REDUCTIONS = (1, 2, 4, 8)  # divisors of each side that a JPEG decoder can apply as it decodes
END_OF_JPEG = b"\xff\xd9"
LEAST_PART = 0.25  # of its rows that a picture without its end must still have

# What Pillow's parsers raise on damaged bytes. Not Exception: a MemoryError says nothing of them.
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


class Picture(NamedTuple):
    """A decoded picture.

    Attributes:
        pixels: (height, width, 3), uint8.
        cut_short: whether the end of the file is missing, and with it a part of the picture.
    """

    pixels: Pixels
    cut_short: bool = False


def is_picture(encoded: bytes) -> bool:
    """Whether these bytes begin as a picture in a format of FORMATS."""
    return format_of(encoded) is not None


def decode(
    encoded: bytes, preprocessing: Preprocessing, *, max_bytes: int, max_pixels: int
) -> Picture:
    """Returns the picture in the size of the preprocessing. One that has this size keeps its
    pixels exactly.

    Args:
        encoded: the file.
        max_bytes: of the file.
        max_pixels: of the picture. A JPEG that has more is read at a half, a quarter or an eighth
            of its size, if that is small enough.

    Raises:
        UnsupportedFile: it is in no format of FORMATS, or an animation.
        CorruptFile: it is damaged.
        LimitExceeded: it has too many bytes or pixels.
    """
    kind = _checked_kind(encoded, max_bytes)
    # Before Pillow sees it: to open a WebP is to allocate all of its pixels twice.
    if (claimed := read_header(encoded)) is not None:
        _check_size(_divided(claimed.size, _divisor(claimed.size, kind, max_pixels)), max_pixels)
    try:
        try:
            return Picture(_pixels(encoded, kind, preprocessing, max_pixels))
        except BROKEN:
            if kind != "JPEG":
                raise
            whole = encoded + END_OF_JPEG
            return Picture(_pixels(whole, kind, preprocessing, max_pixels, cut_short=True), True)
    except BOMB as error:
        raise LimitExceeded(
            f"Expected a picture of at most {max_pixels:,} pixels, got far more; send it smaller."
        ) from error
    except BROKEN as error:
        raise CorruptFile(
            f"Expected a whole {FORMATS[kind].title} picture, but it is damaged or cut short; "
            "save it again."
        ) from error


def _checked_kind(encoded: bytes, max_bytes: int) -> str:
    if len(encoded) > max_bytes:
        raise LimitExceeded(
            f"Expected a picture of at most {max_bytes:,} bytes, got {len(encoded):,}; "
            "send it smaller."
        )
    kind = format_of(encoded)
    if kind is None:
        raise UnsupportedFile(
            f"Expected a {TITLES} picture, but the bytes look like {looks_like(encoded)}; "
            "convert it and send it again."
        )
    return kind


def _pixels(
    encoded: bytes,
    kind: str,
    preprocessing: Preprocessing,
    max_pixels: int,
    *,
    cut_short: bool = False,
) -> Pixels:
    with Image.open(io.BytesIO(encoded), formats=(kind,)) as image:
        by = _divisor(image.size, kind, max_pixels, preprocessing)
        _check_size(_divided(image.size, by), max_pixels)
        _check_still(image)
        if by > 1:  # the decoder divides by what fits into the sides, rounded down
            image.draft(image.mode, (image.width // by, image.height // by))
        if cut_short:
            _check_part(image)
        # In place: a copy of a large picture is a hundred megabytes.
        ImageOps.exif_transpose(image, in_place=True)
        profile = image.info.get("icc_profile")
        if not isinstance(profile, bytes) or preprocessing.color_space != "srgb":
            profile = b""
        return _resized(image, profile, preprocessing)


def _divisor(
    size: tuple[int, int], kind: str, max_pixels: int, preprocessing: Preprocessing | None = None
) -> int:
    """By what the sides of a picture, in pixels, are divided as it is decoded: the least that makes
    it as small as is allowed, or what its decoder can do, if that is not enough; or the most that
    leaves it as large as the preprocessing wants it to be resized well."""
    divisors = REDUCTIONS if kind == "JPEG" else (1,)
    allowed = [by for by in divisors if _fits(_divided(size, by), max_pixels)]
    if not allowed:
        return divisors[-1]
    if preprocessing is None or preprocessing.reducing_gap is None:
        return allowed[0]
    least = preprocessing.reducing_gap * max(preprocessing.height, preprocessing.width)
    return max([by for by in allowed if min(size) // by >= least], default=allowed[0])


def _divided(size: tuple[int, int], by: int) -> tuple[int, int]:
    width, height = size
    return -(-width // by), -(-height // by)


def _fits(size: tuple[int, int], max_pixels: int) -> bool:
    return size[0] * size[1] <= max_pixels and max(size) <= MAX_SIDE


def _check_size(size: tuple[int, int], max_pixels: int) -> None:
    # The header alone has been read so far: a bomb is refused before anything is allocated.
    if not _fits(size, max_pixels):
        width, height = size
        raise LimitExceeded(
            f"Expected a picture of at most {max_pixels:,} pixels and {MAX_SIDE:,} on a side, "
            f"got {width:,} x {height:,}; send it smaller."
        )


def _check_still(image: Image.Image) -> None:
    # A JPEG of several frames is a phone's photograph and a preview of it: only the first is read.
    # Pillow calls it MPO. To count the pages of a TIFF is to read them all.
    if image.format not in FORMATS or not FORMATS[image.format].animated:
        return
    if (frames := getattr(image, "n_frames", 1)) > 1:
        raise UnsupportedFile(
            f"Expected a still picture, got an animation of {frames} frames; send one frame of it."
        )


def _check_part(image: Image.Image) -> None:
    # The decoder fills what is missing at the bottom with one colour.
    filling = Image.new(image.mode, image.size, image.getpixel((image.width - 1, image.height - 1)))
    there = ImageChops.difference(image, filling).getbbox()
    if there is None or there[3] < LEAST_PART * image.height:
        raise ValueError("too little of it is there")


def _resized(image: Image.Image, profile: bytes, preprocessing: Preprocessing) -> Pixels:
    if image.mode.startswith("I"):
        # Pillow would clip 16-bit grey at 255; the high byte is what it keeps of 16-bit colour.
        high_bytes = (np.asarray(image) >> 8).astype(np.uint8)
        image = Image.fromarray(high_bytes)
    if image.has_transparency_data:
        image, profile = _on_background(image, profile, preprocessing), b""
    elif not (profile and image.mode in WITH_PROFILE):
        image = _in_mode(image, preprocessing)
    image = fitted(image, preprocessing)
    if profile:  # last, because it costs time for each pixel and the picture is small now
        image = _in_mode(to_srgb(image, profile), preprocessing)
    return np.array(padded(image, preprocessing), dtype=np.uint8)


def _in_mode(image: Image.Image, preprocessing: Preprocessing) -> Image.Image:
    return image if image.mode == preprocessing.mode else image.convert(preprocessing.mode)


def _on_background(image: Image.Image, profile: bytes, preprocessing: Preprocessing) -> Image.Image:
    # In strips: all at once it would need three times the picture's memory.
    flat = Image.new(preprocessing.mode, image.size)
    for top in range(0, image.height, STRIP_ROWS):
        box = (0, top, image.width, min(top + STRIP_ROWS, image.height))
        strip = image.crop(box).convert("RGBA")
        if profile:
            strip = to_srgb(strip, profile)
        opaque = Image.new("RGBA", strip.size, preprocessing.background)
        flat.paste(Image.alpha_composite(opaque, strip).convert(preprocessing.mode), box)
    return flat
