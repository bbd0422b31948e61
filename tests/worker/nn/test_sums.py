import tracemalloc
from collections.abc import Iterator

import numpy as np
import pytest

from worker.nn.arrays import Array
from worker.nn.sums import WHOLE, total


def drawn(count: int) -> Array:
    """Numbers of very different sizes: every other order of adding them up ends otherwise."""
    rng = np.random.default_rng(count)
    return np.asarray(rng.normal(size=count) * 10.0 ** rng.integers(-8, 8, count))


def cut(numbers: Array, each: int) -> Iterator[Array]:
    return (numbers[at : at + each] for at in range(0, len(numbers), each))


@pytest.mark.parametrize("count", [1, 7, 130, WHOLE, WHOLE + 1, WHOLE + 9, 5 * WHOLE + 3, 999_999])
@pytest.mark.parametrize("each", [77, 1000, WHOLE, 3 * WHOLE + 5])
def test_the_sum_of_pieces_is_to_the_last_bit_that_of_the_whole(count: int, each: int) -> None:
    numbers = drawn(count)
    assert total(cut(numbers, each), count) == numbers.sum()


@pytest.mark.parametrize("shape", [(1_000_003, 1), (5_000, 37)])
def test_pieces_may_be_rows_of_a_matrix(shape: tuple[int, int]) -> None:
    X = drawn(shape[0] * shape[1]).reshape(shape)
    assert total(cut(X, 77), X.size) == X.sum()
    assert total(cut(X, 77), X.size) / len(X) == X.sum() / len(X)


def test_pieces_are_asked_for_when_they_are_wanted_and_not_kept() -> None:
    tracemalloc.start()
    found = total((np.ones(WHOLE) for _ in range(100)), 100 * WHOLE)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == 100 * WHOLE
    assert peak < 10 * WHOLE * 8


def test_a_sum_of_nothing_but_negative_zeros_is_zero_as_numpy_has_it() -> None:
    zeros = np.full(3, -0.0)
    assert str(total([zeros], 3)) == str(float(zeros.sum())) == "0.0"
