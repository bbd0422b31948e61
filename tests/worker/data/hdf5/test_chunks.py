"""Chunks and pieces of bytes become rows; `test_hdf5_file` holds the same against h5py."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from worker.data.hdf5 import chunks
from worker.data.hdf5.chunks import ENTRY, Array, Chunked, Contiguous, Source, indexed
from worker.data.hdf5.filters import Step

BYTES = np.dtype(np.uint8)
ROWS = np.arange(20, dtype=np.uint8).reshape(10, 2)


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Source]:
    """A file with the rows in chunks of four rows and one column, one behind the other."""
    padded = np.concatenate([ROWS, ROWS[:2]])
    (tmp_path / "bytes").write_bytes(padded.reshape(3, 4, 2).transpose(0, 2, 1).tobytes())
    with (tmp_path / "bytes").open("rb") as file:
        yield Source(file.fileno(), 24)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The places that are read, as they are."""
    places: list[int] = []
    pread = os.pread

    def noting(descriptor: int, size: int, offset: int) -> bytes:
        places.append(offset)
        return pread(descriptor, size, offset)

    monkeypatch.setattr(os, "pread", noting)
    return places


def chunked(source: Source, fill: int = 0, steps: tuple[Step, ...] = ()) -> Chunked:
    index = np.zeros((3, 2), ENTRY)
    index["offset"] = [[0, 4], [8, 12], [16, 20]]
    index["size"] = 4
    return Chunked(source, (10, 2), BYTES, np.array(fill, BYTES), (4, 1), steps, index)


def in_blocks(array: Chunked, step: int) -> Array:
    return np.concatenate(
        [array.read(start, min(start + step, 10)) for start in range(0, 10, step)]
    )


@pytest.mark.parametrize("step", [1, 2, 3, 4, 5, 7, 10])
def test_a_chunk_is_read_once_however_small_the_blocks(
    source: Source, reads: list[int], step: int
) -> None:
    array = chunked(source)
    assert np.array_equal(in_blocks(array, step), ROWS)
    assert sorted(reads) == [0, 4, 8, 12, 16, 20]
    assert array._kept == {}


def test_chunks_for_which_there_is_no_room_are_read_again(
    source: Source, reads: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "MAX_KEPT_BYTES", 7)
    assert np.array_equal(in_blocks(chunked(source), 2), ROWS)
    assert sorted(reads) == [0, 4, 4, 8, 12, 12, 16, 20]


def test_chunks_are_not_kept_longer_than_needed(source: Source) -> None:
    array = chunked(source)
    array.read(0, 3)
    assert len(array._kept) == 2
    array.read(3, 4)
    assert array._kept == {}


def test_rows_may_be_read_in_any_order(source: Source) -> None:
    array = chunked(source)
    for start, stop in [(5, 9), (0, 3), (2, 7), (0, 10), (9, 10), (4, 4)]:
        assert np.array_equal(array.read(start, stop), ROWS[start:stop])


def test_what_was_never_written_is_fill(source: Source) -> None:
    array = chunked(source, fill=7)
    array.index["size"][1, 0] = 0
    assert array.read(0, 10)[:, 0].tolist() == [0, 2, 4, 6, 7, 7, 7, 7, 16, 18]
    piece = Contiguous(source, (3, 2), BYTES, np.array(7, BYTES), None, 0)
    assert piece.read(1, 3).tolist() == [[7, 7], [7, 7]]


@pytest.mark.parametrize(
    ("offset", "size"), [(21, 4), (24, 4), (-1, 4), (2**62, 4), (0, 3), (0, 5)]
)
def test_a_chunk_that_is_not_there_or_of_another_size_is_refused(
    source: Source, offset: int, size: int
) -> None:
    array = chunked(source)
    array.index[2, 1] = offset, size, 0
    with pytest.raises(ValueError, match=r"^Expected"):
        array.read(0, 10)


def test_a_piece_is_read_in_rows(source: Source) -> None:
    piece = Contiguous(source, (4, 3), np.dtype(">u2"), np.zeros((), ">u2"), 0, 24)
    expected = np.frombuffer(source.read(0, 24), ">u2").reshape(4, 3)
    assert np.array_equal(piece.read(1, 3), expected[1:3])


@pytest.mark.parametrize(("offset", "size"), [(1, 24), (25, 24), (2**64 - 2, 24), (0, 23), (0, 25)])
def test_a_piece_that_is_not_there_or_of_another_size_is_refused(
    source: Source, offset: int, size: int
) -> None:
    piece = Contiguous(source, (4, 6), BYTES, np.zeros((), BYTES), offset, size)
    with pytest.raises(ValueError, match=r"^Expected"):
        piece.read(0, 4)


def test_a_file_that_became_shorter_is_refused(source: Source) -> None:
    with pytest.raises(ValueError, match="Expected 10 bytes at 20, got 4"):
        Source(source.descriptor, 100).read(20, 10)


class Info(NamedTuple):
    """A chunk, as h5py tells of it."""

    chunk_offset: tuple[int, ...]
    filter_mask: int = 0
    byte_offset: int = 0
    size: int = 4


class Dataset:
    def __init__(self, *infos: Info) -> None:
        self.infos = infos

    def chunk_iter(self, enter: Any) -> None:
        for info in self.infos:
            assert enter(info) is None  # else h5py would stop


def entries(source: Source, *infos: Info) -> Array:
    return indexed(Dataset(*infos), (3, 2), (4, 1), 4, source)


def test_chunks_are_entered_where_they_belong(source: Source) -> None:
    index = entries(source, Info((8, 1), 5, 12, 3), Info((0, 0), 0, 2, 4))
    assert index[2, 1].item() == (12, 3, 5)
    assert index[0, 0].item() == (2, 4, 0)
    assert np.count_nonzero(index["size"]) == 2


def test_chunks_outside_of_the_shape_are_passed_over(source: Source) -> None:
    assert not entries(source, Info((12, 0)), Info((0, 2)), Info((2**63, 0), 0, 2**63))[
        "size"
    ].any()


@pytest.mark.parametrize(
    "infos",
    [
        [Info((0, 0), 0, 21)],
        [Info((0, 0), 0, 2**64 - 1)],
        [Info((0, 0), 0, 0, 0)],
        [Info((0, 0), 0, 0, 2**64 - 1)],
        [Info((0, 0)), Info((0, 0), 0, 4)],
        [Info((side, column), 0, 0, 5) for side in (0, 4, 8) for column in (0, 1)],
    ],
    ids=["behind the end", "no place", "no bytes", "endless", "twice", "more than the file has"],
)
def test_impossible_chunks_are_refused(source: Source, infos: list[Info]) -> None:
    with pytest.raises(ValueError, match=r"^Expected"):
        entries(source, *infos)


def test_a_chunk_longer_than_a_filter_makes_it_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Expected each chunk once"):
        entries(Source(0, 1000), Info((0, 0), 0, 0, 100))
