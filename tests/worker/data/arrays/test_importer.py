from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from tests.worker.data.arrays.reading import read
from tests.worker.data.making import (
    CLASSES,
    alternating,
    changed_file,
    course_file,
    npz_file,
    pictures,
    shown,
)
from worker.data import rows
from worker.data.arrays import importer
from worker.data.hdf5 import reader
from worker.data.options import AS_THEY_ARE, ImportOptions
from worker.errors import (
    CorruptFile,
    InvalidParameter,
    LimitExceeded,
    UnsupportedFile,
    WorkerError,
)
from worker.settings import Settings

LABELS = alternating(10)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    x, y = pictures(6), alternating(6)
    reader.write(tmp_path / "train.h5", "train", x, y, CLASSES)
    reader.write(tmp_path / "test.h5", "test", x[:2], y[:2], CLASSES)
    classes, pixels, labels, _ = read(tmp_path / "train.h5", tmp_path / "test.h5")
    assert classes == CLASSES
    assert np.array_equal(pixels["train"], x)
    assert np.array_equal(pixels["test"], x[:2])
    assert labels == {"train": y.tolist(), "test": [0, 1]}


def test_the_order_of_the_files_does_not_matter(tmp_path: Path) -> None:
    files = [course_file(tmp_path / split, split) for split in ("test", "train")]
    assert read(*files).y == read(*reversed(files)).y


def test_one_file_may_hold_both_splits(tmp_path: Path) -> None:
    path = course_file(tmp_path / "both.h5")
    with h5py.File(path, "a") as file:
        file["test_set_x"], file["test_set_y"] = pictures(2), [1, 0]
    assert read(path).y["test"] == [1, 0]


@pytest.mark.parametrize("shape", [(10,), (1, 10), (10, 1)])
@pytest.mark.parametrize("dtype", ["int64", ">i4", "uint8", "uint64"])
def test_labels_may_be_a_row_a_column_or_neither(
    tmp_path: Path, shape: tuple[int, ...], dtype: str
) -> None:
    path = changed_file(tmp_path / "a.h5", train_set_y=LABELS.reshape(shape).astype(dtype))
    labels = read(path).y
    assert sorted(labels["train"] + labels["test"]) == sorted(LABELS.tolist())


def test_without_names_the_classes_are_numbers(tmp_path: Path) -> None:
    assert read(changed_file(tmp_path / "a.h5", list_classes=None))[0] == ["0", "1"]


def test_without_a_test_split_a_fifth_of_each_class_is_held_out(tmp_path: Path) -> None:
    x = pictures(30)
    reader.write(tmp_path / "a.h5", "train", x, np.array([0] * 20 + [1] * 10), CLASSES)
    _, pixels, labels, _ = read(tmp_path / "a.h5")
    assert labels == {"train": [0] * 16 + [1] * 8, "test": [0] * 4 + [1] * 2}
    both = np.concatenate([pixels["train"], pixels["test"]])
    assert {row.tobytes() for row in both} == {row.tobytes() for row in x}


def test_what_is_held_out_follows_from_the_seed(tmp_path: Path) -> None:
    path = course_file(tmp_path / "a.h5", rows=60)
    first, again, other = (read(path, seed=seed).x["test"].tobytes() for seed in (1, 1, 2))
    assert first == again != other


def test_pictures_that_are_the_same_are_held_out_together(tmp_path: Path) -> None:
    x, labels = pictures(20, 4).repeat(2, axis=0), np.repeat([0, 1], 20)
    found = read(npz_file(tmp_path / "a.npz", x=x, y=labels))
    train, test = ({row.tobytes() for row in found.x[split]} for split in ("train", "test"))
    assert (len(train), len(test)) == (16, 4)
    assert not train & test


def test_channels_may_come_in_the_opposite_order(tmp_path: Path) -> None:
    x, labels = pictures(20, 4), np.repeat([0, 1], 10)
    options = ImportOptions(channel_order="bgr")
    for axis, sent in ((-1, x), (1, np.moveaxis(x, -1, 1))):
        found = read(npz_file(tmp_path / f"{axis}.npz", x=sent, y=labels), options=options)
        rows = {row.tobytes() for own in found.x.values() for row in own}
        assert rows == {np.ascontiguousarray(row[..., ::-1]).tobytes() for row in x}
        assert "in the order red, green, blue" in found.said["arrays_changed"]


@pytest.mark.parametrize("asked", [{"image_size": 32}, {"resize": "crop"}])
def test_what_is_asked_of_files_of_pictures_is_refused_of_arrays(
    tmp_path: Path, asked: dict[str, Any]
) -> None:
    with pytest.raises(InvalidParameter, match=f"Expected {next(iter(asked))} with files"):
        read(course_file(tmp_path / "a.h5"), options=ImportOptions(**asked))


def test_holding_out_is_told(tmp_path: Path) -> None:
    with importer.opened(
        {course_file(tmp_path / "a.h5"): "HDF5"}, AS_THEY_ARE, Settings(), 1
    ) as contents:
        assert contents.reading.held_out == 2


