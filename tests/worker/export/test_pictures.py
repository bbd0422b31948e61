"""The program of a bundle makes of a picture the very pixels that the service makes."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from worker.data.pictures.pixels import decode
from worker.data.preprocessing import Preprocessing
from worker.export.taken.pictures import pixels

RANDOM = np.random.default_rng(3)
NOISE = Image.fromarray(RANDOM.integers(0, 256, (37, 53, 4), np.uint8), "RGBA")
LARGE = NOISE.convert("RGB").resize((800, 600))
HOWS = [
    Preprocessing(height=16, width=12),
    Preprocessing(height=16, width=12, resize="crop", filter="lanczos", reducing_gap=2.0),
    Preprocessing(height=12, width=16, resize="pad", background=(9, 80, 200)),
    Preprocessing(height=16, width=16, color_space="as_stored", filter="nearest"),
]


def saved(image: Image.Image, kind: str, **how: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **how)
    return buffer.getvalue()


def turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return saved(NOISE.convert("RGB"), "JPEG", exif=exif)


def profile(space: Any) -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(space)).tobytes()


ENCODED = {
    "jpeg": saved(NOISE.convert("RGB"), "JPEG"),
    "large jpeg": saved(LARGE, "JPEG"),
    "turned jpeg": turned(),
    "cmyk": saved(NOISE.convert("CMYK"), "JPEG"),
    "transparent": saved(NOISE, "PNG"),
    "palette": saved(NOISE.convert("RGB").convert("P"), "PNG", transparency=3),
    "grey": saved(NOISE.convert("L"), "PNG"),
    "16 bits": saved(Image.fromarray(RANDOM.integers(0, 65536, (20, 30), np.uint16)), "PNG"),
    "sRGB": saved(NOISE.convert("RGB"), "PNG", icc_profile=profile("sRGB")),
    "another mode's profile": saved(NOISE.convert("RGB"), "PNG", icc_profile=profile("LAB")),
    "damaged profile": saved(NOISE.convert("RGB"), "PNG", icc_profile=b"none"),
    "transparent with a profile": saved(NOISE, "PNG", icc_profile=profile("sRGB")),
    "of that size": saved(NOISE.convert("RGB").resize((12, 16)), "PNG"),
}


@pytest.mark.parametrize("how", HOWS, ids=lambda how: f"{how.resize} {how.filter}")
@pytest.mark.parametrize("kind", ENCODED)
def test_pixels_are_the_same(kind: str, how: Preprocessing) -> None:
    encoded = ENCODED[kind]
    expected = decode(encoded, how, max_bytes=2**24, max_pixels=50_000_000).pixels
    np.testing.assert_array_equal(pixels(encoded, how.as_dict()), expected)
