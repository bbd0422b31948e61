"""Which of several candidates are behind the best."""

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from worker.findings.best_of_many import ahead_by_chance, behind_the_best, most_disagreement

Costs = NDArray[np.float64]  # of each candidate, for each row


def test_it_is_the_normal_tail_and_what_the_paper_says_above_that() -> None:
    # The upper tail is 0.158655 at 1 and 0.0013499 at 3; the constant is 3.178 in the paper.
    assert ahead_by_chance(3, 9) == pytest.approx(3.178 * 0.158655, rel=1e-3)
    assert ahead_by_chance(30, 100) == pytest.approx(3.178 * 0.0013499, rel=1e-3)


def test_who_is_not_ahead_is_so_by_chance() -> None:
    assert ahead_by_chance(0, 0) == ahead_by_chance(-3, 9) == ahead_by_chance(0.1, 9) == 1


@pytest.mark.parametrize("rows", [1, 2, 5, 12, 40])
def test_equal_signs_never_sum_to_so_much_more_often(rows: int) -> None:
    for more in range(rows // 2 + 1, rows + 1):  # of one sign
        exact = sum(comb(rows, each) for each in range(more, rows + 1)) / 2**rows
        assert exact <= ahead_by_chance(2 * more - rows, rows)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=30))
def test_two_disagree_on_no_more_rows_than_counts_allow(rows: list[tuple[bool, bool]]) -> None:
    right, other = sum(first for first, _ in rows), sum(second for _, second in rows)
    assert sum(first != second for first, second in rows) <= most_disagreement(
        right, other, len(rows)
    )


def test_counts_allow_as_much_as_there_can_be() -> None:
    # Of 10 rows the 3 and 2 wrong ones may all be others; of 4 and 5 right ones, all too.
    assert (most_disagreement(7, 8, 10), most_disagreement(4, 5, 10)) == (5, 9)


def test_the_best_of_four_is_picked_out_of_four() -> None:
    assert behind_the_best([0.001, 0.004, 0.003]) == pytest.approx([0.012, 0.024, 0.024])
    assert behind_the_best([0.4, 0.01]) == pytest.approx([1.0, 0.06])
    assert behind_the_best([]) == []


def worse(costs: Costs) -> list[int]:
    """Which candidates are called worse than the one with the lowest cost."""
    best = int(costs.mean(axis=1).argmin())
    others = [each for each in range(len(costs)) if each != best]
    more = [costs[each] - costs[best] for each in others]
    p = behind_the_best([ahead_by_chance(each.sum(), (each**2).sum()) for each in more])
    return [each for each, chance in zip(others, p, strict=True) if chance < 0.05]


def test_of_equal_candidates_none_is_called_worse_in_most_sweeps() -> None:
    rng, sweeps = np.random.default_rng(1), 200
    # The first costs the same for every row, others little for most rows and much for some.
    found = [
        worse(np.vstack([np.ones(100), rng.exponential(size=(9, 100))])) for _ in range(sweeps)
    ]
    assert sum(map(bool, found)) <= 0.05 * sweeps


def test_candidates_that_are_worse_are_found() -> None:
    rng = np.random.default_rng(1)
    hard = rng.exponential(size=250)  # rows that are hard for one are hard for all
    costs = np.vstack([hard * factor + rng.normal(0, 0.1, 250) for factor in (1, 1.01, 1.2, 2)])
    assert worse(costs) == [2, 3]
