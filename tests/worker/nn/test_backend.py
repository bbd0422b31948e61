import numpy as np
import pytest

from worker.nn.backend import LINE_BYTES, Array, Purpose, aligned, generator


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


def at_byte(offset: int) -> Array:
    """A matrix, stored by columns, that many bytes behind the beginning of a line."""
    space = np.zeros(2 * LINE_BYTES + 6 * 8, np.uint8)
    start = -space.ctypes.data % LINE_BYTES + offset
    X = np.ndarray((2, 3), "float64", space, start, order="F")
    X[...] = np.arange(6).reshape(2, 3)
    return X


def test_an_array_at_the_beginning_of_a_line_stays_what_it_is() -> None:
    X = at_byte(0)
    assert aligned(X) is X


@pytest.mark.parametrize("offset", [8, 16, 56])
def test_any_other_is_copied_to_one_in_the_same_order(offset: int) -> None:
    X = at_byte(offset)
    copy = aligned(X)
    assert copy.ctypes.data % LINE_BYTES == 0
    assert (copy == X).all()
    assert copy.strides == X.strides
