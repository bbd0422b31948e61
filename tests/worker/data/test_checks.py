from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from worker.data.checks import examine
from worker.data.reading import Reading
from worker.data.written_arrays import WrittenArrays
from worker.findings.finding import Finding


def rows_of_noise(rows: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (rows, 2, 2, 3), dtype=np.uint8)


@pytest.fixture
def train_x() -> np.ndarray:
    return rows_of_noise(200, seed=1)


@pytest.fixture
def test_x() -> np.ndarray:
    return rows_of_noise(100, seed=2)


def written(
    folder: Path, train: np.ndarray, test: np.ndarray, counts: tuple[int, ...] = (100, 100)
) -> WrittenArrays:
    np.save(folder / "train_x.npy", train)
    np.save(folder / "test_x.npy", test)
    tested = (len(test) // 2, len(test) - len(test) // 2, *[0] * (len(counts) - 2))
    per_class = {"train": counts, "test": tested}
    for split, own in per_class.items():
        np.save(folder / f"{split}_y.npy", np.repeat(np.arange(len(own)), own))
    return WrittenArrays(folder, [f"class {label}" for label in range(len(counts))], per_class)


def examined(
    folder: Path, train: np.ndarray, test: np.ndarray, counts: tuple[int, ...] = (100, 100)
) -> list[Finding]:
    return examine(Reading(rows=300), written(folder, train, test, counts))


def test_a_good_dataset_has_no_findings(
    tmp_path: Path, train_x: np.ndarray, test_x: np.ndarray
) -> None:
    assert examined(tmp_path, train_x, test_x) == []


@pytest.mark.parametrize(
    ("counts", "rare"),
    [
        ((20, 180), None),
        ((181, 19), "class 1"),
        ((20,) * 10, None),
        ((49,) * 4 + (4,), "class 4"),
    ],
)
def test_a_rare_class_is_a_warning(
    tmp_path: Path,
    train_x: np.ndarray,
    test_x: np.ndarray,
    counts: tuple[int, ...],
    rare: str | None,
) -> None:
    found = examined(tmp_path, train_x, test_x, counts)
    assert [finding.severity for finding in found] == ["warning"] * (rare is not None)
    assert all(f"Class {rare!r} has" in finding.message for finding in found)


def test_a_class_of_which_nothing_is_learned_is_severe_and_named(
    tmp_path: Path, train_x: np.ndarray, test_x: np.ndarray
) -> None:
    counts = (100, 0, 100, 0)
    made = written(tmp_path, train_x, test_x, counts)
    arrays = replace(made, classes=["cat", "cats", "dog", "zebra"])
    (finding,) = examine(Reading(rows=300), arrays)
    assert (finding.code, finding.severity) == ("class_without_training_rows", "severe")
    assert "'cats' (is it 'cat'?), 'zebra'" in finding.message
    assert finding.evidence == {"classes": ["cats", "zebra"]}


def test_few_test_rows_are_told_with_what_they_can_measure(
    tmp_path: Path, train_x: np.ndarray, test_x: np.ndarray
) -> None:
    (finding,) = examined(tmp_path, train_x, test_x[:50])
    assert finding.code == "few_test_rows"
    assert finding.message.startswith("50 test rows measure an accuracy only to within 13 ")


def test_pictures_in_both_splits_are_counted(
    tmp_path: Path, train_x: np.ndarray, test_x: np.ndarray
) -> None:
    test_x[3:6] = train_x[7]
    (finding,) = examined(tmp_path, train_x, test_x)
    assert (finding.code, finding.severity) == ("duplicates_across_splits", "warning")
    assert finding.message.startswith("Of 100 test pictures, 3 can be found")


def test_constant_features_are_counted(
    tmp_path: Path, train_x: np.ndarray, test_x: np.ndarray
) -> None:
    train_x[:, 0, 0] = 7
    (finding,) = examined(tmp_path, train_x, test_x)
    assert finding.message.startswith("3 of 12 features")


def test_what_was_noticed_while_reading_comes_first(
    tmp_path: Path, train_x: np.ndarray, test_x: np.ndarray
) -> None:
    arrays = written(tmp_path, train_x, test_x[:50])
    reading = Reading(rows=250, held_out=50, files=251, outside=["README"], cut_short=["a.jpg"])
    codes = [finding.code for finding in examine(reading, arrays)]
    assert codes == [
        "files_outside_classes",
        "test_held_out",
        "cut_short_pictures",
        "few_test_rows",
    ]


def test_held_out_rows_are_counted(tmp_path: Path, train_x: np.ndarray, test_x: np.ndarray) -> None:
    arrays = written(tmp_path, train_x, test_x)
    (finding,) = examine(Reading(rows=300, held_out=100), arrays)
    assert "100 of 300 rows" in finding.message
