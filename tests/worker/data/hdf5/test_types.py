"""Which of HDF5's types an array may have."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from tests.worker.data.hdf5.arrays import NAME, read
from worker.data.hdf5.guard import Kind
from worker.data.hdf5.reader import LABELS, PICTURES, TEXTS
from worker.errors import UnsupportedFile


def stored(path: Path, type_id: h5py.h5t.TypeID) -> Path:
    with h5py.File(path, "w") as file:
        space = h5py.h5s.create_simple((4,))
        h5py.h5d.create(file.id, NAME.encode(), type_id, space)
    return path


@pytest.mark.parametrize(
    ("dtype", "kind", "words"),
    [
        ("f4", PICTURES, "uint8 numbers .* got float32"),
        ("u2", PICTURES, "got uint16"),
        ("i1", PICTURES, "got int8"),
        ("?", PICTURES, "got bool"),
        (h5py.vlen_dtype("u1"), PICTURES, "got object"),
        (h5py.ref_dtype, PICTURES, "got object"),
        ([("a", "u1"), ("b", "u1")], PICTURES, "got void16"),
        (np.dtype(("u1", (3,))), PICTURES, "uint8 numbers"),
        (h5py.string_dtype(), TEXTS, "fixed length .* got object"),
        ("S257", TEXTS, "up to 256"),
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
        (with_few_bits(), LABELS),
        (h5py.h5t.STD_B8LE, PICTURES),
        (h5py.h5t.py_create(h5py.enum_dtype({"a": 1}, "u1"), logical=True), PICTURES),
        (text(h5py.h5t.STR_SPACEPAD), TEXTS),
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
    assert read(path, TEXTS).tolist() == names
