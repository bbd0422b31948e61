from typing import Any

import pytest

from worker.data.augment import moves
from worker.nn.arrays import Array, Generator, Purpose, generator

COUNT = 400


def rng(epoch: int = 0) -> Generator:
    return generator(1, Purpose.AUGMENT, epoch)


def drawn(epoch: int = 0, count: int = COUNT, **how: Any) -> Array:
    return moves(count, rng(epoch), **{"flip": False, "shift": 0, **how})


def test_unasked_nothing_is_moved() -> None:
    assert drawn().tolist() == [[0, 0, 0]] * COUNT


def test_a_flip_is_asked_of_about_half() -> None:
    found = drawn(flip=True)
    assert {*found[:, 0].tolist()} == {0, 1}
    # Four deviations of tosses of a coin.
    assert found[:, 0].mean() == pytest.approx(0.5, abs=4 * 0.5 / COUNT**0.5)
    assert (found[:, 1:] == 0).all()


@pytest.mark.parametrize("shift", [1, 3])
def test_a_shift_goes_every_way_and_so_far_at_most(shift: int) -> None:
    mirrored, *ways = drawn(shift=shift).T
    places = range(-shift, shift + 1)
    assert not mirrored.any()
    assert {*zip(*(way.tolist() for way in ways), strict=True)} == {
        (down, right) for down in places for right in places
    }


def test_flipping_and_shifting_do_not_change_one_another() -> None:
    flipped, shifted, both = drawn(flip=True), drawn(shift=2), drawn(flip=True, shift=2)
    assert (both == flipped + shifted).all()


def test_a_key_moves_pictures_alike_and_another_epoch_otherwise() -> None:
    first, again, other = (drawn(epoch, flip=True, shift=2) for epoch in (5, 5, 6))
    assert (first == again).all()
    assert (first != other).any()