def test_rows_come_in_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "BLOCK_BYTES", 4 * 8 * 8 * 3)
    path = course_file(tmp_path / "a.h5")
    with importer.opened({path: "HDF5"}, AS_THEY_ARE, Settings(), 1) as contents:
        assert max(len(block.y) for block in contents.blocks) <= 4
    assert len(read(path).y["train"]) == 8


@pytest.mark.parametrize(
    ("members", "error", "words"),
    [
        ({"train_set_x": None}, CorruptFile, "array of pictures for the train split .* got none"),
        ({"train_set_y": None}, CorruptFile, "array of labels for the train split .* got none"),
        ({"train_set_y": LABELS[:9]}, CorruptFile, r"10 labels .* shape \(9,\)"),
        ({"train_set_y": LABELS.reshape(2, 5)}, CorruptFile, r"shape \(2, 5\)"),
        ({"train_set_y": h5py.Empty("i8")}, CorruptFile, r"shape \(\)"),
        ({"train_set_y": LABELS - 1}, CorruptFile, "from 0 to 1, .* got -1 to 0;"),
        ({"train_set_y": LABELS + 2**40}, CorruptFile, "labels of at most 2,147,483,647"),
        (
            {"train_set_y": LABELS.astype("u8") + 2**63},
            CorruptFile,
            "labels of at most 2,147,483,647",
        ),
        ({"train_set_y": LABELS * 2}, CorruptFile, "from 0 to 1, .* got 0 to 2"),
        ({"train_set_x": pictures(10)[..., :2]}, UnsupportedFile, r"got \(10, 8, 8, 2\)"),
        ({"train_set_x": pictures(10)[0]}, CorruptFile, r"8 labels .* shape \(10,\)"),
        ({"train_set_x": pictures(10)[:, :0]}, UnsupportedFile, r"got \(10, 0, 8, 3\)"),
        ({"list_classes": np.array([b"cat"])}, CorruptFile, "at least 2 classes"),
        ({"list_classes": np.array([b"cat", b"cat"])}, CorruptFile, "comes twice"),
        ({"list_classes": np.array([b"cat", b""])}, CorruptFile, "printable"),
        ({"list_classes": np.array([b"cat", b"\x1b[2J"])}, CorruptFile, "printable"),
        ({"list_classes": np.array([b"cat", b"\xff\xfe"])}, CorruptFile, "UTF-8"),
        ({"list_classes": np.array([[b"cat", b"other"]])}, CorruptFile, r"shape \(1, 2\)"),
        ({"train_set_y": LABELS * 0, "list_classes": None}, CorruptFile, "at least 2 classes"),
    ],
    ids=shown,
)
def test_a_file_that_contradicts_itself_is_refused(
    tmp_path: Path, members: dict[str, Any], error: type[WorkerError], words: str
) -> None:
    with pytest.raises(error, match=words):
        read(changed_file(tmp_path / "a.h5", **members))


def test_a_test_split_alone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorruptFile, match="pictures for the train split over all files, got none"):
        read(course_file(tmp_path / "a.h5", "test"))


def test_labels_of_a_split_without_its_pictures_are_refused(tmp_path: Path) -> None:
    path = changed_file(tmp_path / "a.h5")
    with h5py.File(path, "a") as file:
        file["test_set_y"] = LABELS
    with pytest.raises(CorruptFile, match="pictures for the test split over all files, got none"):
        read(path)


def test_a_split_sent_twice_is_refused(tmp_path: Path) -> None:
    files = [course_file(tmp_path / name) for name in ("a.h5", "b.h5")]
    with pytest.raises(CorruptFile, match=r"got train_set_x in a\.h5, train_set_x in b\.h5"):
        read(*files)


def test_splits_of_two_sizes_are_refused(tmp_path: Path) -> None:
    files = [course_file(tmp_path / split, split, side=len(split)) for split in ("train", "test")]
    with pytest.raises(CorruptFile, match=r"\(5, 5, 3\) in train_set_x in train and \(4, 4"):
        read(*files)


def test_files_that_name_their_classes_differently_are_refused(tmp_path: Path) -> None:
    train = course_file(tmp_path / "train.h5")
    reader.write(tmp_path / "test.h5", "test", pictures(2), alternating(2), ["cat", "non-cat"])
    with pytest.raises(CorruptFile, match="same names of classes"):
        read(train, tmp_path / "test.h5")


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"max_rows": 9}, "at most 9 rows in the train split, got 10"),
        ({"max_features": 191}, "at most 191 numbers in each row, got 192"),
        ({"max_dataset_bytes": 1919}, "at most 1,919 bytes decoded, got 1,920"),
    ],
)
def test_a_dataset_over_a_limit_is_refused(
    tmp_path: Path, limits: dict[str, Any], words: str
) -> None:
    with pytest.raises(LimitExceeded, match=words):
        read(course_file(tmp_path / "a.h5"), settings=Settings(**limits))


@pytest.mark.parametrize("names", [None, np.array([b"a", b"b", b"c"])])
def test_more_classes_than_the_limit_are_refused(tmp_path: Path, names: Sequence[bytes]) -> None:
    path = changed_file(tmp_path / "a.h5", train_set_y=np.arange(10) % 3, list_classes=names)
    with pytest.raises(LimitExceeded, match="at most 2 classes, got 3"):
        read(path, settings=Settings(max_classes=2))
