"""Which pictures are on a sheet."""

import numpy as np
import pytest

from worker.data.sheet.choice import MOST, chosen, rows_of_each

LABELS = np.arange(100) % 2  # even rows are of class 0


@pytest.mark.parametrize(
    ("classes", "rows"), [(1, 48), (2, 12), (10, 12), (11, 6), (37, 3), (60, 2), (61, 1), (1000, 1)]
)
def test_the_more_classes_the_fewer_of_each(classes: int, rows: int) -> None:
    assert rows_of_each(classes) == rows
    assert min(classes, MOST) * rows <= MOST


def test_rows_are_spread_over_the_class() -> None:
    assert chosen(LABELS, 0, 5, {}) == [0, 20, 40, 60, 80]
    assert chosen(LABELS, 1, 2, {}) == [1, 51]


def test_of_few_rows_all_are_shown() -> None:
    assert chosen(LABELS, 1, 50, {3}) == [*range(1, 100, 2)]
    assert chosen(LABELS, 7, 5, {}) == []


def test_up_to_half_are_rows_that_findings_name() -> None:
    assert chosen(LABELS, 0, 4, {7, 90}) == [0, 32, 64, 90]
    assert len({*chosen(LABELS, 0, 4, {*range(60, 80)})} & {*range(60, 80)}) >= 2
    assert {60, 62} <= {*chosen(LABELS, 0, 4, {*range(60, 80)})}
    assert chosen(LABELS, 0, 1, {90}) == [0]


def test_no_row_is_shown_twice() -> None:
    for rows in range(1, 50):
        found = chosen(LABELS, 0, rows, {0, 2, 50, 98})
        assert len({*found}) == len(found) == rows
