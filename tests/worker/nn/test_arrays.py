from typing import Any

import numpy as np

from worker.nn.arrays import Array, Purpose, assign, generator, on_host, seen


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


class OnDevice:
    """An array that lives elsewhere, as far as it is asked."""

    def __init__(self, numbers: Array) -> None:
        self.numbers, self.dtype = numbers, numbers.dtype

    def get(self) -> Array:
        return self.numbers.copy()

    def set(self, numbers: Array) -> None:
        assert numbers.flags.c_contiguous
        assert numbers.dtype == self.dtype
        self.numbers[...] = numbers


def test_numbers_come_from_a_device_and_go_there() -> None:
    there: Any = OnDevice(np.zeros((2, 3), "float32"))
    assign(there, np.arange(6.0).reshape(3, 2).T)
    assert on_host(there).tolist() == [[0, 2, 4], [1, 3, 5]]


def test_what_is_looked_at_is_copied_only_from_elsewhere() -> None:
    here: Array = np.arange(3.0)
    there: Any = OnDevice(here)
    assert seen(here) is here
    assert (seen(there) == here).all()
