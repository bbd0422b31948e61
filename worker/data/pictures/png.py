"""Pixels as a PNG, which keeps them exactly."""

import io

import numpy as np
from PIL import Image

from worker.data.pictures.pixels import Pixels

Colour = tuple[int, int, int]  # red, green and blue, 0 to 255


def png(picture: Pixels | Image.Image) -> bytes:
    """Returns a PNG of pixels, (height, width, 3) in uint8; of the same ones the same bytes."""
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    encoded = io.BytesIO()
    image.save(encoded, "PNG")
    return encoded.getvalue()


def colours(encoded: bytes, side: int) -> list[list[Colour]]:
    """Returns the lines of a PNG made so large that its longer side has so many places."""
    with Image.open(io.BytesIO(encoded), formats=("PNG",)) as image:
        by = side / max(image.size)
        size = max(1, round(image.width * by)), max(1, round(image.height * by))
        pixels = np.asarray(image.convert("RGB").resize(size, Image.Resampling.BOX))
    return [[(*colour,) for colour in line] for line in pixels.tolist()]
