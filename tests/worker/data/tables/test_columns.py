"""Cells become features, and what is told of a column is all that this takes."""

import json
from typing import Any

import numpy as np
import pytest

from worker.data.tables.columns import MISSING, UNKNOWN, Column, NumberColumn, TextColumn
from worker.data.tables.measures import NumberMeasures
from worker.data.tables.preprocessing import TablePreprocessing

NAN = float("nan")
NUMBER = NumberColumn("a", mean=2.0, deviation=4.0, median=1.0, missing=True)


def encoded(column: Column, cells: list[Any]) -> list[list[float]]:
    features = np.zeros((len(cells), column.features), np.float32)
    column.encode(np.array(cells, column.dtype), features)
    found: list[list[float]] = features.tolist()
    return found


@pytest.mark.parametrize(
    ("column", "cells", "features"),
    [
        (NUMBER, [6.0, NAN], [[1, 0], [-0.25, 1]]),
        (NumberColumn("a", 2.0, 4.0, 1.0, missing=False), [6.0, NAN], [[1], [-0.25]]),
        (NumberColumn("a", 2.0, 0.0, 2.0, missing=True), [6.0, NAN], [[0, 0], [0, 1]]),
        (
            TextColumn("c", ("p", "q"), missing=True),
            [1, 0, MISSING, UNKNOWN],
            [[0, 1, 0], [1, 0, 0], [0, 0, 1], [0, 0, 0]],
        ),
        (TextColumn("c", ("p",), missing=False), [0, MISSING, UNKNOWN], [[1], [0], [0]]),
        (TextColumn("c", (), missing=True), [MISSING, UNKNOWN], [[1], [0]]),
    ],
)
def test_cells_become_features(column: Column, cells: list[Any], features: list[Any]) -> None:
    assert encoded(column, cells) == features
    assert column.features == len(features[0])


def test_a_preprocessing_is_the_same_when_it_was_json() -> None:
    odd = NumberColumn("b", 0.1 + 0.2, 1e-300, 1 / 3, missing=False)
    made = TablePreprocessing("y", (NUMBER, odd, TextColumn("c", ("p", "q"), missing=True)))
    assert TablePreprocessing.from_dict(json.loads(json.dumps(made.as_dict()))) == made
    assert made.shape == (6,)
    assert made.feature_names == ["a", "a is missing", "b", "c = p", "c = q", "c is missing"]


@pytest.mark.parametrize("cut", [1, 7, 100])
@pytest.mark.parametrize("offset", [0.0, 1e12])
def test_measures_are_those_of_all_rows_together(cut: int, offset: float) -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(100, 3)) + offset
    x[rng.random((100, 3)) < 0.2] = NAN
    x[:, 2] = 0.1
    measures = NumberMeasures(3, 100)
    for at in range(0, 100, cut):
        measures.look([*x[at : at + cut].T])
    for place in range(2):
        found = measures.column(place, "a")
        assert found.mean == pytest.approx(np.nanmean(x[:, place]), rel=1e-12)
        assert found.deviation == pytest.approx(
            np.nanstd(x[:, place]), rel=1e-4 if offset else 1e-9
        )
        assert found.median == np.nanmedian(x[:, place])
        assert found.missing
    assert (measures.column(2, "b").deviation, measures.column(2, "b").missing) == (0, False)


def test_the_median_of_many_rows_is_that_of_some(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.data.tables.measures.SAMPLED", 100)
    measures, x = NumberMeasures(1, 1000), np.arange(1000.0)
    for at in range(0, 1000, 33):
        measures.look([x[at : at + 33]])
    assert measures.column(0, "a").median == np.median(x[::10])


def test_a_column_without_a_number_in_training_is_nothing_but_missing() -> None:
    measures = NumberMeasures(1, 3)
    measures.look([np.full(3, NAN)])
    found = measures.column(0, "a")
    assert encoded(found, [NAN, 3.0]) == [[0, 1], [0, 0]]


def test_what_is_kept_of_many_columns_is_few_arrays() -> None:
    measures = NumberMeasures(50, 400)
    for _ in range(100):
        measures.look([np.arange(4.0)] * 50)
    assert len(measures._samples) == 100
    assert measures.column(49, "a").median == 1.5
