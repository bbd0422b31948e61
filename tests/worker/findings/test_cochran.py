"""Cochran's Q, Holm's correction, and the distribution that the first needs."""

from collections.abc import Sequence
from itertools import product
from math import erfc, exp, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.findings.cochran import chi_squared_tail, cochran, holm


@pytest.mark.parametrize(
    ("x", "degrees"),
    # The 95 % points of printed tables.
    [(3.8415, 1), (5.9915, 2), (7.8147, 3), (9.4877, 4), (16.9190, 9), (30.1435, 19)],
)
def test_the_tail_is_that_of_printed_tables(x: float, degrees: int) -> None:
    assert chi_squared_tail(x, degrees) == pytest.approx(0.05, abs=1e-5)
    assert chi_squared_tail(0.0, degrees) == 1
    assert chi_squared_tail(1e6, degrees) == 0


def test_of_one_and_two_degrees_it_is_a_formula() -> None:
    assert chi_squared_tail(2.5, 1) == pytest.approx(erfc(sqrt(1.25)))
    assert chi_squared_tail(2.5, 2) == pytest.approx(exp(-1.25))


def asked(rows: Sequence[tuple[bool, ...]]) -> float:
    right = [sum(column) for column in zip(*rows, strict=True)]
    return cochran(right, sum(sum(row) ** 2 for row in rows))


def test_three_models_as_by_hand() -> None:
    # Q is 2 · (3 · (9 + 16 + 1) − 8²) / (3 · 8 − 14) = 2.8 with two degrees of freedom.
    rows = [(True, True, False)] * 3 + [(False, True, False), (False, False, True)]
    assert asked(rows) == cochran([3, 4, 1], 14) == pytest.approx(exp(-1.4))


def test_models_that_answer_every_row_alike_do_not_differ() -> None:
    assert asked([(True, True, True), (False, False, False)]) == 1


def test_of_two_it_is_mcnemars_test_as_it_is_approximated() -> None:
    rows = [(True, False)] * 9 + [(False, True)] * 4 + [(True, True)] * 30
    assert asked(rows) == pytest.approx(chi_squared_tail((9 - 4) ** 2 / 13, 1))


def test_equal_models_are_told_apart_as_often_as_it_says() -> None:
    # Of all ways in which three equal coins fall five times, exactly counted.
    outcomes = [*product((False, True), repeat=3)]
    found = [asked(list(rows)) for rows in product(outcomes, repeat=5)]
    assert sum(p < 0.05 for p in found) / len(found) < 0.05


def test_of_several_tests_each_is_held_to_more() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([0.2]) == [0.2]


@given(st.lists(st.floats(0, 1), max_size=20))
def test_a_corrected_p_is_never_less_and_keeps_the_order(chances: list[float]) -> None:
    corrected = holm(chances)
    assert all(p <= more <= 1 for p, more in zip(chances, corrected, strict=True))
    ordered = [more for _, more in sorted(zip(chances, corrected, strict=True))]
    assert ordered == sorted(ordered)
