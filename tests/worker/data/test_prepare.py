import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import h5py
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
from worker.data import hdf5
from worker.data.images import Preprocessing, decode
from worker.data.prepare import Prepared, prepare, prepare_limited
from worker.errors import CorruptFile, UnsafeFile, UnsupportedFile, WorkerError
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
    assert [finding["code"] for finding in prepared.findings] == ["few_test_rows"]
    assert prepared.preprocessing == Preprocessing(height=8, width=8).as_dict()


def test_a_zip_becomes_the_same_arrays_as_hdf5(tmp_path: Path, target: Path) -> None:
    x = pictures(10, 64)
    hdf5.write(tmp_path / "a.h5", "train", x, np.repeat([0, 1], 5), ["cat", "other"])
    (tmp_path / "other").mkdir()
    one = prepare([tmp_path / "a.h5"], tmp_path / "other", Settings())
    two = prepare([zipped(tmp_path / "a.zip", class_folders())], target, Settings())
    assert one == two
    for name in ARRAYS:
        assert (target / name).read_bytes() == (tmp_path / "other" / name).read_bytes()


def test_a_training_picture_asked_as_a_png_is_the_row_it_was(tmp_path: Path, target: Path) -> None:
    prepared = prepare(two_files(tmp_path), target, Settings())
    row = load(target, "train_x")[3]
    preprocessing = Preprocessing.from_dict(prepared.preprocessing)
    asked = decode(encoded(row), preprocessing, max_bytes=10**6, max_pixels=10**6)
    assert np.array_equal(asked, row)


def test_the_course_files_are_read(course: tuple[Path, Path], target: Path) -> None:
    prepared = prepare_limited(course, target, Settings())
    assert prepared.classes == ["non-cat", "cat"]
    assert prepared.shape == [64, 64, 3]
    assert prepared.splits["train"] == {"rows": 209, "per_class": [137, 72]}
    assert prepared.splits["test"] == {"rows": 50, "per_class": [17, 33]}
    with h5py.File(course[0]) as file:
        assert np.array_equal(load(target, "train_x"), file["train_set_x"])
        assert np.array_equal(load(target, "train_y"), file["train_set_y"])


def test_the_limited_child_prepares_the_same(tmp_path: Path, target: Path) -> None:
    files = two_files(tmp_path)
    assert prepare_limited(files, target, Settings()) == prepare(files, target, Settings())


def test_a_description_comes_back_from_json_the_same(tmp_path: Path, target: Path) -> None:
    prepared = prepare(two_files(tmp_path), target, Settings())
    assert Prepared.from_dict(json.loads(json.dumps(prepared.as_dict()))) == prepared


def test_findings_about_rows_follow_those_of_the_file(tmp_path: Path, target: Path) -> None:
    prepared = prepare([course_file(tmp_path / "a.h5")], target, Settings())
    assert [finding["code"] for finding in prepared.findings] == ["test_held_out", "few_test_rows"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ([b""], r"bytes of 0\.h5 look like an empty file"),
        ([b"hello\n"], r"bytes of 0\.h5 look like plain text"),
        ([encoded(pictures(1)[0], "JPEG")], "look like JPEG"),
        ([b"PK\x05\x06" + bytes(18)], "look like an empty zip"),
        ([b"\x80\x04\x95cos\nsystem"], "look like a Python pickle"),
        ([bytes(512) + b"\x89HDF\r\n\x1a\n"], "look like no format known here"),
        ([b"PK\x03\x04", b"PK\x03\x04"], r"0\.h5 look like zip; .* 1\.h5 look like zip"),
        ([b"\x89HDF\r\n\x1a\n", b"PK\x03\x04"], r"0\.h5 look like HDF5; .* look like zip"),
        ([], "no file came"),
    ],
    ids=range(9),
)
def test_other_files_are_refused_by_what_they_look_like(
    tmp_path: Path, target: Path, content: list[bytes], words: str
) -> None:
    files = [tmp_path / f"{number}.h5" for number in range(len(content))]
    for path, data in zip(files, content, strict=True):
        path.write_bytes(data)
    with pytest.raises(UnsupportedFile, match=f"^Expected HDF5 files .* zip .*{words}.*send one"):
        prepare(files, target, Settings())


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


def test_a_secret_beside_the_upload_is_in_no_answer(tmp_path: Path, target: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"\x07" * 10 * 8 * 8 * 3)
    path = course_file(tmp_path / "a.h5")
    with h5py.File(path, "a") as file:
        del file["train_set_x"]
        size = secret.stat().st_size
        file.create_dataset("train_set_x", (10, 8, 8, 3), "u1", external=[(secret, 0, size)])
    with pytest.raises(UnsafeFile):
        prepare_limited([path], target, Settings())
    assert not any(b"\x07\x07" in path.read_bytes() for path in target.iterdir())


SMALL_IMPORT = """
import sys
from pathlib import Path
from worker.data.prepare import prepare_limited
from worker.settings import Settings

file, target = map(Path, sys.argv[1:])
prepare_limited([file], target, Settings(import_memory_bytes=32 * 2**20))
"""


def test_more_memory_than_an_import_may_have_is_a_limit(tmp_path: Path, target: Path) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["train_set_x"] = np.ones((10_000, 64, 64, 3), np.uint8)
        file["train_set_y"] = alternating(10_000)
    # From a process of its own: this one may have so much room in its heap that no more is needed.
    command = [sys.executable, "-c", SMALL_IMPORT, str(path), str(target)]
    ended = subprocess.run(command, capture_output=True, text=True)
    assert "LimitExceeded" in ended.stderr
    assert "memory" in ended.stderr


def damaged(whole: bytes, seed: int) -> bytes:
    """Cut short, or changed in a few places."""
    chance = random.Random(seed)
    if seed % 2:
        return whole[: chance.randrange(8, len(whole))]
    changed = bytearray(whole)
    for _ in range(chance.randrange(1, 8)):
        changed[chance.randrange(8, len(whole))] = chance.randrange(256)
    return bytes(changed)


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("kind", ["h5", "zip"])
def test_a_damaged_file_is_prepared_or_refused(
    tmp_path: Path, target: Path, kind: str, seed: int
) -> None:
    path = tmp_path / f"a.{kind}"
    sound = course_file(path) if kind == "h5" else zipped(path, class_folders(each=2))
    path.write_bytes(damaged(sound.read_bytes(), seed))
    try:
        prepare_limited([path], target, Settings(import_timeout_s=10))
    except WorkerError as error:
        assert str(error).startswith("Expected ")
        assert os.fspath(tmp_path) not in str(error)
