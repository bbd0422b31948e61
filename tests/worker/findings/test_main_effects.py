"""Which field makes candidates differ."""

from random import Random

import pytest

from worker.findings.main_effects import Field, main_effects

Cells = list[tuple[int, int]]


def both(cells: Cells) -> list[Field]:
    return [Field(own, own) for own in map(list, zip(*cells, strict=True))]


def grid(first: int, second: int) -> Cells:
    return [(one, other) for one in range(first) for other in range(second)]


def test_shares_are_those_of_an_analysis_of_variance_by_hand() -> None:
    # 3 · one + other: the first field has 2 · (9 + 0 + 9) = 36 of 37.5, the second 6 · 1/4.
    cells = grid(3, 2)
    first, second = main_effects([3.0 * one + other for one, other in cells], both(cells))
    assert (first.share, second.share) == pytest.approx((0.96, 0.04))
    assert first.means == pytest.approx({0: -3, 1: 0, 2: 3})
    assert second.means == pytest.approx({0: -0.5, 1: 0.5})


def test_where_few_deals_differ_nothing_can_be_rare() -> None:
    # By the names of groups, 2³ / 2 deals of the second field differ, and 6² / 6 of the first.
    cells = grid(3, 2)
    assert [each.p for each in main_effects([3.0 * one for one, _ in cells], both(cells))] == [
        None,
        None,
    ]


def test_what_is_missing_in_a_grid_is_not_blamed_on_the_other_field() -> None:
    cells = [cell for cell in grid(5, 3) if cell not in ((4, 0), (4, 1), (3, 0))]
    first, second = main_effects([3.0 * one for one, _ in cells], both(cells))
    assert first.share > 0.5
    assert second.share == pytest.approx(0, abs=1e-9)
    assert first.p is not None
    assert first.p < 0.05


def test_a_chance_is_that_of_all_deals() -> None:
    # Of the 70 ways to deal eight costs to two groups of four, two are as far apart.
    (effect,) = main_effects(
        [1, 2, 3, 4, 11, 12, 13, 14], [Field([0] * 4 + [1] * 4, [0] * 4 + [1] * 4)]
    )
    assert effect.p == pytest.approx(2 / 70, abs=0.02)
    assert effect.share == pytest.approx(8 * 25 / 210)


def test_candidates_that_cost_the_same_have_no_effects() -> None:
    cells = grid(5, 3)
    assert [(each.share, each.p) for each in main_effects([0.5] * 15, both(cells))] == [(0, 1)] * 2


def test_fields_that_can_hardly_be_told_apart_come_to_an_end() -> None:
    # Each value of one joins two of the other, a chain along which effects spread slowly.
    columns = [[at // 2 for at in range(80)], [(at + 1) // 2 for at in range(80)], [0, 1] * 40]
    found = main_effects([*range(80)], [Field(own, own) for own in columns])
    assert len(found) == 3
    assert all(0 <= effect.share < 0.01 for effect in found)


def test_what_a_strong_field_does_hides_no_weak_one_and_makes_none() -> None:
    random, found = Random(1), [0, 0]
    cells = grid(5, 3)
    for seed in range(30):
        costs = [9 * one + random.gauss(0, 1) for one, _ in cells]
        for place, effect in enumerate(main_effects(costs, both(cells), seed)):
            found[place] += effect.p is not None and effect.p < 0.05
    assert found[0] == 30
    assert found[1] <= 4  # of 30 at one in twenty, more come once in sixty times
    costs = [9 * one + other + random.gauss(0, 0.1) for one, other in cells]
    assert all(each.p is not None and each.p < 0.01 for each in main_effects(costs, both(cells)))


def test_of_draws_the_fields_that_do_nothing_do_not_show() -> None:
    random, found = Random(2), [0, 0]
    for seed in range(30):
        columns = [[random.random() for _ in range(18)] for _ in range(2)]
        fields = [
            Field([*range(18)], [sorted(own).index(each) // 6 for each in own]) for own in columns
        ]
        costs = [20 * each + random.gauss(0, 1) for each in columns[0]]
        for place, effect in enumerate(main_effects(costs, fields, seed)):
            found[place] += effect.p is not None and effect.p < 0.05
    assert found[0] == 30
    assert found[1] <= 4


def test_the_same_is_found_again() -> None:
    cells, costs = grid(5, 3), [Random(3).random() for _ in range(15)]
    assert main_effects(costs, both(cells)) == main_effects(costs, both(cells))
