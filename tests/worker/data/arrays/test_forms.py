"""The forms of pictures, labels and classes that people have."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from tests.worker.data.arrays.reading import Read, read
from tests.worker.data.making import alternating, npz_file, pictures, shown
from worker.data import rows
from worker.errors import CorruptFile, LimitExceeded, UnsupportedFile, WorkerError
from worker.settings import Settings

X, LABELS = pictures(12, 4), alternating(12)
GREY = X[..., 0]


def stored(folder: Path, x: Any = X, y: Any = LABELS, **others: Any) -> Path:
    path = folder / "a.h5"
    with h5py.File(path, "w") as file:
        file["train_set_x"], file["train_set_y"] = x, y
        file["test_set_x"], file["test_set_y"] = x[:4], y[..., :4] if len(y) == 1 else y[:4]
        for name, value in others.items():
            file[name] = value
    return path


def taken(folder: Path, x: Any = X, y: Any = LABELS, **others: Any) -> Read:
    return read(stored(folder, x, y, **others))


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
        (np.where(LABELS, np.nan, 0), "from 0 up"),
        (LABELS - 1.0, "from 0 up"),
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
    assert "begin with 1" in numbered.said["arrays_changed"]
    named = taken(tmp_path, y=LABELS + 1, list_classes=np.array([b"dog", b"cat"]))
    assert (named.classes, named.y["train"]) == (["dog", "cat"], LABELS.tolist())
    assert "which is 'dog'" in named.said["arrays_changed"]


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


@pytest.mark.parametrize(
    ("x", "expected", "words"),
    [
        (X, X, ""),
        (X.transpose(0, 3, 1, 2), X, "channels of (12, 3, 4, 4) were moved"),
        (GREY, np.stack([GREY] * 3, axis=-1), "grey pictures got three equal"),
        (GREY[..., None], np.stack([GREY] * 3, axis=-1), "grey pictures"),
        (GREY[:, None], np.stack([GREY] * 3, axis=-1), "channels of (12, 1, 4, 4)"),
        (X.astype("f4"), X, "float32 was stored as uint8"),
        (X.astype(">i4"), X, "int32 was stored as uint8"),
        (X / 255, X, "float64 was multiplied by 255 and stored as uint8"),
        ((X / 255).astype("f4"), X, "float32 was multiplied by 255"),
        ((X / 255).astype("f2"), X, "float16 was multiplied by 255"),
        ((X * np.float32(1 / 255)).astype("f8"), X, "float64 was multiplied by 255"),
        (X > 127, np.where(X > 127, 255, 0), "bool was multiplied by 255"),
        ((X > 127).astype("u2"), np.where(X > 127, 255, 0), "uint16 was multiplied by 255"),
        ((X > 127).astype("u1"), X > 127, ""),
    ],
    ids=range(14),
)
def test_pictures_of_any_form_become_the_same(
    tmp_path: Path, x: Any, expected: Any, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "BLOCK_BYTES", 4 * 8 * 16 * 3)
    found = taken(tmp_path, x=x)
    assert np.array_equal(found.x["train"], expected)
    assert words in found.said.get("arrays_changed", "")
    assert ("arrays_changed" in found.said) == bool(words)


def test_the_splits_are_scaled_alike_where_they_are_of_one_type(tmp_path: Path) -> None:
    x = (X / 255).astype("f4")
    dark = np.zeros_like(x[:2])
    path = npz_file(tmp_path / "a.npz", x=255 * x, y=LABELS, x_test=dark + 1, y_test=[0, 1])
    assert np.unique(read(path).x["test"]).tolist() == [1]


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (X / 256, r"got float64 from 0 to 0.99\d* with fractions; .* np.rint\(x \* 255\)"),
        (X + 0.5, r"from 0.5 to 255.5 with fractions; .*undo the normalization"),
        (X * 0.5, r"with fractions; store them as uint8: np.rint\(x\)"),
        (X.astype(int) + 1, "got int64 from 1 to 256;"),
        (X / 127.5 - 1, r"got float64 from -1 to 1 with.* np.rint\(\(x \+ 1\) \* 127.5\)"),
        (np.where(X[0, 0, 0, 0] == X, np.nan, X), "from nan to nan .* np.nan_to_num"),
        (X + np.inf, "from inf to inf"),
    ],
)
def test_other_numbers_are_refused_with_their_range(tmp_path: Path, x: Any, words: str) -> None:
    with pytest.raises(UnsupportedFile, match=words):
        read(npz_file(tmp_path / "a.npz", x=x, y=LABELS))


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((12, 784), r"got \(12, 784\); each row may be a picture: x.reshape\(-1, 28, 28\)"),
        ((12, 12288), r"x.reshape\(-1, 64, 64, 3\)"),
        ((12, 7), "store RGB pictures"),
        ((12, 0), "store RGB pictures"),
        ((12, 8, 8, 4), r"leave out the fourth channel, as in x\[..., :3\]"),
        ((12, 2, 8, 8, 3), "store RGB pictures"),
        ((12, 0, 8, 3), "store RGB pictures"),
        ((12,), "store RGB pictures"),
    ],
)
def test_other_shapes_are_refused(tmp_path: Path, shape: tuple[int, ...], words: str) -> None:
    with pytest.raises(UnsupportedFile, match=words):
        read(npz_file(tmp_path / "a.npz", x=np.zeros(shape, "u1"), y=LABELS))


def test_a_split_without_rows_asks_for_no_scale(tmp_path: Path) -> None:
    path = npz_file(tmp_path / "a.npz", x=X[:0].astype("f4"), y=LABELS[:0], x_test=X, y_test=LABELS)
    assert len(read(path).x["train"]) == 0
