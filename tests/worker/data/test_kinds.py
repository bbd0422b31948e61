"""What a zip is, by what is in it."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.worker.data.making import (
    HDF5,
    class_folders,
    course_file,
    encoded,
    npz_file,
    pictures,
    zipped,
)
from worker.data.kinds import kind_of
from worker.errors import UnsupportedFile

PICTURE = encoded(pictures(1)[0])
ZIP = b"PK\x03\x04"


@pytest.mark.parametrize(
    "files",
    [
        class_folders(each=1),
        {"cat/1": PICTURE, "list.h5": HDF5},
        {"labels.mat": b"MATLAB 5.0", **{f"jpg/{n:02}.JPG": b"" for n in range(40)}},
        {"cat/1.gif": b"GIF89a", "all.zip": ZIP},
        {"notes.txt": b"nothing"},
        {},
    ],
    ids=range(6),
)
def test_a_zip_with_pictures_or_without_anything_known_is_a_zip(
    tmp_path: Path, files: dict[str, bytes]
) -> None:
    expected = "zip" if files else "an empty zip"
    assert kind_of(zipped(tmp_path / "a.zip", files)) == expected


@pytest.mark.parametrize("compressed", [True, False])
def test_a_zip_of_arrays_is_an_npz_whatever_its_name(tmp_path: Path, compressed: bool) -> None:
    path = npz_file(tmp_path / "a.npz", compressed, x=np.zeros(3))
    assert kind_of(path.rename(tmp_path / "a.zip")) == "NPZ"


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"a.h5": HDF5}, r"holds HDF5, 'a\.h5'; unpack it and send 'a\.h5' instead"),
        ({"a.npz": ZIP, "__MACOSX/._a.npz": b""}, r"holds another zip, 'a\.npz'; unpack"),
        ({"x.npy": b"\x93NUMPY", "README": b"hi"}, r"holds NPY, 'x\.npy'; unpack"),
        ({f"{n}.h5": HDF5 for n in range(6)}, r"'3\.h5' and 2 more; unpack it and send '0\.h5'"),
        ({"m/data.pkl": b"\x80\x02", "m/data/0": b""}, r"'m/data\.pkl' is of a PyTorch model"),
        ({"model.weights.h5": HDF5, "config.json": b"{}"}, "is of a Keras model; send the data"),
    ],
    ids=range(6),
)
def test_a_zip_of_other_files_is_called_what_it_is(
    tmp_path: Path, files: dict[str, bytes], words: str
) -> None:
    with pytest.raises(UnsupportedFile, match=words):
        kind_of(zipped(tmp_path / "a.zip", files))


def test_entries_that_cannot_be_read_are_left_to_the_importer(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"a.h5": HDF5}, zipfile.ZIP_LZMA)
    assert kind_of(path) == "zip"
    path = zipped(tmp_path / "a.zip", {"a.h5": HDF5}, zipfile.ZIP_STORED)
    content = path.read_bytes()
    path.write_bytes(content.replace(HDF5, HDF5[::-1]))
    assert kind_of(path) == "zip"
    path.write_bytes(content[:40])
    assert kind_of(path) == "zip"


def test_other_files_are_known_by_their_bytes(tmp_path: Path) -> None:
    assert kind_of(course_file(tmp_path / "a.zip")) == "HDF5"


def test_one_damaged_array_does_not_make_an_npz_a_zip(tmp_path: Path) -> None:
    path = npz_file(tmp_path / "a.npz", x_train=pictures(9), y_train=np.arange(9))
    whole = bytearray(path.read_bytes())
    whole[whole.rindex(b"\x93NUMPY") + 130] ^= 0xFF  # a label, of which the checksum tells
    path.write_bytes(whole)
    assert kind_of(path) == "NPZ"
