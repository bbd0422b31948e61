import tracemalloc
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress

import h5py
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from worker.data.hdf5.filters import DAMAGED, FILTERS, Step, expand_lzf, inflate, undone, unshuffle

GZIP, SHUFFLE, LZF = Step(1, (4,)), Step(2, (4,)), Step(32000, (4, 261, 12))
DATA = bytes(range(12))
SHUFFLED = bytes([0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11])
STREAM = zlib.compress(DATA)


def test_every_filter_is_undone_by_one_row_of_the_table() -> None:
    assert {code: known.name for code, known in FILTERS.items()} == {
        h5py.h5z.FILTER_DEFLATE: "gzip",
        h5py.h5z.FILTER_SHUFFLE: "shuffle",
        h5py.h5z.FILTER_LZF: "lzf",
    }


@pytest.mark.parametrize(
    ("data", "steps", "skipped"),
    [
        (DATA, [], 0),
        (STREAM, [GZIP], 0),
        (SHUFFLED, [SHUFFLE], 0),
        (zlib.compress(SHUFFLED), [SHUFFLE, GZIP], 0),
        (bytes([11]) + SHUFFLED, [SHUFFLE, LZF], 0),
        (zlib.compress(STREAM), [GZIP, GZIP], 0),
        (DATA, [SHUFFLE, GZIP], 0b11),
        (SHUFFLED, [SHUFFLE, GZIP], 0b10),
        (STREAM, [SHUFFLE, GZIP], 0b01),
    ],
)
def test_steps_are_undone_last_first_but_for_those_skipped(
    data: bytes, steps: Sequence[Step], skipped: int
) -> None:
    assert undone(data, steps, skipped, len(DATA)) == DATA


@pytest.mark.parametrize(
    ("data", "steps"),
    [
        (DATA[:-1], []),
        (DATA + b"x", []),
        (b"", [GZIP]),
        (zlib.compress(DATA[:-1]), [GZIP]),
        (zlib.compress(DATA + b"x"), [GZIP]),
        (zlib.compress(bytes(2**20)), [GZIP]),
        (STREAM[:-1], [GZIP]),
        (STREAM[:-4] + b"sums", [GZIP]),
        (STREAM + b"x", [GZIP]),
        (b"garbage", [GZIP]),
        (zlib.compress(SHUFFLED[:-1]), [SHUFFLE, GZIP]),
        (DATA, [Step(2, (0,))]),
        (DATA, [Step(2, ())]),
    ],
)
def test_anything_but_exactly_a_chunk_is_refused(data: bytes, steps: Sequence[Step]) -> None:
    with pytest.raises(DAMAGED):
        undone(data, steps, 0, len(DATA))


@pytest.mark.parametrize(
    ("undo", "bomb"),
    [(inflate, zlib.compress(bytes(2**24))), (expand_lzf, b"\x00a" + b"\xe0\xff\x00" * 2**16)],
)
def test_what_grows_too_large_takes_no_memory(
    undo: Callable[[bytes, int, Sequence[int]], bytes], bomb: bytes
) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=r"^Expected"):
            undo(bomb, 1000, ())
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 2**20


@given(st.binary(max_size=100), st.integers(1, 9))
def test_shuffled_bytes_come_back(data: bytes, element_bytes: int) -> None:
    whole = len(data) - len(data) % element_bytes
    planes = np.frombuffer(data[:whole], np.uint8).reshape(-1, element_bytes).T
    shuffled = planes.tobytes() + data[whole:]
    assert unshuffle(shuffled, len(data), (element_bytes,)) == data


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", b""),
        (b"\x02abc", b"abc"),
        (b"\x00a\x20\x00", b"aaaa"),  # three more, from one back
        (b"\x01ab\x60\x01", b"abababa"),  # five more, from two back
        (b"\x03abcd\x20\x02", b"abcdbcd"),  # three more, from three back
        (b"\x00a\xe0\xff\x00", b"a" * 265),  # the longest
        (b"\x1f" + bytes(range(32)) + b"\x20\x1f", bytes(range(32)) + b"\x00\x01\x02"),
    ],
)
def test_lzf_is_expanded(data: bytes, expected: bytes) -> None:
    assert expand_lzf(data, len(expected), ()) == expected


@pytest.mark.parametrize(
    "data",
    [
        b"\x02ab",  # of three literal bytes, two
        b"\x00",
        b"\x00a\x20",  # a reference without its second byte
        b"\x00a\xe0",  # and without its length
        b"\x00a\xe0\x00",
        b"\x20\x00",  # to before the first byte
        b"\x00a\x20\x01",
        b"\x00a\xe0\xff\x00",  # 265 bytes
    ],
)
def test_lzf_that_is_damaged_or_too_long_is_refused(data: bytes) -> None:
    with pytest.raises(DAMAGED):
        expand_lzf(data, 264, ())


def sound(undo: Callable[[], bytes]) -> bytes:
    """What comes of it, or nothing."""
    with suppress(*DAMAGED):
        return undo()
    return b""


@example(b"\x00a" + b"\xe0\xff\x00" * 50)
@given(st.binary(max_size=200))
def test_whatever_lzf_is_given_it_does_not_outgrow_its_room(data: bytes) -> None:
    assert len(sound(lambda: expand_lzf(data, 100, ()))) <= 100


@given(st.binary(max_size=200), st.sampled_from([(GZIP,), (LZF,), (SHUFFLE, LZF), (LZF, GZIP)]))
def test_garbage_is_refused_or_exactly_a_chunk(data: bytes, steps: Sequence[Step]) -> None:
    assert len(sound(lambda: undone(data, steps, 0, 64))) in (0, 64)
