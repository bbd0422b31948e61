"""Which rows a dataset is better without; `edits/test_apply.py` drops them."""

from pathlib import Path

import numpy as np
import pytest

from tests.worker.data.edits.stored import row, stored
from worker.data.checks import examine
from worker.data.cleaning import CLEANING, edit_of
from worker.data.reading import Reading
from worker.data.row_checks import OF_PICTURES
from worker.data.written_arrays import WrittenArrays


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return stored(tmp_path / "stored", {"train": 80, "test": 40}).folder


def change(folder: Path, split: str, rows: list[int], samples: np.ndarray) -> None:
    x = np.load(folder / f"{split}_x.npy")
    x[rows] = samples
    np.save(folder / f"{split}_x.npy", x)


def train_x(folder: Path) -> np.ndarray:
    x: np.ndarray = np.load(folder / "train_x.npy")
    return x


def arrays_in(folder: Path) -> WrittenArrays:
    return WrittenArrays(folder, ["cat", "dog"], {"train": [40, 40], "test": [20, 20]})


def test_only_findings_that_there_are_can_be_mended() -> None:
    assert {*CLEANING} <= {rule.code for rule in OF_PICTURES}


def test_a_finding_comes_with_the_edit_that_mends_it(folder: Path) -> None:
    change(folder, "test", [7, 9], train_x(folder)[[3, 4]])
    found = {each.code: each for each in examine(Reading(), arrays_in(folder))}
    edit = {"drop": [row("test", 7), row("test", 9)]}
    assert found["duplicates_across_splits"].edit == edit
    assert found["duplicates_across_splits"].as_dict()["edit"] == edit
    assert "edit" not in found["few_test_rows"].as_dict()


def test_of_rows_under_two_labels_none_stays_and_of_repeated_ones_the_first(
    folder: Path,
) -> None:
    change(folder, "train", [11], train_x(folder)[10])
    change(folder, "train", [22, 24], train_x(folder)[20])
    assert edit_of("two_labels", arrays_in(folder)) == {
        "drop": [row("train", 10), row("train", 11)]
    }
    repeated = [row("train", number) for number in (11, 22, 24)]
    assert edit_of("repeated_rows", arrays_in(folder)) == {"drop": repeated}


def test_test_rows_that_look_like_training_rows_are_dropped(folder: Path) -> None:
    change(folder, "test", [5], np.minimum(train_x(folder)[6], 254) + 1)
    edit = edit_of("near_duplicates_across_splits", arrays_in(folder))
    assert edit == {"drop": [row("test", 5)]}


def test_of_many_rows_the_edit_names_the_finding(folder: Path) -> None:
    change(folder, "train", [*range(22)], np.zeros(1, np.uint8))
    assert edit_of("flat_pictures", arrays_in(folder)) == {"cleaned": ["flat_pictures"]}


def test_no_edit_leaves_a_class_without_training_rows_or_a_split_without_any(
    folder: Path,
) -> None:
    change(folder, "train", [*range(0, 80, 2)], np.zeros(1, np.uint8))
    assert edit_of("flat_pictures", arrays_in(folder)) == {}
    change(folder, "test", [*range(40)], train_x(folder)[1])
    assert edit_of("duplicates_across_splits", arrays_in(folder)) == {}


def test_what_no_edit_mends_has_none(folder: Path) -> None:
    assert edit_of("class_imbalance", arrays_in(folder)) == {}
