"""Which field of a sweep mattered."""

from itertools import product
from typing import Any

import pytest

from tests.worker.operations.test_sweep_leaderboard import tried
from worker.operations.sweep_effects import grouped, mattered
from worker.operations.sweep_leaderboard import Tried

RATE, UNITS = "optimizer.learning_rate", "network.hidden_units"
RATES, SHAPES = [0.001, 0.003, 0.01, 0.03, 0.1], [[5], [20], [20, 7]]


def grid(**more: Any) -> list[Tried]:
    """Costs are 10 to the power of minus the place of the rate; a little hangs on the units."""
    return [
        tried(at, 10.0**-rate * (1 + units / 100), **more,
              changes={RATE: RATES[rate], UNITS: SHAPES[units]})
        for at, (rate, units) in enumerate(product(range(5), range(3)))
    ]  # fmt: skip


def test_the_logarithm_of_the_cost_is_divided_among_fields() -> None:
    rate, units = mattered(grid())
    assert (rate.path, units.path) == (RATE, UNITS)
    # Of 15 logarithms: 3 · 10 · ln² 10, beside 5 · the squares of ln(1 + units/100) about the mean.
    assert rate.share == pytest.approx(1, abs=1e-4)
    assert units.share == pytest.approx(0.000989 / 159.06, rel=0.01)
    assert rate.shows
    assert (rate.best, rate.beyond) == ([0.1], "above")
    assert (units.best, units.beyond) == ([[5]], None)


def test_where_some_beyond_the_best_failed_nobody_is_sent_there() -> None:
    failed = [tried(15, None, changes={RATE: 1.0, UNITS: [5]}, state="failed")]
    assert mattered([*grid(), *failed])[0].beyond is None


def test_one_that_went_astray_does_not_hide_what_a_field_does() -> None:
    def swept(worst: float) -> list[Tried]:
        costs = [0.1 + 0.3 * (at % 2) + at / 1000 for at in range(16)]
        return [
            tried(at, worst if at == 2 else costs[at], changes={"batch_size": [16, 32][at % 2]})
            for at in range(16)
        ]

    ((usual,), (astray,)) = mattered(swept(0.1)), mattered(swept(1e9))
    assert usual.share > 0.95
    assert astray.share < usual.share
    assert astray.shows


def test_an_end_that_is_no_better_than_what_is_next_to_it_is_no_sign_of_more_beyond() -> None:
    def swept(last: float) -> list[Tried]:
        costs = [1.0, 0.5, 0.2, last]
        return [tried(at, costs[at % 4], changes={RATE: RATES[at % 4]}) for at in range(12)]

    assert [each.beyond for each in mattered(swept(0.19))] == [None]
    assert [each.beyond for each in mattered(swept(0.1))] == ["above"]


def test_of_fields_that_go_down_to_zero_nothing_is_below() -> None:
    def swept(lowest: float) -> list[Tried]:
        values = [lowest, 0.1, 0.2, 0.3]
        return [
            tried(at, 1 + value, changes={"network.dropout": value})
            for at, value in enumerate(values * 3)
        ]

    assert [each.beyond for each in mattered(swept(0.05))] == ["below"]
    assert [each.beyond for each in mattered(swept(0.0))] == [None]


def test_where_some_went_further_their_places_are_what_counts() -> None:
    # By costs alone those that were given up at once would be the best.
    given_up = [tried(at, 0.1, changes={"batch_size": 16}, state="given_up") for at in range(4)]
    further = [tried(at, 0.5, changes={"batch_size": "all"}, rung=1) for at in range(4, 8)]
    (effect,) = mattered([*given_up, *further])
    assert effect.best == ["all"]
    assert effect.shows


@pytest.mark.parametrize(
    ("values", "groups"),
    [
        ([0.1, 0.2, 0.1, 0.2], [0, 1, 0, 1]),
        ([1, 9, 2, 8, 3, 7], [0, 2, 0, 2, 1, 1]),
        ([1, 1, 2, 3, 4, 5, 6, 7, 8], [0, 0, 0, 1, 1, 1, 2, 2, 2]),
        (["all", 16, 64], [0, 1, 2]),
        ([True, False, True], [0, 1, 0]),
        ([[5], [20], [5]], [0, 1, 0]),
    ],
)
def test_numbers_of_which_hardly_two_are_alike_make_three_groups(
    values: list[Any], groups: list[int]
) -> None:
    assert grouped(values) == groups


def test_of_fewer_than_two_nothing_is_told() -> None:
    assert mattered([tried(0, 0.1), tried(1, None, state="failed")]) == []


def test_of_two_all_is_too_little() -> None:
    assert [each.p for each in mattered([tried(0, 0.1), tried(1, 0.2)])] == [None]
