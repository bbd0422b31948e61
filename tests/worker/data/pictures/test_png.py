"""Pixels as PNG, and back."""

import io

import numpy as np
import pytest
from PIL import Image

from worker.data.pictures.png import colours, png, png_of_bands

PIXELS = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)


def test_a_png_has_exactly_the_pixels() -> None:
    with Image.open(io.BytesIO(png(PIXELS))) as image:
        assert image.format == "PNG"
        assert np.array_equal(np.asarray(image), PIXELS)


def test_the_same_pixels_are_the_same_bytes() -> None:
    assert png(PIXELS) == png(PIXELS.copy())


def test_bands_are_one_picture() -> None:
    bands = [PIXELS[:1], PIXELS[1:1], PIXELS[1:4], PIXELS[4:]]
    with Image.open(io.BytesIO(png_of_bands(7, 5, bands))) as image:
        assert np.array_equal(np.asarray(image), PIXELS)


@pytest.mark.parametrize("width", [1, 2, 300])
def test_a_picture_may_be_one_pixel_wide(width: int) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (3, width, 3), dtype=np.uint8)
    with Image.open(io.BytesIO(png(pixels))) as image:
        image.verify()
    with Image.open(io.BytesIO(png(pixels))) as image:
        assert np.array_equal(np.asarray(image), pixels)


def test_smooth_pictures_take_little_room() -> None:
    slope = np.arange(256, dtype=np.uint8)[None, :, None].repeat(256, axis=0).repeat(3, axis=2)
    assert len(png(slope)) < slope.size // 100


def test_colours_are_those_of_the_pixels() -> None:
    assert colours(png(PIXELS), 7) == [[tuple(c) for c in line] for line in PIXELS.tolist()]


@pytest.mark.parametrize(
    ("shape", "size"), [((64, 64), (16, 16)), ((64, 32), (16, 8)), ((1, 90), (1, 16))]
)
def test_a_picture_keeps_its_proportions(shape: tuple[int, int], size: tuple[int, int]) -> None:
    lines = colours(png(np.zeros((*shape, 3), np.uint8)), 16)
    assert (len(lines), len(lines[0])) == size


def test_smaller_colours_are_means() -> None:
    pixels = np.array([[[0, 0, 0], [200, 100, 50]]] * 2, np.uint8)
    assert colours(png(pixels), 1) == [[(100, 50, 25)]]
