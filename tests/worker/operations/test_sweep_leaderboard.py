"""The leaderboard of a sweep."""

from typing import Any

import numpy as np
import pytest

from worker.data.row_answers import RowAnswers
from worker.findings.best_of_many import ahead_by_chance
from worker.operations.sweep_leaderboard import Answered, Place, Tried, leaderboard


def tried(index: int, cost: float | None, right: int | None = None, **more: Any) -> Tried:
    state = more.pop("state", "succeeded")
    changes = more.pop("changes", {"epochs": index})
    return Tried(index, changes, f"job_{index}", state, cost, right, 250, 10, 2.0, **more)


def verdicts(places: list[Place]) -> list[tuple[int, str | None]]:
    return [(each.tried.index, each.verdict) for each in places]


def test_the_lowest_cost_is_the_best_and_a_few_rows_more_are_a_tie() -> None:
    found = leaderboard([tried(0, 0.4, 215), tried(1, 0.2, 230), tried(2, 0.3, 235)])
    assert verdicts(found) == [(1, "best"), (2, "tied"), (0, "tied")]
    assert [each.rank for each in found] == [1, 2, 3]
    assert found[0].accuracy == 0.92
    # Wilson's interval for 230 of 250, by hand.
    assert found[0].interval == pytest.approx((0.87974, 0.94759), abs=1e-4)
    assert found[0].gap is None


def test_by_counts_alone_a_large_difference_is_one() -> None:
    found = leaderboard([tried(0, 0.2, 230), tried(1, 0.9, 130)])
    assert verdicts(found) == [(0, "best"), (1, "worse")]
    gap = found[1].gap
    assert gap is not None
    # They disagree on 140 rows at most: 100 of them more are 8.45 deviations.
    assert 0 < gap.p < 1e-15
    assert not gap.by_rows
    low, high = gap.accuracy
    assert 0.3 < low < 0.4 < high < 0.5


def test_of_many_the_same_difference_may_be_that_of_the_luckiest() -> None:
    two = leaderboard([tried(0, 0.2, 230), tried(1, 0.5, 207)])
    many = leaderboard([tried(0, 0.2, 230), *(tried(each, 0.5, 207) for each in range(1, 30))])
    assert verdicts(two)[1] == (1, "worse")
    assert {each.verdict for each in many[1:]} == {"tied"}


def test_who_is_not_over_is_not_judged() -> None:
    found = leaderboard(
        [
            tried(0, None, state="failed", problem="diverged"),
            tried(1, 0.1, 249, state="running"),
            tried(2, 0.3, 200),
            tried(3, None, state="waiting"),
        ]
    )
    assert verdicts(found) == [(2, "best"), (1, None), (0, None), (3, None)]
    assert [each.rank for each in found] == [1, None, None, None]
    assert leaderboard([]) == []
    assert verdicts(leaderboard([tried(3, None, state="waiting")])) == [(3, None)]


def test_who_was_given_up_is_behind_those_that_went_on_whatever_it_cost() -> None:
    given_up = [tried(0, 0.1, 240, state="given_up"), tried(1, 0.4, 100, state="given_up", rung=1)]
    found = leaderboard([*given_up, tried(2, 0.3, 230, rung=2), tried(3, 0.2, 230, rung=2)])
    assert verdicts(found) == [(3, "best"), (2, "tied"), (1, "given_up"), (0, "given_up")]
    assert [each.rank for each in found] == [1, 2, 3, 4]


def test_what_is_not_known_is_no_difference() -> None:
    assert verdicts(leaderboard([tried(0, 0.2, 230), tried(1, 0.9)])) == [(0, "best"), (1, "tied")]


ROWS = np.arange(250)


def answers(given: Any, rows: Any = ROWS) -> RowAnswers:
    """Of two classes; the class of each row is 0."""
    said = np.where(given > 0.5, 0, 1)
    return RowAnswers("train", rows, np.zeros(len(rows), int), said, np.maximum(given, 1 - given),
                      given)  # fmt: skip


def answered(*known: RowAnswers) -> Answered:
    return lambda each: known[each.index] if each.index < len(known) else None


def test_by_rows_a_small_difference_is_one_that_counts_do_not_show() -> None:
    hard = np.where(ROWS < 20, 0.4, 0.9)
    rivals = [tried(0, 0.2, 230), tried(1, 0.3, 230), tried(2, 0.31, 230)]
    by_rows = leaderboard(rivals, answered(answers(hard), answers(hard * 0.99), answers(hard)))
    assert verdicts(by_rows) == [(0, "best"), (1, "worse"), (2, "tied")]
    gap = by_rows[1].gap
    assert gap is not None
    assert gap.by_rows
    assert gap.accuracy[0] < 0 < gap.accuracy[1] < 0.02
    assert [each.verdict for each in leaderboard(rivals)] == ["best", "tied", "tied"]


def test_answers_for_other_rows_are_not_compared_row_by_row() -> None:
    given = np.full(250, 0.9)
    others = answered(answers(given), answers(given * 0.6, ROWS + 1), answers(given * 0.6))
    found = leaderboard([tried(0, 0.2, 230), tried(1, 0.3, 229), tried(2, 0.3, 229)], others)
    assert [each.gap.by_rows for each in found if each.gap] == [False, True]
    assert [each.verdict for each in found] == ["best", "tied", "worse"]


def test_rows_that_cost_very_much_do_not_hide_that_fewer_are_right() -> None:
    best = np.full(250, 0.9)
    astray = np.where(ROWS < 100, 0.4, 0.99)
    astray[0] = 1e-30  # which alone costs more than all others together
    found = leaderboard(
        [tried(0, 0.1, 250), tried(1, 0.6, 150)], answered(answers(best), answers(astray))
    )
    assert [each.verdict for each in found] == ["best", "worse"]
    gap = found[1].gap
    assert gap is not None
    # 100 rows of 100: ten deviations, by either of two tests, times two that could be the best.
    assert gap.p == pytest.approx(4 * ahead_by_chance(100, 100))
