"""What is set aside for Valkey, on a disk whose free space is made up."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from service.launcher import disk_reserve
from service.launcher.disk_reserve import SET_ASIDE, DiskReserve
from service.launcher.valkey import Valkey

BYTES = 2**20


@pytest.fixture
def valkey(folder: Path) -> Iterator[Valkey]:
    valkey = Valkey(folder / "redis", folder / "valkey.log", max_bytes=2**24, set_aside_bytes=BYTES)
    valkey.start()
    yield valkey
    valkey.stop()


class Disk:
    """So much is free; everybody else takes and gives what the test says."""

    def __init__(self, free: int) -> None:
        self.free = free

    def __call__(self, folder: Path) -> int:
        return self.free


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    disk = Disk(100 * BYTES)
    monkeypatch.setattr(disk_reserve, "free_bytes", disk)
    return disk


def rewriting(valkey: Valkey) -> str:
    with Redis.from_url(valkey.url, decode_responses=True) as client:
        return str(client.config_get("auto-aof-rewrite-percentage")["auto-aof-rewrite-percentage"])


def test_some_is_set_aside_where_there_is_plenty_and_given_up_at_the_end(
    valkey: Valkey, disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    temp_path = valkey.folder / SET_ASIDE
    valkey.keep_reserve()
    assert temp_path.stat().st_blocks * 512 >= BYTES  # really there, and not a hole
    disk.free = BYTES
    valkey.keep_reserve()
    assert temp_path.exists()
    disk.free = BYTES // 3
    with caplog.at_level(logging.WARNING):
        valkey.keep_reserve()
        valkey.keep_reserve()
    assert not temp_path.exists()
    assert caplog.text.count("set aside are free now") == 1
    disk.free = 2 * BYTES
    valkey.keep_reserve()
    assert not temp_path.exists()
    disk.free = 5 * BYTES
    valkey.keep_reserve()
    assert temp_path.exists()


def test_its_log_is_not_written_anew_where_the_copy_would_not_fit(
    valkey: Valkey, disk: Disk
) -> None:
    with Redis.from_url(valkey.url) as client:
        client.set("cats", "x" * 3 * BYTES)
    valkey.keep_reserve()
    assert rewriting(valkey) == "100"
    disk.free = 2 * BYTES
    valkey.keep_reserve()
    assert rewriting(valkey) == "0"
    disk.free = 9 * BYTES
    valkey.keep_reserve()
    assert rewriting(valkey) == "100"


def test_what_cannot_be_told_now_is_told_at_the_next_look(folder: Path, disk: Disk) -> None:
    reserve = DiskReserve(folder, f"unix://{folder}/nobody", 0)
    disk.free = 0
    reserve.look()
    assert reserve.rewrites
    assert not (folder / SET_ASIDE).exists()


def test_its_memory_is_bounded(valkey: Valkey) -> None:
    with Redis.from_url(valkey.url, decode_responses=True) as client:
        assert client.config_get("maxmemory") == {"maxmemory": str(2**24)}
