"""What the numbers of a dataset are like."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from worker.data.statistics import BINS, NUMBERS, statistics, told
from worker.jsontypes import Json


@dataclass
class Rows:
    """Rows in memory, handed out a few at a time."""

    x: NDArray[Any]
    labels: NDArray[np.int64]
    step: int = 3

    def blocks(self) -> Iterator[NDArray[Any]]:
        return (self.x[at : at + self.step] for at in range(0, len(self.x), self.step))


def pictures(rows: int, classes: int = 2, step: int = 3) -> Rows:
    random = np.random.default_rng(rows)
    x = random.integers(0, 256, (rows, 4, 5, 3), dtype=np.uint8)
    return Rows(x, random.integers(0, classes, rows), step)


def table(rows: int, columns: int = 4) -> Rows:
    random = np.random.default_rng(rows)
    x = random.normal(3, [[10.0**n for n in range(columns)]], (rows, columns))
    return Rows(x.astype(np.float32), np.arange(rows) % 2)


def expect(said: Json, x: NDArray[Any], edges: list[list[float]]) -> None:
    """That this is said of these rows, by NumPy's own functions."""
    numbers = x.reshape(-1, x.shape[-1]).astype(np.float64)
    assert_allclose(said["mean"], numbers.mean(axis=0), rtol=1e-12)
    assert_allclose(said["sigma"], numbers.std(axis=0), rtol=1e-12)
    for feature, own in enumerate(edges):
        assert said["histogram"][feature] == np.histogram(numbers[:, feature], own)[0].tolist()


@pytest.mark.parametrize("make", [pictures, table])
def test_each_split_and_class_is_what_numpy_says(make: Any) -> None:
    splits = {"train": make(50), "test": make(11)}
    found = statistics(splits, ["a", "b"], splits["train"].x.shape[1:])
    assert [*found["splits"]] == ["train", "test"]
    for name, rows in splits.items():
        said = found["splits"][name]
        assert said["rows"] == len(rows.x)
        expect(said, rows.x, found["edges"])
        for label, own in enumerate(said["per_class"].values()):
            expect(own, rows.x[rows.labels == label], found["edges"])
            assert own["rows"] == (rows.labels == label).sum()
            assert own["first"] == rows.labels.tolist().index(label)


@pytest.mark.parametrize("make", [pictures, table])
def test_how_rows_are_cut_into_blocks_changes_nothing_exact(make: Any) -> None:
    rows = make(50)
    whole = Rows(rows.x, rows.labels, 50)
    one, other = (statistics({"train": r}, ["a", "b"], r.x.shape[1:]) for r in (rows, whole))
    assert one["edges"] == other["edges"]
    assert one["splits"]["train"]["histogram"] == other["splits"]["train"]["histogram"]


def test_the_bins_of_pixels_have_eight_values_each() -> None:
    x = np.arange(256, dtype=np.uint8).repeat(3).reshape(2, 8, 16, 3)
    found = statistics({"train": Rows(x, np.array([0, 0]))}, ["a", "b"], [8, 16, 3])
    assert found["edges"] == [[float(edge) for edge in range(0, 257, 8)]] * 3
    assert found["splits"]["train"]["histogram"] == [[8] * BINS] * 3
    assert found["splits"]["train"]["mean"] == [127.5] * 3


def test_of_a_class_without_rows_nothing_is_said() -> None:
    found = statistics({"train": pictures(5, classes=1)}, ["a", "b"], [4, 5, 3])
    assert found["splits"]["train"]["per_class"]["b"] == {
        "rows": 0, "first": None, "mean": None, "sigma": None, "histogram": [[0] * BINS] * 3,
    }  # fmt: skip


def test_a_split_without_rows_has_none() -> None:
    found = statistics({"train": pictures(5), "test": pictures(0)}, ["a", "b"], [4, 5, 3])
    assert (found["splits"]["test"]["rows"], found["splits"]["test"]["mean"]) == (0, None)


def test_a_column_of_one_number_is_in_the_last_bin() -> None:
    rows = Rows(np.full((6, 1), 2.5, np.float32), np.arange(6) % 2)
    found = statistics({"train": rows}, ["a", "b"], [1])
    assert found["splits"]["train"]["histogram"] == [[0] * (BINS - 1) + [6]]
    assert (found["splits"]["train"]["mean"], found["splits"]["train"]["sigma"]) == ([2.5], [0.0])


def test_of_too_many_columns_the_first_are_told() -> None:
    columns = NUMBERS // BINS // 2 + 5
    rows = Rows(np.ones((2, columns), np.float32), np.arange(2))
    found = statistics({"train": rows}, ["a", "b"], [columns])
    assert found["features_left_out"] == 5
    assert len(found["edges"]) == len(found["splits"]["train"]["mean"]) == columns - 5


def test_pictures_always_have_their_channels() -> None:
    assert told(3, 1000 * 3) == 3
