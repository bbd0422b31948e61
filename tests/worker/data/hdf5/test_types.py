"""Which of HDF5's types an array may have."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from tests.worker.data.hdf5.arrays import NAME, read
from worker.data.arrays.stored import NAMES, NUMBERS, Kind
from worker.errors import UnsupportedFile


def stored(path: Path, type_id: h5py.h5t.TypeID) -> Path:
    with h5py.File(path, "w") as file:
        space = h5py.h5s.create_simple((4,))
        h5py.h5d.create(file.id, NAME.encode(), type_id, space)
    return path


@pytest.mark.parametrize(
    ("dtype", "kind", "words"),
    [
        ("c8", NUMBERS, "numbers of up to 64 bits .* got complex64"),
        ("g", NUMBERS, "got float128"),
        ("S3", NUMBERS, "got bytes24"),
        (h5py.vlen_dtype("u1"), NUMBERS, "got object"),
        (h5py.ref_dtype, NAMES, "got object"),
        ([("a", "u1"), ("b", "u1")], NUMBERS, "got void16"),
        (np.dtype(("u1", (3,))), NUMBERS, "numbers of"),
        (h5py.string_dtype(), NUMBERS, "got object"),
        ("S257", NAMES, "up to 256"),
    ],
)
def test_other_kinds_of_data_are_unsupported(
    tmp_path: Path, dtype: Any, kind: Kind, words: str
) -> None:
    path = stored(tmp_path / "a.h5", h5py.h5t.py_create(np.dtype(dtype), logical=True))
    with pytest.raises(UnsupportedFile, match=words):
        read(path, kind)


def with_few_bits() -> h5py.h5t.TypeID:
    type_id = h5py.h5t.STD_I32LE.copy()
    type_id.set_precision(20)
    type_id.set_offset(3)
    return type_id


def text(pad: int) -> h5py.h5t.TypeID:
    type_id = h5py.h5t.C_S1.copy()
    type_id.set_size(6)
    type_id.set_strpad(pad)
    return type_id


@pytest.mark.parametrize(
    ("type_id", "kind"),
    [
        (with_few_bits(), NUMBERS),
        (h5py.h5t.STD_B8LE, NUMBERS),
        (h5py.h5t.py_create(h5py.enum_dtype({"a": 1}, "u1"), logical=True), NUMBERS),
        (text(h5py.h5t.STR_SPACEPAD), NAMES),
    ],
    ids=["few bits", "bit field", "enumeration", "ends in spaces"],
)
def test_a_type_that_numpy_would_not_write_is_unsupported(
    tmp_path: Path, type_id: h5py.h5t.TypeID, kind: Kind
) -> None:
    with pytest.raises(UnsupportedFile, match="as NumPy stores"):
        read(stored(tmp_path / "a.h5", type_id), kind)


@pytest.mark.parametrize("pad", [h5py.h5t.STR_NULLTERM, h5py.h5t.STR_NULLPAD])
@pytest.mark.parametrize("letters", [h5py.h5t.CSET_ASCII, h5py.h5t.CSET_UTF8])
def test_texts_are_read_however_they_end(tmp_path: Path, pad: int, letters: int) -> None:
    type_id, names = text(pad), [b"a", b"", b"cat", b"seven"]
    type_id.set_cset(letters)
    path = stored(tmp_path / "a.h5", type_id)
    with h5py.File(path, "a") as file:
        file[NAME][...] = names
    assert read(path, NAMES).tolist() == names


def test_booleans_are_read_as_numbers(tmp_path: Path) -> None:
    path = stored(tmp_path / "a.h5", h5py.h5t.py_create(np.dtype(bool)))
    with h5py.File(path, "a") as file:
        file[NAME][...] = [True, False, False, True]
    assert read(path, NUMBERS).tolist() == [1, 0, 0, 1]
    assert read(path, NUMBERS).dtype == np.uint8
