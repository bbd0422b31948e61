"""Which arrays are read, by their names and shapes."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from tests.worker.data.arrays.reading import read
from tests.worker.data.making import alternating, npz_file, pictures
from worker.data.options import ImportOptions
from worker.errors import CorruptFile, UnsafeFile, UnsupportedFile, WorkerError

X, Y = pictures(10, 4), alternating(10)
TEST_X, TEST_Y = pictures(4, 4, seed=1), 1 - alternating(4)


def npy_file(folder: Path, name: str, array: Any) -> Path:
    np.save(folder / name, array)
    return folder / name


@pytest.mark.parametrize(
    "names",
    [
        ("x_train", "y_train", "x_test", "y_test"),
        ("X_tr", "Y_tr", "X_te", "Y_te"),
        ("train_images", "train_labels", "test_images", "test_labels"),
        ("data", "target", "test_data", "test_target"),
        ("images", "train_targets", "testing/images", "testing/targets"),
        ("train/arr_0", "train/arr_1", "test/arr_0", "test/arr_1"),
        ("a", "b", "x_test", "y_test"),
        ("x_train", "x_train_labels", "val/x", "val/y"),
    ],
)
@pytest.mark.parametrize("kind", ["h5", "npz"])
def test_arrays_are_found_by_name_and_shape(
    tmp_path: Path, names: tuple[str, ...], kind: str
) -> None:
    arrays: dict[str, Any] = dict(zip(names, (X, Y, TEST_X, TEST_Y), strict=True))
    path = tmp_path / f"a.{kind}"
    if kind == "npz":
        npz_file(path, **arrays)
    else:
        with h5py.File(path, "w") as file:
            file.update(arrays)
    found = read(path)
    assert np.array_equal(found.x["train"], X)
    assert np.array_equal(found.x["test"], TEST_X)
    assert found.y == {"train": Y.tolist(), "test": TEST_Y.tolist()}


def test_files_say_what_their_arrays_are(tmp_path: Path) -> None:
    one = [npy_file(tmp_path, "x.npy", X), npy_file(tmp_path, "y.npy", Y)]
    two = [npy_file(tmp_path, "imgs_test.npy", TEST_X), npy_file(tmp_path, "lbls_test.npy", TEST_Y)]
    found = read(*two, *one)
    assert found.y == {"train": Y.tolist(), "test": TEST_Y.tolist()}
    assert found.said == {}


def test_files_of_three_kinds_may_come_together(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "train.h5", "w") as file:
        file["x"] = X
    labels = npy_file(tmp_path, "y_train.npy", Y)
    test = npz_file(tmp_path / "test.npz", compressed=True, x=TEST_X, y=TEST_Y)
    assert read(tmp_path / "train.h5", labels, test).y["test"] == TEST_Y.tolist()


def test_a_validation_split_is_one_of_its_own_or_the_test_split(tmp_path: Path) -> None:
    arrays: dict[str, Any] = {"x_train": X, "y_train": Y, "x_val": X[:2], "y_val": Y[:2]}
    path = npz_file(tmp_path / "a.npz", x_test=TEST_X, y_test=TEST_Y, **arrays)
    found = read(path)
    assert found.y == {"train": Y.tolist(), "validation": [0, 1], "test": TEST_Y.tolist()}
    assert np.array_equal(found.x["validation"], X[:2])
    assert found.said == {}
    found = read(npz_file(tmp_path / "b.npz", **arrays))
    assert found.y == {"train": Y.tolist(), "test": [0, 1]}
    assert [*found.said] == ["validation_as_test"]


def test_what_is_not_read_is_said(tmp_path: Path) -> None:
    path = npz_file(tmp_path / "a.npz", x=X, y=Y, weights=np.ones(3, "f4"), more=X[:, 0])
    said = read(path).said["arrays_left_out"]
    assert said.endswith("weights in a.npz (float32, (3,)); more in a.npz (uint8, (10, 4, 3))")


def test_the_course_s_own_names_come_first(tmp_path: Path) -> None:
    arrays: dict[str, Any] = {"train_set_x": X, "train_set_y": Y, "test_set_x": X, "test_set_y": Y}
    names = np.array(["cat", "dog"])
    more: dict[str, Any] = {"train_images": X[::-1], "test_labels": Y, "other_names": names[::-1]}
    found = read(npz_file(tmp_path / "a.npz", **arrays, **more, list_classes=names))
    assert np.array_equal(found.x["train"], X)
    assert found.classes == ["cat", "dog"]


def test_names_of_pictures_are_not_names_of_classes(tmp_path: Path) -> None:
    names = np.array([f"{number}.jpg" for number in range(10)])
    found = read(npz_file(tmp_path / "a.npz", x=X, y=Y, names=names, filenames=names))
    assert found.classes == ["0", "1"]
    assert "names in a.npz (str160, (10,))" in found.said["arrays_left_out"]


def test_classes_as_many_as_pictures_are_labels(tmp_path: Path) -> None:
    found = read(npz_file(tmp_path / "a.npz", x=X, classes=Y))
    assert sorted(found.y["train"] + found.y["test"]) == sorted(Y.tolist())


def h5(**arrays: Any) -> Any:
    def write(path: Path) -> Path:
        with h5py.File(path, "w") as file:
            for name, array in arrays.items():
                file[name.replace("__", "/")] = array
        return path

    return write


@pytest.mark.parametrize(
    ("write", "error", "words"),
    [
        (h5(), CorruptFile, "got none; name them x_train and .* There came no arrays"),
        (h5(a=Y, b=Y), CorruptFile, r"There came a in a.h5 \(int64, \(10,\)\); b in a.h5"),
        (
            h5(a=X, b=X, y=Y),
            CorruptFile,
            "pictures for the train split .* got a in a.h5, b in a.h5",
        ),
        (h5(x=X, y=Y, labels=Y), CorruptFile, "labels for .* got labels in a.h5, y in a.h5"),
        (h5(x=X, a=Y, b=Y), CorruptFile, "labels for .* got a in a.h5, b in a.h5"),
        (h5(x=X, a=Y[:3]), CorruptFile, "labels for the train split .* got none"),
        (h5(x_test=X, y_test=Y), CorruptFile, "pictures for the train split"),
        (h5(x=X, y=Y, y_val=Y), CorruptFile, "pictures for the validation split"),
        (h5(**{f"n{n:02}": Y for n in range(14)}), CorruptFile, r"n11 in .*\) and 2 more"),
        (
            h5(model_weights__dense__kernel=X),
            UnsupportedFile,
            "model_weights/dense/kernel in .* Ke",
        ),
        (
            h5(**{"dense_1/bias:0": Y}),
            UnsupportedFile,
            "dense_1/bias:0 in a.h5 is of a Keras model",
        ),
        (h5(x=h5py.SoftLink("/else"), y=Y), UnsafeFile, "x in a.h5 .* is a link"),
    ],
    ids=range(12),
)
def test_what_cannot_be_told_apart_is_refused_with_a_list(
    tmp_path: Path, write: Any, error: type[WorkerError], words: str
) -> None:
    with pytest.raises(error, match=words):
        read(write(tmp_path / "a.h5"))


def test_an_upload_may_say_how_its_arrays_are_called(tmp_path: Path) -> None:
    thumbs = pictures(10, 2)
    arrays = {"images": thumbs, "scans": X, "label": np.zeros(10, int), "diagnosis": Y}
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.update({f"train/{name}": array for name, array in arrays.items()})
        file.update({"test/scans": TEST_X, "test/diagnosis": TEST_Y})
    for x, y in (("scans", "diagnosis"), ("/scans", "diagnosis/")):
        found = read(tmp_path / "a.h5", options=ImportOptions(x=x, y=y))
        assert np.array_equal(found.x["train"], X)
        assert np.array_equal(found.x["test"], TEST_X)
        assert found.y == {"train": Y.tolist(), "test": TEST_Y.tolist()}
        assert "train/images" in found.said["arrays_left_out"]


@pytest.mark.parametrize(("x", "y"), [("first", "second"), ("first.npy", "second.npy")])
def test_an_array_in_a_file_of_its_own_is_called_as_the_file_is(
    tmp_path: Path, x: str, y: str
) -> None:
    files = [npy_file(tmp_path, "01-first.npy", X), npy_file(tmp_path, "02-second.npy", Y)]
    found = read(*files, options=ImportOptions(x=x, y=y))
    assert len(found.y["train"]) + len(found.y["test"]) == len(Y)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"x": "none"}, "called 'none', as the option x says, got none; there came .*x_train"),
        ({"y": "train"}, "called 'train', as the option y says"),
        ({"x": "y_train"}, "Expected one array of labels"),
    ],
)
def test_an_array_that_is_not_there_is_named(
    tmp_path: Path, options: dict[str, str], words: str
) -> None:
    path = npz_file(tmp_path / "a.npz", x_train=X, y_train=Y)
    with pytest.raises(WorkerError, match=words):
        read(path, options=ImportOptions(**options))
