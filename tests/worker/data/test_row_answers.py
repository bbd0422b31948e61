import numpy as np
import pytest

from worker.data import row_answers
from worker.data.row_answers import RowAnswers, arrays_of, of_arrays


def answers(label: list[int], said: list[int], sure: list[float], given: list[float]) -> RowAnswers:
    classes = np.array(label, int), np.array(said, int)
    return RowAnswers("test", np.arange(len(label)), *classes, np.array(sure), np.array(given))


def test_answers_come_back_from_the_arrays_of_a_file() -> None:
    known = answers([0, 1], [1, 1], [0.75, 1.0], [0.25, 1.0])._replace(source="train")
    again = of_arrays(arrays_of({"validation": known, "test": known._replace(source="test")}))
    assert {split: found.source for split, found in again.items()} == {
        "validation": "train",
        "test": "test",
    }
    assert [array.tolist() for array in again["validation"][1:]] == [
        array.tolist() for array in known[1:]
    ]


def test_of_more_rows_than_a_file_has_the_first_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_answers, "MOST_ROWS", 2)
    kept = of_arrays(arrays_of({"test": answers([0] * 3, [0] * 3, [1.0] * 3, [1.0] * 3)}))
    assert kept["test"].row.tolist() == [0, 1]


def test_a_row_looks_mislabelled_where_the_answer_is_as_sure_as_usual_for_its_class() -> None:
    # Of class 1 the model gives 0.8 and 0.6 to the rows that have it: 0.7 in the mean.
    found = answers(
        [1, 1, 0, 0, 0], [1, 1, 1, 1, 0], [0.8, 0.6, 0.71, 0.69, 0.9], [0.8, 0.6, 0.29, 0.31, 0.9]
    )
    assert found.looks_mislabelled().tolist() == [False, False, True, False, False]


def test_a_class_without_rows_makes_none_look_mislabelled() -> None:
    assert not answers([0, 0], [2, 0], [0.99, 0.9], [0.01, 0.9]).looks_mislabelled().any()
    assert answers([], [], [], []).looks_mislabelled().tolist() == []


def test_an_answer_costs_the_logarithm_of_what_its_class_was_given() -> None:
    found = answers([0, 1, 1], [0, 0, 0], [0.5, 0.75, 1.0], [0.5, 0.25, 0.0])
    # No row costs more than a float32 holds: 126 ln 2.
    assert found.costs == pytest.approx(np.log(2) * np.array([1, 2, 126]))


def test_answers_are_of_the_same_rows_where_all_of_these_are() -> None:
    known = answers([0, 1], [0, 0], [1.0, 1.0], [1.0, 0.0])
    assert known.are_of_the_same_rows(answers([1, 1], [1, 1], [1.0, 1.0], [1.0, 1.0]))
    assert not known.are_of_the_same_rows(known._replace(source="train"))
    assert not known.are_of_the_same_rows(known._replace(row=known.row + 1))
    assert not known.are_of_the_same_rows(known.first(1))
