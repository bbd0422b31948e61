"""What is in a compressed file: as much of it as is asked for, and nothing of a damaged one."""

import gzip
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.worker.data.making import PACKERS
from worker.data.compressions import BROKEN, COMPRESSIONS, TARS, beginning, begun, tar_in
from worker.data.magic import HEAD_BYTES

WHOLE = random.Random(1).randbytes(5_000) + bytes(100_000)
every_kind = pytest.mark.parametrize("kind", COMPRESSIONS)


@every_kind
def test_so_many_bytes_are_unpacked_as_tell_what_is_inside(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a"
    packed = PACKERS[kind](bytes(10**7))
    path.write_bytes(packed)
    assert beginning(kind, path) == bytes(HEAD_BYTES)
    assert begun(kind, packed[:HEAD_BYTES]) == bytes(HEAD_BYTES)


@every_kind
@pytest.mark.parametrize("content", [b"", b"x", WHOLE[: HEAD_BYTES - 1], WHOLE])
def test_what_is_inside_is_seen_from_its_beginning(
    tmp_path: Path, kind: str, content: bytes
) -> None:
    path = tmp_path / "a"
    path.write_bytes(PACKERS[kind](content))
    assert beginning(kind, path) == content[:HEAD_BYTES]
    assert content.startswith(begun(kind, path.read_bytes()[:HEAD_BYTES]))


@every_kind
def test_of_a_file_that_is_damaged_there_is_nothing(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a"
    packed = PACKERS[kind](WHOLE)
    for content in (packed[:4] + b"\xff" * 2_000, packed[:3], b"nothing of the kind"):
        path.write_bytes(content)
        assert beginning(kind, path) == begun(kind, content[:HEAD_BYTES]) == b""


@pytest.mark.parametrize(("window", "seen"), [(17, b"x" * 100), (18, b"")])
def test_what_wants_more_than_128_mib_of_memory_counts_as_damaged(
    tmp_path: Path, window: int, seen: bytes
) -> None:
    path = tmp_path / "a"
    # A zstd (RFC 8878) of one block as it is, that wants 2^(10 + window) bytes to unpack it.
    head = b"\x28\xb5\x2f\xfd\0" + bytes([window << 3])
    path.write_bytes(head + (100 << 3 | 1).to_bytes(3, "little") + b"x" * 100)
    assert beginning("zstd", path) == begun("zstd", path.read_bytes()) == seen


@every_kind
def test_an_opened_file_is_unpacked_and_can_begin_anew(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a"
    path.write_bytes(PACKERS[kind](WHOLE))
    with COMPRESSIONS[kind].opened(path) as file:
        assert file.read(3) + file.read() == WHOLE
        file.seek(1_000)
        assert file.read() == WHOLE[1_000:]


@every_kind
@pytest.mark.parametrize(
    "harm",
    [lambda packed: packed[:-9], lambda packed: packed[:9] + b"\xff" * 9 + packed[18:]],
    ids=["cut", "changed"],
)
def test_what_damage_raises_is_known(
    tmp_path: Path, kind: str, harm: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "a"
    path.write_bytes(harm(PACKERS[kind](WHOLE)))
    with COMPRESSIONS[kind].opened(path) as file, pytest.raises(BROKEN):
        file.read()


@every_kind
def test_a_tar_may_be_in_each_of_them(tmp_path: Path, kind: str) -> None:
    assert TARS.keys() == {"tar", *map(tar_in, COMPRESSIONS)}
    path = tmp_path / "a"
    path.write_bytes(PACKERS[kind](WHOLE))
    with TARS[tar_in(kind)](path) as file:
        assert file.read() == WHOLE


def test_gzips_behind_one_another_are_one_file(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(gzip.compress(b"a") + gzip.compress(b"b"))
    assert beginning("gzip", path) == b"ab"
