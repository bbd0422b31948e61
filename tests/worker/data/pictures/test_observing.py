"""What a pool tells of its pictures and processes."""

import time

import pytest

from tests.worker.data.pictures.bombs import EIGHT, costly, small
from worker.data.children import pool as children
from worker.data.pictures.pool import DecoderPool
from worker.settings import Settings
from worker.system.machine import cores


def test_what_becomes_of_each_picture_is_told(
    observed: DecoderPool, told: list[tuple[bool, str]]
) -> None:
    sent = [small(), small()[:-40], b"x" * (10**8 + 1), costly(), small()]
    list(observed.in_order(sent, EIGHT))
    codes = ["", "", "corrupt_file", "limit_exceeded", "too_costly"]
    assert sorted(code for _, code in told) == codes
    assert {code for begun, code in told if not begun} == {"limit_exceeded"}


def test_a_decoder_is_started_again_once_for_each_picture_that_ends_one(
    observed: DecoderPool,
) -> None:
    list(observed.in_order([costly()], EIGHT))
    while observed.starts == cores():
        list(observed.in_order([small()] * 9, EIGHT))
    list(observed.in_order([small()] * 9, EIGHT))
    assert observed.starts == cores() + 1


def test_of_a_picture_that_nobody_waits_for_nothing_is_told(
    observed: DecoderPool, told: list[tuple[bool, str]]
) -> None:
    task = observed.submit(costly(), EIGHT)
    while not task.child or time.monotonic() - task.began < 2 * children.QUICK_S:
        time.sleep(0.001)
    observed.drop([task])
    assert observed.submit(small(), EIGHT).answer.result(30).pixels.shape == (8, 8, 3)
    list(observed.in_order([small()] * 9, EIGHT))
    assert {code for _, code in told} == {""}


def test_a_machine_without_processes_left_took_no_time_for_a_picture(
    told: list[tuple[bool, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def observe(seconds: float | None, code: str) -> None:
        told.append((seconds is not None, code))

    monkeypatch.setattr("sys.executable", "/nonexistent/python")
    with DecoderPool(Settings(), observe) as pool:
        pool.submit(small(), EIGHT).answer.exception(30)
        assert (pool.starts, pool.seconds, told) == (0, 0.0, [(False, "too_busy")])
