"""Cells that are kept, and those that are too many for that."""

from collections.abc import Collection, Sequence

import pyarrow as pa
import pytest

from worker.data.tables.kept import Kept
from worker.data.tables.source import Batches, NoNumbers

ROWS = 8 * 3 * 2  # bytes of the cells of all batches below


class File:
    """Three columns in two batches of a row each; column 2 is no number."""

    def __init__(self) -> None:
        self.readings = 0

    def read(self, columns: Sequence[int], numbers: Collection[int]) -> Batches:
        self.readings += 1
        for row in range(2):
            if row and 2 in numbers:
                raise NoNumbers(["c"])
            yield [pa.array([10.0 * row + column]) for column in columns]


@pytest.fixture
def file() -> File:
    return File()


def cells(batches: Batches) -> list[list[float]]:
    return [[column[0].as_py() for column in batch] for batch in batches]


def test_a_file_is_read_once(file: File) -> None:
    kept = Kept(file.read, ROWS)
    assert cells(kept.read([0, 1, 2], [])) == [[0, 1, 2], [10, 11, 12]]
    assert cells(kept.read([2, 0], [])) == [[2, 0], [12, 10]]
    assert file.readings == 1


def test_what_is_too_large_is_read_again(file: File) -> None:
    kept = Kept(file.read, ROWS - 1)
    for _ in range(2):
        assert cells(kept.read([0, 1, 2], [])) == [[0, 1, 2], [10, 11, 12]]
    assert file.readings == 2


def test_other_columns_and_other_forms_are_read_anew(file: File) -> None:
    kept = Kept(file.read, ROWS)
    for columns, numbers in (([0], []), ([0, 1], []), ([0, 1], [0])):
        [*kept.read(columns, numbers)]
    assert file.readings == 3


def test_of_a_reading_that_ended_early_nothing_is_kept(file: File) -> None:
    kept = Kept(file.read, ROWS)
    with pytest.raises(NoNumbers):
        [*kept.read([0, 2], [2])]
    next(kept.read([0, 2], []))
    assert cells(kept.read([0, 2], [])) == [[0, 2], [10, 12]]
    assert file.readings == 3
