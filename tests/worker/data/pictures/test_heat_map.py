import numpy as np
import pytest

from worker.data.pictures.heat_map import heat_map


def test_a_small_picture_is_enlarged_and_is_hot_where_the_heat_is() -> None:
    pixels = np.full((4, 8, 3), 100, "uint8")
    heat = np.zeros((4, 8))
    heat[1, 6] = 1
    found = heat_map(pixels, heat).astype(int)
    assert found.shape == (128, 256, 3)
    red = found[..., 0]
    assert np.unravel_index(red.argmax(), red.shape) == pytest.approx((48, 208), abs=16)
    assert red[100, 40] < 100


def test_of_a_picture_without_heat_the_shapes_are_still_seen() -> None:
    pixels = np.zeros((300, 300, 3), "uint8")
    pixels[:, 150:] = 255
    found = heat_map(pixels, np.zeros((8, 8)))
    assert found.shape == pixels.shape
    assert int(found[0, 299, 0]) - int(found[0, 0, 0]) > 100
