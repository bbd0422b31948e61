import gzip
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.worker.data.making import (
    CLASSES,
    alternating,
    class_folders,
    course_file,
    encoded,
    pictures,
    zipped,
)
from worker.data.hdf5 import reader
from worker.data.pictures.pixels import decode
from worker.data.prepare import prepare
from worker.data.preprocessing import Preprocessing
from worker.data.row_names import read_name
from worker.errors import CorruptFile, UnsupportedFile
from worker.settings import Settings

ARRAYS = {"train_x.npy", "train_y.npy", "test_x.npy", "test_y.npy"}


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "target").mkdir()
    return tmp_path / "target"


def load(folder: Path, name: str) -> Any:
    return np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)


def two_files(folder: Path) -> list[Path]:
    return [course_file(folder / f"{split}.h5", split) for split in ("train", "test")]


def test_hdf5_files_become_arrays_and_a_description(tmp_path: Path, target: Path) -> None:
    prepared = prepare(two_files(tmp_path), target, Settings())
    assert {path.name for path in target.iterdir()} == ARRAYS
    assert np.array_equal(load(target, "train_x"), pictures(10, seed=5))
    assert load(target, "test_y").tolist() == alternating(10).tolist()
    assert (load(target, "test_x").dtype, load(target, "test_y").dtype) == (np.uint8, np.int64)
    assert (prepared.kind, prepared.classes, prepared.dtype) == ("images", CLASSES, "uint8")
    assert prepared.shape == [8, 8, 3]
    summary = {"rows": 10, "per_class": [5, 5]}
    assert prepared.splits == {"train": summary, "test": summary}
    assert [finding.code for finding in prepared.findings] == ["few_test_rows"]
    assert prepared.preprocessing == Preprocessing(height=8, width=8, reducing_gap=2.0).as_dict()


def test_a_zip_becomes_the_same_arrays_as_hdf5(tmp_path: Path, target: Path) -> None:
    x = pictures(10, 64)
    reader.write(tmp_path / "a.h5", "train", x, np.repeat([0, 1], 5), ["cat", "other"])
    (tmp_path / "other").mkdir()
    one = prepare([tmp_path / "a.h5"], tmp_path / "other", Settings())
    two = prepare([zipped(tmp_path / "a.zip", class_folders())], target, Settings())
    assert one == replace(two, decoded=False)
    for name in ARRAYS:
        assert (target / name).read_bytes() == (tmp_path / "other" / name).read_bytes()


def test_rows_to_validate_have_arrays_of_their_own(tmp_path: Path, target: Path) -> None:
    files = {
        name: content
        for seed, split in enumerate(("train", "val", "test"))
        for name, content in class_folders(f"{split}/", each=2, seed=seed).items()
    }
    prepared = prepare([zipped(tmp_path / "a.zip", files)], target, Settings())
    added = {"validation_x.npy", "validation_y.npy"}
    assert {path.name for path in target.iterdir() if "name" not in path.name} == ARRAYS | added
    assert [*prepared.splits] == ["train", "validation", "test"]
    assert load(target, "validation_y").tolist() == [0, 0, 1, 1]


def test_pictures_are_kept_with_the_names_of_their_files(tmp_path: Path, target: Path) -> None:
    files = {name: encoded(pictures(1)[0]) for name in ("train/猫/a.png", "train/dog/b.png")}
    files |= {"test/dog/c.png": files["train/dog/b.png"], "train/dog/d.png": b"no picture"}
    more = {f"train/dog/{n}.png": files["train/dog/b.png"] for n in range(8)}
    prepared = prepare([zipped(tmp_path / "a.zip", files | more)], target, Settings())
    rows = range(prepared.splits["train"]["rows"])
    names = sorted({*more, *files} - {"test/dog/c.png", "train/dog/d.png"})
    assert [read_name(target, "train", row) for row in rows] == names
    assert read_name(target, "test", 0) == "test/dog/c.png"


