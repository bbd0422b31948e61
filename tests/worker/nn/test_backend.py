from typing import Literal

import numpy as np
import pytest

from worker.nn.backend import LINE_BYTES, Purpose, aligned, generator


def test_a_key_always_draws_the_same_numbers() -> None:
    first, second = (generator(7, Purpose.SHUFFLE, 3, 2).random(5) for _ in range(2))
    assert (first == second).all()


def test_every_part_of_the_key_counts() -> None:
    keys = [
        (1, Purpose.START, 0, 0),
        (2, Purpose.START, 0, 0),
        (1, Purpose.SHUFFLE, 0, 0),
        (1, Purpose.START, 1, 0),
        (1, Purpose.START, 0, 1),
    ]
    assert len({generator(*key).random() for key in keys}) == len(keys)


def test_long_draws_of_neighbouring_steps_do_not_meet() -> None:
    first = generator(1, Purpose.SHUFFLE, 0, 0).random(100_000)
    second = generator(1, Purpose.SHUFFLE, 0, 1).random(100_000)
    assert len(np.intersect1d(first, second)) == 0


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_an_array_beside_a_line_of_the_cache_is_copied_onto_one(
    order: Literal["C", "F"], dtype: str
) -> None:
    space = np.random.default_rng(0).random(50).astype(dtype)
    beside = [space[start : start + 35].reshape(7, 5, order=order) for start in (0, 1)]
    for X in beside:
        found = aligned(X)
        assert (found == X).all()
        assert found.ctypes.data % LINE_BYTES == 0
        assert found.flags.f_contiguous == (order == "F")


def test_an_array_on_a_line_of_the_cache_is_not_copied() -> None:
    X = aligned(np.ones(3))
    assert aligned(X) is X
