"""The forms of labels and classes that people have."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.worker.data.arrays.reading import LABELS, X, read, taken
from tests.worker.data.making import npz_file, shown
from worker.data import rows
from worker.errors import CorruptFile, LimitExceeded, UnsupportedFile, WorkerError
from worker.settings import Settings


@pytest.mark.parametrize("dtype", ["?", "f2", "f4", ">f8", "i1", "u8"])
@pytest.mark.parametrize("shape", [(12,), (1, 12), (12, 1)])
def test_labels_are_whole_numbers_of_any_type_and_form(
    tmp_path: Path, dtype: str, shape: tuple[int, ...]
) -> None:
    found = taken(tmp_path, y=LABELS.astype(dtype).reshape(shape))
    assert found.y["train"] == LABELS.tolist()
    assert found.said == {}


@pytest.mark.parametrize("dtype", ["?", "f4", "i8"])
def test_one_hot_labels_are_the_places_of_their_ones(
    tmp_path: Path, dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "BLOCK_BYTES", 64)
    labels = np.arange(12) % 3
    ones = np.eye(3, dtype=dtype)[labels]
    by_rows = read(npz_file(tmp_path / "a.npz", x=X, y=ones))
    by_columns = read(npz_file(tmp_path / "b.npz", x=X, y=ones.T))
    assert sorted(by_rows.y["train"] + by_rows.y["test"]) == sorted(labels.tolist())
    assert (by_rows.classes, by_rows.y) == (["0", "1", "2"], by_columns.y)
    assert "y in a.npz: the place of the 1 in (12, 3) became the label" in str(by_rows.said)


def wrong_ones(value: float, at: tuple[int, int] = (1, 0)) -> Any:
    ones = np.eye(2)[LABELS]
    ones[at] = value
    return ones


@pytest.mark.parametrize(
    ("y", "words"),
    [
        (LABELS + 0.5, "whole numbers as labels .* got 0.5"),
        (np.where(LABELS, np.nan, 0), "labels of at most .* got nan;"),
        (LABELS - 3e9, "labels of at most .* got -3000000000;"),
        (wrong_ones(1), "one label for each picture"),
        (wrong_ones(0.5), "one label for each picture"),
        (wrong_ones(0, (0, 0)), "one label for each picture"),
        (wrong_ones(1).T, "one label for each picture"),
        (wrong_ones(0.5).T, "one label for each picture"),
        (wrong_ones(0, (0, 0)).T, "one label for each picture"),
        (np.zeros((3, 5)), r"12 labels .* got the shape \(3, 5\)"),
        (np.zeros((12, 2, 2)), r"12 labels .* got the shape \(12, 2, 2\)"),
    ],
)
def test_other_labels_are_refused(tmp_path: Path, y: Any, words: str) -> None:
    with pytest.raises(CorruptFile, match=words):
        read(npz_file(tmp_path / "a.npz", x=X, y=y))


@pytest.mark.parametrize("ones", [np.eye(12), np.eye(12)[:, :5].T])
def test_one_hot_labels_of_too_many_classes_are_refused(tmp_path: Path, ones: Any) -> None:
    with pytest.raises(LimitExceeded, match="at most 4 classes in y"):
        read(npz_file(tmp_path / "a.npz", x=X, y=ones), settings=Settings(max_classes=4))


@pytest.mark.parametrize(
    ("names", "classes"),
    [
        (["non-cat", "köttchen"], ["non-cat", "köttchen"]),
        (np.array([b"non-cat", b"cat"]), ["non-cat", "cat"]),
        (np.arange(2), ["0", "1"]),
        (np.array([7.0, 9.0]), ["7", "9"]),
        (np.array([True, False]), ["1", "0"]),
    ],
    ids=shown,
)
def test_classes_are_texts_or_numbers(tmp_path: Path, names: Any, classes: list[str]) -> None:
    assert taken(tmp_path, list_classes=names).classes == classes


def test_classes_of_an_npz_may_be_unicode(tmp_path: Path) -> None:
    path = npz_file(tmp_path / "a.npz", x=X, y=LABELS, class_names=np.array(["Hund", "Kätzchen"]))
    assert read(path).classes == ["Hund", "Kätzchen"]


def test_labels_from_1_are_made_to_begin_with_0(tmp_path: Path) -> None:
    numbered = taken(tmp_path, y=LABELS + 1)
    assert (numbered.classes, numbered.y["train"]) == (["1", "2"], LABELS.tolist())
    assert "the labels 1, 2 were numbered from 0" in numbered.said["arrays_changed"]
    named = taken(tmp_path, y=LABELS + 1, list_classes=np.array([b"dog", b"cat"]))
    assert (named.classes, named.y["train"]) == (["dog", "cat"], LABELS.tolist())
    assert "which is 'dog'" in named.said["arrays_changed"]


@pytest.mark.parametrize("pair", [(-1, 1), (3, 7)])
def test_labels_with_gaps_name_the_classes_that_there_are(
    tmp_path: Path, pair: tuple[int, int]
) -> None:
    found = taken(tmp_path, y=np.where(LABELS, *reversed(pair)))
    assert (found.classes, found.y["train"]) == ([*map(str, pair)], LABELS.tolist())
    assert f"the labels {pair[0]}, {pair[1]} were numbered" in found.said["arrays_changed"]


def test_labels_may_be_the_numbers_that_the_classes_are(tmp_path: Path) -> None:
    found = taken(tmp_path, y=10 * LABELS + 3, list_classes=np.array([13, 3]))
    assert (found.classes, found.y["train"]) == (["13", "3"], (1 - LABELS).tolist())
    assert "labels are the numbers 13, 3" in found.said["arrays_changed"]


TEXTS = ["dog" if label else "köter" for label in LABELS.tolist()]


@pytest.mark.parametrize("shape", [(12,), (1, 12), (12, 1)])
def test_labels_may_be_names(tmp_path: Path, shape: tuple[int, ...]) -> None:
    in_utf8 = np.array([text.encode() for text in TEXTS]).reshape(shape)
    for y in (np.array(TEXTS, dtype=object).reshape(shape), in_utf8):
        found = taken(tmp_path, y=y)
        assert (found.classes, found.y["train"]) == (["dog", "köter"], (1 - LABELS).tolist())
        assert "texts, were numbered" in found.said["arrays_changed"]


def test_labels_that_are_names_follow_a_list_of_them(tmp_path: Path) -> None:
    y = np.array(TEXTS)
    found = read(npz_file(tmp_path / "a.npz", x=X, y=y, classes=np.array(["köter", "cat", "dog"])))
    assert found.classes == ["köter", "cat", "dog"]
    assert {*found.y["train"]} == {0, 2}
    with pytest.raises(CorruptFile, match=r"each label in y in a\.npz, got 'dog'; name every"):
        read(npz_file(tmp_path / "a.npz", x=X, y=y, classes=np.array(["köter", "cat"])))


@pytest.mark.parametrize(
    ("y", "error", "words"),
    [
        (np.array(TEXTS)[:6], CorruptFile, r"12 labels in y in a\.npz, got the shape \(6,\)"),
        (np.array([TEXTS] * 12), CorruptFile, r"got the shape \(12, 12\)"),
        (np.array([f"class {n}" for n in range(12)]), LimitExceeded, "at most 4 classes in y in a"),
        (np.array(["cat"] * 12), CorruptFile, "at least 2 classes"),
        (np.array([b"\xff", b"cat"] * 6), CorruptFile, "UTF-8 in y in a.npz"),
    ],
    ids=range(5),
)
def test_other_texts_are_refused(
    tmp_path: Path, y: Any, error: type[WorkerError], words: str
) -> None:
    with pytest.raises(error, match=words):
        read(npz_file(tmp_path / "a.npz", x=X, y=y), settings=Settings(max_classes=4))


def test_texts_and_numbers_are_not_mixed(tmp_path: Path) -> None:
    path = npz_file(tmp_path / "a.npz", x=X, y=np.array(TEXTS), x_test=X, y_test=LABELS)
    with pytest.raises(CorruptFile, match=r"of one type in all splits, got texts in y in a\.npz"):
        read(path)


@pytest.mark.parametrize(
    ("names", "error", "words"),
    [
        (np.array([0.5, 1.0]), CorruptFile, "whole numbers in list_classes in a.h5, got fractions"),
        (np.array([np.nan, 1.0]), CorruptFile, "got fractions"),
        (np.array([3, 3]), CorruptFile, "comes twice"),
        (["cat", "x" * 257], UnsupportedFile, "up to 256 bytes .* got one of 257"),
        (np.array([1j, 2]), UnsupportedFile, "got complex128"),
    ],
    ids=shown,
)
def test_other_classes_are_refused(
    tmp_path: Path, names: Any, error: type[WorkerError], words: str
) -> None:
    with pytest.raises(error, match=words):
        taken(tmp_path, list_classes=names)
