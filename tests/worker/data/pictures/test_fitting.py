"""How pictures of other proportions get the size of the samples."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.worker.data.making import encoded, encoded_image, pictures
from worker.data.pictures.pixels import decode
from worker.data.preprocessing import Preprocessing, Resize

LIMITS = {"max_bytes": 10**7, "max_pixels": 10**7}
RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def wide() -> bytes:
    """24 × 8: a third of it red, green and blue each."""
    pixels = np.zeros((8, 24, 3), np.uint8)
    for third, colour in enumerate((RED, GREEN, BLUE)):
        pixels[:, 8 * third : 8 * third + 8] = colour
    return encoded(pixels)


def fitted(data: bytes, resize: Resize, side: int = 24) -> np.ndarray:
    preprocessing = Preprocessing(height=side, width=side, resize=resize, filter="nearest")
    return decode(data, preprocessing, **LIMITS).pixels


def test_a_squashed_picture_is_all_there() -> None:
    found = fitted(wide(), "squash")
    assert [tuple(found[12, at]) for at in (4, 12, 20)] == [RED, GREEN, BLUE]
    assert (found == found[0]).all()


def test_a_cropped_picture_is_its_middle() -> None:
    assert (fitted(wide(), "crop") == GREEN).all()


def test_a_padded_picture_is_all_there_on_its_background() -> None:
    found = fitted(wide(), "pad")
    assert (found[:8] == 255).all()
    assert (found[16:] == 255).all()
    assert [tuple(found[12, at]) for at in (4, 12, 20)] == [RED, GREEN, BLUE]


@pytest.mark.parametrize("resize", ["crop", "pad"])
def test_a_square_is_resized_as_ever(resize: Resize) -> None:
    data = encoded(pictures(1, side=33)[0])
    preprocessing = Preprocessing(height=8, width=8, resize=resize)
    plain = decode(data, Preprocessing(height=8, width=8), **LIMITS).pixels
    assert np.array_equal(decode(data, preprocessing, **LIMITS).pixels, plain)


@pytest.mark.parametrize("mode", ["L", "LA", "P", "CMYK", "1", "RGBA", "I;16"])
@pytest.mark.parametrize("resize", ["crop", "pad"])
def test_pictures_of_all_modes_are_fitted(mode: str, resize: Resize) -> None:
    kind = "TIFF" if mode in ("CMYK", "I;16") else "PNG"
    image = Image.new(mode, (30, 7)) if mode == "I;16" else Image.new("RGB", (30, 7)).convert(mode)
    assert fitted(encoded_image(image, kind), resize).shape == (24, 24, 3)


@given(
    width=st.integers(1, 300), height=st.integers(1, 300), side=st.integers(8, 64),
    resize=st.sampled_from(["squash", "crop", "pad"]),
)  # fmt: skip
def test_any_size_becomes_that_of_the_samples(
    width: int, height: int, side: int, resize: Resize
) -> None:
    data = encoded(np.full((height, width, 3), 100, np.uint8))
    found = fitted(data, resize, side)
    assert found.shape == (side, side, 3)
    assert (found[(side - 1) // 2, (side - 1) // 2] == 100).all()
