"""HDF5 files that libhdf5 would believe: refused, and never other bytes than the file's."""

import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.worker.data.hdf5.arrays import NAME, array_file, numbers, read
from tests.worker.data.making import alternating, shown
from worker.data.prepare import prepare
from worker.errors import CorruptFile
from worker.settings import Settings

DATA = numbers((10, 3), "i4")


def damaged(path: Path, change: Callable[[bytearray, list[Any]], None]) -> Path:
    """A compressed array in which a change was made to the file's bytes, knowing its chunks."""
    chunks: list[Any] = []
    made = array_file(path, (10, 3), "i4", chunk=(4, 3), filters=["shuffle", "gzip"])
    made[...] = DATA
    made.file.close()
    with h5py.File(path) as file:
        file[NAME].id.chunk_iter(chunks.append)
    content = bytearray(path.read_bytes())
    change(content, chunks)
    path.write_bytes(content)
    return path


def address(content: bytearray, chunk: Any, offset: int) -> None:
    """Say of the chunk in the index that it lies elsewhere."""
    old = struct.pack("<Q", chunk.byte_offset)
    assert content.count(old) == 1
    at = content.index(old)
    content[at : at + 8] = struct.pack("<Q", offset)


def outside(content: bytearray, chunks: list[Any]) -> None:
    address(content, chunks[1], len(content) + 100)


def partly_outside(content: bytearray, chunks: list[Any]) -> None:
    address(content, chunks[1], len(content) - chunks[1].size + 1)


def nowhere(content: bytearray, chunks: list[Any]) -> None:
    address(content, chunks[1], 2**64 - 1)


def swapped(content: bytearray, chunks: list[Any]) -> None:
    one, other = chunks[:2]
    assert one.size != other.size
    address(content, one, 2**63)
    address(content, other, one.byte_offset)
    address(content, one._replace(byte_offset=2**63), other.byte_offset)


def blank(content: bytearray, chunks: list[Any]) -> None:
    start = chunks[1].byte_offset
    content[start : start + chunks[1].size] = bytes(chunks[1].size)


@pytest.mark.parametrize("change", [outside, partly_outside, nowhere, swapped, blank])
def test_a_chunk_that_is_not_where_it_should_be_is_corrupt(
    tmp_path: Path, change: Callable[[bytearray, list[Any]], None]
) -> None:
    with pytest.raises(CorruptFile, match=r"sound HDF5 data in train_set_x in a\.h5"):
        read(damaged(tmp_path / "a.h5", change))


@pytest.mark.parametrize(
    ("away", "longer"), [(1, 0), (10**6, 0), (2**62, 0), (0, 1), (0, -1), (0, 2**60)]
)
def test_a_piece_that_is_elsewhere_or_of_another_length_is_corrupt(
    tmp_path: Path, away: int, longer: int
) -> None:
    path = tmp_path / "a.h5"
    made = array_file(path, (10, 3), "i4")
    made[...] = DATA
    old = made.id.get_offset(), DATA.nbytes
    made.file.close()
    content = path.read_bytes()
    assert content.count(struct.pack("<QQ", *old)) == 1
    changed = struct.pack("<QQ", old[0] + away, old[1] + longer)
    path.write_bytes(content.replace(struct.pack("<QQ", *old), changed))
    with pytest.raises(CorruptFile, match=NAME):
        read(path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("flipped")


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**16), st.integers(1, 255))
def test_no_changed_byte_of_a_chunk_changes_a_number(folder: Path, at: int, change: int) -> None:
    def flip(content: bytearray, chunks: list[Any]) -> None:
        content[chunks[0].byte_offset + at % chunks[0].size] ^= change

    try:
        ours = read(damaged(folder / "flipped.h5", flip))
    except CorruptFile:
        return
    # Two bits say how hard zlib tried, which is nothing to whoever inflates.
    assert np.array_equal(ours, DATA)


@pytest.mark.parametrize("missing", [1, 10, 20, 60, 500, 1500, 2500, 3500, 4000])
def test_a_file_cut_short_anywhere_is_corrupt(tmp_path: Path, missing: int) -> None:
    path = damaged(tmp_path / "a.h5", lambda content, chunks: None)
    os.truncate(path, path.stat().st_size - missing)
    with pytest.raises(CorruptFile):
        read(path)


WHOLE = bytes(range(48))


