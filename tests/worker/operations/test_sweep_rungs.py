"""How many candidates go on, and how far."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.errors import InvalidParameter
from worker.operations.sweep_rungs import cuts, rungs


def test_the_best_third_goes_on_three_times_as_far() -> None:
    assert rungs(27, 3, 1, 27) == [(1, 27), (3, 9), (9, 3), (27, 1)]


def test_whoever_is_left_alone_goes_to_the_end() -> None:
    assert rungs(9, 3, 1, 100) == [(1, 9), (3, 3), (100, 1)]
    assert rungs(1, 3, 5, 100) == [(100, 1)]


def test_where_time_is_over_first_several_go_to_the_end() -> None:
    assert rungs(81, 3, 10, 20) == [(10, 81), (20, 27)]
    assert rungs(4, 2, 20, 20) == [(20, 4)]


@given(st.integers(1, 1000), st.integers(2, 10))
def test_so_many_cuts_leave_one(n: int, reduction: int) -> None:
    times = cuts(n, reduction)
    found = rungs(n, reduction, 1, reduction**times)
    assert [rung.epochs for rung in found] == [reduction**at for at in range(times + 1)]
    assert found[-1].candidates == 1


@given(st.integers(1, 1000), st.integers(2, 10), st.integers(1, 50), st.integers(0, 1000))
def test_each_rung_is_longer_and_has_fewer(n: int, reduction: int, first: int, more: int) -> None:
    found = rungs(n, reduction, first, first + more)
    assert (found[0].candidates, found[-1].epochs) == (n, first + more)
    for rung, after in pairwise(found):
        assert rung.epochs < after.epochs
        assert after.candidates == max(1, rung.candidates // reduction)


@pytest.mark.parametrize("asked", [(9, 1, 1, 9), (0, 2, 1, 9), (9, 2, 0, 9), (9, 2, 10, 9)])
def test_what_makes_no_sense_is_refused(asked: tuple[int, int, int, int]) -> None:
    with pytest.raises(InvalidParameter):
        rungs(*asked)
