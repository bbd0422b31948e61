"""How far an accuracy over folds may be from its true value."""

import numpy as np
import pytest

from benchmarks.learning.fold_intervals import Case, discriminant, intervals
from worker.findings.fold_interval import fold_interval
from worker.findings.intervals import interval_of_share, wilson_interval

ROWS, RIGHT = 100, 0.8
PLAIN = RIGHT * (1 - RIGHT) / ROWS  # the variance, if rows were all that is left to chance


def width(*interval: float) -> float:
    return interval[1] - interval[0]


def test_it_is_wider_than_that_of_as_many_rows() -> None:
    found = fold_interval(RIGHT, ROWS, PLAIN, [0.8, 0.8, 0.8, 0.8, 0.8], 5)
    assert found == pytest.approx(interval_of_share(RIGHT, 80))
    assert width(*found) > width(*wilson_interval(80, 100))


def test_folds_that_are_further_apart_than_chance_widen_it() -> None:
    apart = [0.6, 1.0, 0.6, 1.0, 0.8]
    variance = 0.04  # of these
    found = fold_interval(RIGHT, ROWS, PLAIN, apart, 5)
    known = RIGHT * (1 - RIGHT) / ((1 / 5 + 1 / 4) * variance)
    assert found == pytest.approx(interval_of_share(RIGHT, known))


def test_repeats_make_it_narrower_but_not_to_nothing() -> None:
    apart = [0.7, 0.9, 0.8, 0.75, 0.85]
    once, often = (fold_interval(RIGHT, ROWS, PLAIN, apart * n, 5) for n in (1, 1_000))
    assert width(*once) > width(*often) > width(*wilson_interval(80, 100))


def test_it_never_knows_more_than_the_rows_say() -> None:
    assert fold_interval(RIGHT, ROWS, PLAIN / 50, [0.8] * 5, 5) == wilson_interval(80, 100)


@pytest.mark.parametrize("accuracy", [0.0, 1.0])
def test_where_all_is_right_or_wrong_rows_count_for_less_than_one(accuracy: float) -> None:
    assert fold_interval(accuracy, ROWS, 0.0, [accuracy] * 5, 5) == interval_of_share(accuracy, 80)


def test_on_drawn_data_it_covers_the_truth_where_plain_ones_do_not() -> None:
    case, rng = Case(discriminant, 5, 0.5, 40, 5, 4), np.random.default_rng(1)
    covered = np.zeros(3)
    for _ in range(100):
        found = intervals(case, rng)
        covered += [low <= truth <= high for (low, high), truth, _ in found]
    answers_as_rows, _, ours = covered
    assert answers_as_rows < 80
    assert ours >= 92
