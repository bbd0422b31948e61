from fractions import Fraction
from math import comb

import pytest

from worker.findings.paired import Paired, difference_interval, mcnemar


@pytest.mark.parametrize(
    ("only_first", "only_second", "p"),
    [
        (0, 0, 1.0),
        (3, 3, 1.0),
        (0, 1, 1.0),  # 2 · 1/2
        (0, 5, 0.0625),  # 2 · 1/32
        (5, 0, 0.0625),
        (1, 5, 0.21875),  # 2 · (1 + 6)/64
        (0, 6, 0.03125),  # 2 · 1/64
        (2, 10, 0.03857421875),  # 2 · (1 + 12 + 66)/4096
        (8, 12, 0.5034446716308594),  # scipy.stats.binomtest(8, 20).pvalue
    ],
)
def test_p_is_what_is_worked_out_by_hand(only_first: int, only_second: int, p: float) -> None:
    assert mcnemar(only_first, only_second) == pytest.approx(p, rel=1e-12)


@pytest.mark.parametrize(("first", "second"), [(11, 41), (400, 460), (49, 51)])
def test_p_is_that_of_exact_fractions(first: int, second: int) -> None:
    rows = first + second
    tail = sum(comb(rows, right) for right in range(min(first, second) + 1))
    exact = float(min(Fraction(1), Fraction(2 * tail, 2**rows)))
    assert mcnemar(first, second) == pytest.approx(exact, rel=1e-9)


def test_as_many_rows_as_are_kept_are_no_trouble() -> None:
    assert mcnemar(50_000, 50_000) == 1.0
    assert mcnemar(49_000, 51_000) == pytest.approx(2.6e-10, rel=0.05)  # 6.3 deviations away
    assert mcnemar(0, 100_000) == 0.0


@pytest.mark.parametrize(
    ("only_champion", "only_candidate", "is_worse"),
    [(6, 0, True), (5, 0, False), (0, 6, False), (10, 2, True), (12, 8, False)],
)
def test_fewer_right_answers_are_worse_where_that_is_no_chance(
    only_champion: int, only_candidate: int, is_worse: bool
) -> None:
    found = Paired("ds_1", 50, 20, only_champion, only_candidate)
    assert found.is_worse == is_worse
    said = found.as_dict()
    right = 20 + only_champion, 20 + only_candidate
    assert (said["champion_right"], said["candidate_right"]) == right


def test_the_interval_of_a_difference_is_the_published_one() -> None:
    # Newcombe, 1998, of 36, 12, 2 and 0 pairs.
    assert difference_interval(36, 12, 2, 50) == pytest.approx((0.0569, 0.3404), abs=5e-5)


def test_two_that_are_always_right_together_may_still_differ_a_little() -> None:
    low, high = difference_interval(54, 0, 0, 54)
    assert low == -high
    assert 0.05 < high < 0.1
