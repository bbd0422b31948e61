"""Texts of variable length, which lie in heaps of their own."""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.worker.data.hdf5.arrays import NAME, read
from worker.data.arrays.stored import NAMES
from worker.data.hdf5 import texts
from worker.errors import CorruptFile, UnsupportedFile

WORDS = ["non-cat", "kätzchen", "", "x" * 200]


def stored(path: Path, words: list[str], **options: Any) -> Path:
    with h5py.File(path, "w") as file:
        file.create_dataset(NAME, data=words, dtype=h5py.string_dtype(), **options)
    return path


def names(path: Path, step: int = 2**20) -> list[str]:
    return [name.decode() for name in read(path, NAMES, step).tolist()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("texts")


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.text(max_size=60).map(lambda text: text.replace("\0", "")), min_size=1),
    st.sampled_from([{}, {"chunks": (1,), "compression": "gzip", "shuffle": True}]),
    st.integers(1, 5),
)
def test_what_h5py_writes_is_read(
    folder: Path, words: list[str], options: dict[str, Any], step: int
) -> None:
    assert names(stored(folder / "a.h5", words, **options), step) == words


def test_texts_that_were_never_written_are_empty(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset(NAME, (2,), h5py.string_dtype())
        file.create_dataset("filled", (2,), h5py.string_dtype(), fillvalue=b"x")
    assert names(tmp_path / "a.h5") == ["", ""]


def heap(content: bytearray) -> int:
    return content.index(b"GCOL")


def mark(content: bytearray) -> None:
    content[heap(content)] ^= 1


def version(content: bytearray) -> None:
    content[heap(content) + 4] = 2


def far_too_large(content: bytearray) -> None:
    struct.pack_into("<Q", content, heap(content) + 8, 2**40)


def smaller_than_its_head(content: bytearray) -> None:
    struct.pack_into("<Q", content, heap(content) + 8, 8)


def beyond_the_file(content: bytearray) -> None:
    struct.pack_into("<Q", content, heap(content) + 8, 2**19)


def of_no_objects(content: bytearray) -> None:
    struct.pack_into("<Q", content, heap(content) + 8, 16)


def object_beyond_the_heap(content: bytearray) -> None:
    struct.pack_into("<Q", content, heap(content) + 24, 2**60)


def no_such_object(content: bytearray) -> None:
    struct.pack_into("<I", content, pointer(content, 12), 77)


def pointer(content: bytearray, place: int) -> int:
    return content.index(struct.pack("<Q", heap(content))) - 4 + place


def longer_than_stored(content: bytearray) -> None:
    struct.pack_into("<I", content, pointer(content, 0), 250)


def heap_elsewhere(content: bytearray) -> None:
    struct.pack_into("<Q", content, pointer(content, 4), 2**63 + 5)


@pytest.mark.parametrize(
    "change",
    [
        mark,
        version,
        far_too_large,
        smaller_than_its_head,
        beyond_the_file,
        of_no_objects,
        object_beyond_the_heap,
        no_such_object,
        longer_than_stored,
        heap_elsewhere,
    ],
)
def test_a_heap_that_is_not_what_it_says_is_corrupt(
    tmp_path: Path, change: Callable[[bytearray], None]
) -> None:
    path = stored(tmp_path / "a.h5", WORDS)
    content = bytearray(path.read_bytes())
    change(content)
    path.write_bytes(content)
    with pytest.raises(CorruptFile, match=r"sound HDF5 data in train_set_x in a\.h5"):
        names(path)


def test_heaps_are_not_read_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = stored(tmp_path / "a.h5", ["x" * 250] * 40)
    assert len(names(path)) == 40
    monkeypatch.setattr(texts, "MAX_HEAPS_BYTES", 8000)
    with pytest.raises(CorruptFile):
        names(path)


def test_a_long_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedFile, match=r"up to 256 bytes .* got one of 300; shorten"):
        names(stored(tmp_path / "a.h5", ["x" * 300]))


def test_places_of_another_width_are_refused(tmp_path: Path) -> None:
    plan = h5py.h5p.create(h5py.h5p.FILE_CREATE)
    plan.set_sizes(4, 8)
    made = h5py.h5f.create(bytes(tmp_path / "a.h5"), h5py.h5f.ACC_TRUNC, plan)
    with h5py.File(made) as file:
        file.create_dataset(NAME, data=["a"], dtype=h5py.string_dtype())
    with pytest.raises(UnsupportedFile, match="got object"):
        names(tmp_path / "a.h5")


def test_the_library_is_not_asked_for_texts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = stored(tmp_path / "a.h5", WORDS)
    monkeypatch.delattr(h5py.Dataset, "__getitem__")
    assert names(path) == WORDS
    assert read(path, NAMES).dtype == np.dtype("S256")
