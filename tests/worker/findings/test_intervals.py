from math import sqrt

import pytest

from worker.findings.intervals import Z95, auc_interval, widest_half_width, wilson_interval


def test_40_right_of_50_mean_67_to_89_percent() -> None:
    low, high = wilson_interval(40, 50)
    assert (round(low, 4), round(high, 4)) == (0.6696, 0.8876)


@pytest.mark.parametrize(("right", "rows"), [(0, 1), (1, 1), (0, 50), (50, 50)])
def test_the_interval_stays_within_0_and_1_and_holds_the_share(right: int, rows: int) -> None:
    low, high = wilson_interval(right, rows)
    assert 0 <= low <= right / rows <= high <= 1


@pytest.mark.parametrize("rows", [1, 50, 10_000])
def test_the_widest_half_width_solves_wilsons_equation(rows: int) -> None:
    # The ends p of the interval around 1/2 satisfy |1/2 - p| = z sqrt(p (1 - p) / n).
    p = 0.5 - widest_half_width(rows)
    assert 0.5 - p == pytest.approx(Z95 * sqrt(p * (1 - p) / rows))


@pytest.mark.parametrize("rows", [2, 100, 10_000])
def test_no_interval_of_wilsons_is_wider(rows: int) -> None:
    low, high = wilson_interval(rows // 2, rows)
    assert widest_half_width(rows) == pytest.approx((high - low) / 2)


def test_of_no_rows_nothing_is_known() -> None:
    assert widest_half_width(0) == 0.5


def test_the_interval_of_an_auc_holds_it_and_is_narrower_with_more_rows() -> None:
    low, high = auc_interval(0.8, (10, 10))
    closer_low, closer_high = auc_interval(0.8, (100, 100))
    assert 0 < low < closer_low < 0.8 < closer_high < high < 1
