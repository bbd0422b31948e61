from math import comb

import pytest

from worker.findings.binomial import at_most, fewest_rows, smallest_share, upper_bound


@pytest.mark.parametrize("rows", [1, 7, 30])
@pytest.mark.parametrize("share", [0.01, 0.3, 0.95])
def test_a_tail_is_the_sum_of_all_ways(rows: int, share: float) -> None:
    for wrong in range(rows + 1):
        ways = (comb(rows, n) * share**n * (1 - share) ** (rows - n) for n in range(wrong + 1))
        assert at_most(wrong, rows, share) == pytest.approx(sum(ways), rel=1e-9)


def test_tails_of_many_rows_are_not_lost() -> None:
    assert at_most(500_000, 1_000_000, 0.5) == pytest.approx(0.5, abs=1e-3)
    assert at_most(900, 1_000, 0.01) == pytest.approx(1)
    assert at_most(3, 1_000_000, 0.5) == 0


def test_of_no_wrong_rows_the_bound_is_a_root() -> None:
    # (1 − p)^n = doubt
    assert upper_bound(0, 59, 0.05) == pytest.approx(1 - 0.05 ** (1 / 59), rel=1e-12)
    assert upper_bound(7, 7, 0.05) == 1


@pytest.mark.parametrize(("wrong", "rows"), [(1, 93), (6, 300), (20_000, 200_000)])
def test_at_the_bound_so_few_wrong_rows_are_as_rare_as_the_doubt(wrong: int, rows: int) -> None:
    bound = upper_bound(wrong, rows, 0.05)
    assert at_most(wrong, rows, bound) == pytest.approx(0.05, rel=1e-6)
    assert bound > wrong / rows


@pytest.mark.parametrize(("share", "rows"), [(0.05, 59), (0.01, 299), (0.5, 5)])
def test_fewest_rows_are_enough_and_one_less_is_not(share: float, rows: int) -> None:
    assert fewest_rows(share, 0.05) == rows
    assert at_most(0, rows, share) <= 0.05 < at_most(0, rows - 1, share)
    assert smallest_share(rows, 0.05) <= share < smallest_share(rows - 1, 0.05)
    assert smallest_share(0, 0.05) == 1
