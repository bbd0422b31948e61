import json

import numpy as np

from worker.training.array_corner import corner


def test_a_matrix_is_shown_by_its_corner() -> None:
    assert corner(np.arange(12.0).reshape(3, 4), 2) == [[0, 1], [4, 5]]
    assert corner(np.arange(3.0), 8) == [0, 1, 2]
    assert corner(np.array(0.5), 8) == 0.5


def test_pictures_are_shown_by_no_more_than_fits() -> None:
    found = np.array(corner(np.zeros((4, 64, 64, 3)), 32))
    assert found.shape == (4, 8, 8, 3)
    assert np.array(corner(np.zeros((4, 64, 64, 3)), 2)).shape == (2, 2, 2, 2)


def test_what_is_no_number_is_null() -> None:
    found = corner(np.array([[np.nan, np.inf], [-np.inf, 1.0]]), 8)
    assert json.dumps(found, allow_nan=False) == "[[null, null], [null, 1.0]]"
