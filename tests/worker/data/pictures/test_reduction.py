"""A JPEG is decoded at a half, a quarter or an eighth of its size where that is enough, or all that
is allowed."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, JpegImagePlugin

from tests.worker.data.making import encoded, encoded_image, pictures
from tests.worker.data.pictures.test_pixels import decode
from worker.data.preprocessing import Preprocessing

WANTED = Preprocessing(height=20, width=30)
REDUCED = replace(WANTED, reducing_gap=2.0)


def photo(width: int, height: int) -> bytes:
    coarse = Image.fromarray(pictures(1, side=4)[0])
    return encoded_image(coarse.resize((width, height)), "JPEG", quality=90)


@pytest.fixture
def sizes(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[int, int]]]:
    """The sizes at which JPEGs are decoded."""
    found: list[tuple[int, int]] = []
    load = JpegImagePlugin.JpegImageFile.load

    def loaded(self: JpegImagePlugin.JpegImageFile) -> object:
        found.append(self.size)
        return load(self)

    monkeypatch.setattr(JpegImagePlugin.JpegImageFile, "load", loaded)
    yield found


@pytest.mark.parametrize(
    ("size", "at"),
    [
        ((640, 481), (80, 61)),
        ((481, 640), (61, 80)),  # which way it is turned is known later
        ((478, 640), (120, 160)),  # an eighth would be below twice the 30 that are wanted
        ((121, 300), (61, 150)),
        ((119, 300), (119, 300)),
        ((20, 30), (20, 30)),
    ],
)
def test_it_stays_twice_as_large_as_it_is_wanted(
    sizes: list[tuple[int, int]], size: tuple[int, int], at: tuple[int, int]
) -> None:
    data = photo(*size)
    whole, found = decode(data, WANTED), decode(data, REDUCED)
    assert {*sizes} == {size, at}
    assert np.abs(found.astype(int) - whole).mean() < 4


def test_what_is_allowed_goes_before_what_is_wanted(sizes: list[tuple[int, int]]) -> None:
    wide = Preprocessing(height=300, width=300, reducing_gap=2.0)
    decode(photo(641, 481), wide, max_pixels=100_000)
    assert {*sizes} == {(321, 241)}


def test_a_picture_of_odd_sides_is_not_decoded_larger_than_is_allowed(
    sizes: list[tuple[int, int]],
) -> None:
    decode(photo(641, 481), WANTED, max_pixels=20_000)
    assert {*sizes} == {(161, 121)}


def test_other_formats_have_one_size() -> None:
    data = encoded(decode(photo(640, 480), Preprocessing(height=480, width=640)))
    assert np.array_equal(decode(data, REDUCED), decode(data, WANTED))


def test_who_never_asked_for_it_is_told_nothing_of_it() -> None:
    assert "reducing_gap" not in WANTED.as_dict()
    assert Preprocessing.from_dict(WANTED.as_dict()) == WANTED
    assert Preprocessing.from_dict(REDUCED.as_dict()) == REDUCED