def test_rows_of_arrays_have_no_names(tmp_path: Path, target: Path) -> None:
    prepare(two_files(tmp_path), target, Settings())
    assert read_name(target, "train", 0) is None


def test_a_training_picture_asked_as_a_png_is_the_row_it_was(tmp_path: Path, target: Path) -> None:
    prepared = prepare(two_files(tmp_path), target, Settings())
    row = load(target, "train_x")[3]
    preprocessing = Preprocessing.from_dict(prepared.preprocessing)
    asked = decode(encoded(row), preprocessing, max_bytes=10**6, max_pixels=10**6).pixels
    assert np.array_equal(asked, row)


def test_findings_about_rows_follow_those_of_the_file(tmp_path: Path, target: Path) -> None:
    prepared = prepare([course_file(tmp_path / "a.h5")], target, Settings())
    assert [finding.code for finding in prepared.findings] == ["test_held_out", "few_test_rows"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ([b""], r"bytes of 0\.h5 look like an empty file"),
        ([b"hello\n"], r"bytes of 0\.h5 look like plain text"),
        ([encoded(pictures(1)[0], "JPEG")], "look like JPEG"),
        ([b"PK\x05\x06" + bytes(18)], "look like an empty zip"),
        ([b"\x80\x04\x95cos\nsystem"], "look like a Python pickle"),
        ([bytes(600) + b"\x89HDF\r\n\x1a\n"], "look like no format known here"),
        ([b"MATLAB 7.3 MAT-file".ljust(512) + b"\x89HDF\r\n\x1a\n"], "MATLAB 7.3; .* with h5py"),
        ([b"a,b\n1,2\n".decode().encode("utf-16")], "look like text in UTF-16; save it again"),
        ([gzip.compress(b"a,b\n")], "look like gzip; unpack it and send what is in it"),
        ([encoded(pictures(1)[0]), b"PAR1"], "look like PNG; .* like Parquet; send one of these"),
        ([b"\x89HDF\r\n\x1a\n", b"PK\x03\x04"], r"0\.h5 look like HDF5; .* look like zip"),
        ([], "no file came; send one of these"),
    ],
    ids=range(12),
)
def test_other_files_are_refused_by_what_they_look_like(
    tmp_path: Path, target: Path, content: list[bytes], words: str
) -> None:
    files = [tmp_path / f"{number}.h5" for number in range(len(content))]
    for path, data in zip(files, content, strict=True):
        path.write_bytes(data)
    with pytest.raises(
        UnsupportedFile, match=f"^Expected arrays in HDF5, .* zips or tars .*{words}"
    ):
        prepare(files, target, Settings())


@pytest.mark.parametrize("content", [b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd"], ids=["gzip", "zstd"])
def test_what_cannot_be_unpacked_is_damaged(tmp_path: Path, target: Path, content: bytes) -> None:
    (tmp_path / "a.tar").write_bytes(content)
    with pytest.raises(CorruptFile, match=r"nothing of a\.tar can be unpacked"):
        prepare([tmp_path / "a.tar"], target, Settings())


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ({"train": 1, "test": 2}, "at least 2 rows in the train split, got 1"),
        ({"train": 2, "test": 0}, "at least 1 rows in the test split, got 0"),
        ({"train": 2}, "at least 1 rows in the test split, got 0"),
        ({"train": 0, "test": 1}, "at least 2 rows in the train split, got 0"),
    ],
)
def test_too_few_rows_are_refused(
    tmp_path: Path, target: Path, rows: dict[str, int], words: str
) -> None:
    files = [course_file(tmp_path / split, split, count) for split, count in rows.items()]
    with pytest.raises(CorruptFile, match=words):
        prepare(files, target, Settings())


def test_a_test_folder_alone_is_refused(tmp_path: Path, target: Path) -> None:
    path = zipped(tmp_path / "a.zip", class_folders("test/"))
    with pytest.raises(CorruptFile, match="at least 2 rows in the train split, got 0"):
        prepare([path], target, Settings())
