from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tests.worker.nn.engines.changing import EVERYTHING, drawn
from worker.nn.arrays import Array
from worker.nn.engines.batch import CHANGES, UNCHANGED

COUNT, SHAPE = 400, (12, 20, 3)
# Whether mirrored, and moved down and to the right; as drawn when there was nothing else.
RECORDED = [[0, -3, 4], [1, 1, 1], [0, -2, 4], [1, 4, 0], [1, -3, -4], [0, -4, -1]]
FACTORS = ("brightness", "contrast", "colour")


def columns(**how: Any) -> dict[str, Array]:
    """What is drawn for many pictures, by name."""
    return dict(zip(CHANGES, drawn(SHAPE, COUNT, **how).T, strict=True))


def test_unasked_nothing_changes() -> None:
    found = drawn(SHAPE, COUNT)
    place = found[:, 9:]
    assert (found[:, :9] == UNCHANGED[:9]).all()
    assert (place[:, 0] == place[:, 1]).all()
    assert (place[:, 2] == place[:, 3]).all()


def test_a_flip_is_asked_of_about_half() -> None:
    found = columns(flip=True)
    mirrored = found["x_right"] == -1
    assert {*found["x_right"].tolist()} == {-1, 1}
    # Four deviations of tosses of a coin.
    assert mirrored.mean() == pytest.approx(0.5, abs=4 * 0.5 / COUNT**0.5)
    assert (found["x"] == mirrored * (SHAPE[1] - 1)).all()
    assert (found["y"] == 0).all()


@pytest.mark.parametrize("shift", [1, 3])
def test_a_shift_goes_every_way_and_so_far_at_most(shift: int) -> None:
    found, places = columns(shift=shift), range(-shift, shift + 1)
    assert (found["x_right"] == 1).all()
    assert {*zip(found["y"].tolist(), found["x"].tolist(), strict=True)} == {
        (down, right) for down in places for right in places
    }


def test_flips_and_shifts_are_drawn_as_they_always_were() -> None:
    found = drawn(SHAPE, 6, seed=7, epoch=3, flip=True, shift=4)
    mirrored = found[:, 5] == -1
    right = mirrored * (SHAPE[1] - 1) - found[:, 3]
    assert np.column_stack([mirrored, -found[:, 0], right]).tolist() == RECORDED


def test_a_zoom_is_as_often_in_as_out_up_to_its_limit() -> None:
    scale = 1 / columns(zoom=0.2)["y_down"]
    assert scale.min() == pytest.approx(0.8, rel=0.01)
    assert scale.max() == pytest.approx(1.25, rel=0.01)
    assert np.log(scale).mean() == pytest.approx(0, abs=0.03)


def test_a_turn_goes_either_way_up_to_its_limit() -> None:
    found = columns(rotate=30.0)
    angle = np.degrees(np.arctan2(found["y_right"], found["y_down"]))
    assert_allclose(np.hypot(found["y_right"], found["y_down"]), 1)
    assert angle.min() == pytest.approx(-30, abs=0.5)
    assert angle.max() == pytest.approx(30, abs=0.5)


@pytest.mark.parametrize("how", [{"zoom": 0.5}, {"rotate": 180.0}, {"zoom": 0.5, "rotate": 90.0}])
def test_the_middle_of_a_picture_stays_where_it_is(how: dict[str, float]) -> None:
    found, v, u = columns(**how), (SHAPE[0] - 1) / 2, (SHAPE[1] - 1) / 2
    assert_allclose(found["y"] + found["y_down"] * v + found["y_right"] * u, v)
    assert_allclose(found["x"] + found["x_down"] * v + found["x_right"] * u, u)


def test_a_turned_picture_is_moved_and_then_mirrored() -> None:
    """The middle of the turned one comes to lie so far from where it was."""
    found = columns(flip=True, shift=3, rotate=90.0, zoom=0.3)
    moves = columns(flip=True, shift=3)
    middle_v, middle_u = (SHAPE[0] - 1) / 2, (SHAPE[1] - 1) / 2
    v, u = middle_v - moves["y"], (middle_u - moves["x"]) * moves["x_right"]
    assert_allclose(found["y"] + found["y_down"] * v + found["y_right"] * u, middle_v)
    assert_allclose(found["x"] + found["x_down"] * v + found["x_right"] * u, middle_u)


@pytest.mark.parametrize("name", FACTORS)
def test_a_factor_is_about_1_within_its_limit(name: str) -> None:
    found = columns(**{name: 0.4})
    assert found[name].min() == pytest.approx(0.6, abs=0.01)
    assert found[name].max() == pytest.approx(1.4, abs=0.01)
    assert all((found[other] == 1).all() for other in FACTORS if other != name)


@pytest.mark.parametrize(("share", "side"), [(0.25, 3), (1.0, 12)])
def test_a_square_lies_anywhere_and_partly_beside(share: float, side: int) -> None:
    found = columns(cutout=share)
    for first, last, size in (("top", "bottom", SHAPE[0]), ("left", "right", SHAPE[1])):
        lengths = found[last] - found[first]
        assert found[first].min() == 0
        assert found[last].max() == size
        assert lengths.max() == side
        assert side // 2 <= lengths.min() < side


@pytest.mark.parametrize("name", EVERYTHING)
def test_switching_one_on_changes_no_other(name: str) -> None:
    rest = {key: value for key, value in EVERYTHING.items() if key != name}
    alone, without, whole = (
        columns(**{name: EVERYTHING[name]}),
        columns(**rest),
        columns(**EVERYTHING),
    )
    unasked = columns()
    mine = [key for key in CHANGES[6:] if (alone[key] != unasked[key]).any()]
    assert all((whole[key] == alone[key]).all() for key in mine)
    assert all((whole[key] == without[key]).all() for key in CHANGES[6:] if key not in mine)


def test_a_key_changes_pictures_alike_and_another_otherwise() -> None:
    first, again, other, seed = (
        drawn(SHAPE, COUNT, seed, epoch, **EVERYTHING)
        for seed, epoch in ((1, 5), (1, 5), (1, 6), (2, 5))
    )
    assert (first == again).all()
    assert (first[:, :6] != other[:, :6]).any(axis=1).all()
    assert (first[:, :6] != seed[:, :6]).any(axis=1).all()