@pytest.mark.parametrize(
    ("filters", "stored"),
    [
        (["gzip"], zlib.compress(WHOLE[:-1])),
        (["gzip"], zlib.compress(WHOLE + b"x")),
        (["gzip"], zlib.compress(WHOLE)[:-1]),
        (["gzip"], zlib.compress(WHOLE) + b"x"),
        (["gzip"], zlib.compress(bytes(2**20))),
        (["gzip"], b"garbage"),
        (["gzip"], WHOLE),
        (["shuffle", "gzip"], zlib.compress(WHOLE[:-1])),
        (["shuffle"], WHOLE[:-4]),
        (["lzf"], b"\x1f" + WHOLE[:32]),
        (["lzf"], b"\x00a\x20\xff"),
        (["lzf"], b"\xff" * 20),
    ],
    ids=shown,
)
@pytest.mark.parametrize("libver", ["earliest", "latest"])
def test_a_chunk_that_is_not_what_the_shape_says_is_corrupt(
    tmp_path: Path, libver: str, filters: list[str], stored: bytes
) -> None:
    made = array_file(tmp_path / "a.h5", (4, 3), "i4", chunk=(4, 3), filters=filters, libver=libver)
    made.id.write_direct_chunk((0, 0), stored)
    made.file.close()
    with pytest.raises(CorruptFile, match=r"sound HDF5 data in train_set_x in a\.h5"):
        read(tmp_path / "a.h5")


@pytest.mark.parametrize("stored", [WHOLE[:-1], WHOLE + b"x"], ids=["short", "long"])
def test_a_plain_chunk_of_another_length_is_corrupt(tmp_path: Path, stored: bytes) -> None:
    made = array_file(tmp_path / "a.h5", (4, 3), "i4", chunk=(4, 3))
    made.id.write_direct_chunk((0, 0), stored)
    made.file.close()
    with pytest.raises(CorruptFile, match=NAME):
        read(tmp_path / "a.h5")


CANARY = b"nobody may see this "


@pytest.mark.parametrize("length", [0, 100, 500, 1000])
def test_a_short_chunk_shows_nothing_of_the_memory(tmp_path: Path, length: int) -> None:
    """libhdf5 would take the missing bytes from behind its buffer: here, the canaries."""
    shape = (10, 8, 8, 3)
    made = array_file(tmp_path / "a.h5", shape, chunk=shape, filters=["gzip"])
    made.id.write_direct_chunk((0, 0, 0, 0), zlib.compress(os.urandom(length)))
    made.file["train_set_y"] = alternating(10)
    made.file.close()
    (tmp_path / "target").mkdir()
    canaries = [bytearray(CANARY * n) for n in range(3, 200) for _ in range(20)]
    del canaries[::2]
    with pytest.raises(CorruptFile):
        prepare([tmp_path / "a.h5"], tmp_path / "target", Settings())
    assert not any(CANARY[:8] in path.read_bytes() for path in (tmp_path / "target").iterdir())


@pytest.mark.parametrize("chunk", [None, (4,)])
@pytest.mark.parametrize("length", [1, 2, 7, 9, 200])
def test_a_fill_value_of_another_length_is_corrupt(
    tmp_path: Path, chunk: tuple[int, ...] | None, length: int
) -> None:
    """libhdf5 would take the missing bytes from memory."""
    path, value = tmp_path / "a.h5", struct.pack("<Q", 0x1122334455667788)
    array_file(path, (10,), "u8", chunk=chunk, fill=0x1122334455667788).file.close()
    content = path.read_bytes()
    changed = content.replace(struct.pack("<I", 8) + value, struct.pack("<I", length) + value)
    assert changed != content
    path.write_bytes(changed)
    with pytest.raises(CorruptFile, match=NAME):
        read(path)


def test_more_parameters_of_a_filter_than_h5py_holds_are_corrupt(tmp_path: Path) -> None:
    plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plan.set_chunk((3,))
    plan.set_filter(h5py.h5z.FILTER_LZF, h5py.h5z.FLAG_OPTIONAL, tuple(range(300)))
    with h5py.File(tmp_path / "a.h5", "w") as file:
        space = h5py.h5s.create_simple((3,))
        h5py.h5d.create(file.id, NAME.encode(), h5py.h5t.STD_U8LE, space, plan)
    with pytest.raises(CorruptFile):
        read(tmp_path / "a.h5")
