from typing import Any

import numpy as np
import pytest

from worker.data.augment import augment
from worker.nn.backend import Array, Generator, Purpose, generator

rng = np.random.default_rng(0)
PICTURES = rng.integers(0, 256, (40, 5, 6, 3), dtype=np.uint8)


def chance(step: int = 0) -> Generator:
    return generator(1, Purpose.AUGMENT, epoch=0, step=step)


def changed(pictures: Array, step: int = 0, **how: Any) -> Array:
    return augment(pictures, chance(step), **{"flip": False, "shift": 0, **how})


def moved(picture: Array, down: int, right: int) -> Array:
    """By padding with the edge and cutting out."""
    height, width = picture.shape[:2]
    far = max(abs(down), abs(right))
    wide = np.pad(picture, ((far, far), (far, far), (0, 0)), mode="edge")
    return wide[far - down : far - down + height, far - right : far - right + width]


def test_unasked_nothing_changes() -> None:
    assert (changed(PICTURES) == PICTURES).all()


def test_a_flip_is_a_mirror_of_about_half() -> None:
    found = changed(PICTURES, flip=True)
    same = (found == PICTURES).all(axis=(1, 2, 3))
    assert (found[~same] == PICTURES[~same, :, ::-1]).all()
    assert 8 <= same.sum() <= 32


@pytest.mark.parametrize("shift", [1, 3])
def test_a_shift_moves_each_picture_by_so_much_at_most_and_repeats_its_edge(shift: int) -> None:
    places = range(-shift, shift + 1)
    used = set()
    for before, after in zip(PICTURES, changed(PICTURES, shift=shift), strict=True):
        where = [
            (down, right)
            for down in places
            for right in places
            if (after == moved(before, down, right)).all()
        ]
        assert len(where) == 1
        used |= {*where}
    assert {down for down, _ in used} == {right for _, right in used} == {*places}


def test_a_shift_wider_than_the_picture_leaves_its_edge() -> None:
    found = changed(PICTURES[:, :1, :1], shift=64)
    assert (found == PICTURES[:, :1, :1]).all()


def test_flipping_does_not_change_how_pictures_move() -> None:
    # Alike from left to right, so that a mirror shows nothing and a move down does.
    striped = np.broadcast_to(PICTURES[:, :, :1], PICTURES.shape)
    assert (changed(striped, shift=2) == changed(striped, shift=2, flip=True)).all()


def test_a_key_changes_pictures_alike_and_another_step_otherwise() -> None:
    first, again, other = (changed(PICTURES, step, flip=True, shift=2) for step in (5, 5, 6))
    assert (first == again).all()
    assert (first != other).any()


def test_the_pictures_given_stay_as_they_are() -> None:
    given = PICTURES.copy()
    found = changed(given, flip=True, shift=2)
    found[...] = 0
    assert (given == PICTURES).all()
    assert found.dtype == np.uint8
