"""Which pictures wait, which are decoded together, and which nobody waits for any more."""

import resource
import threading
import time

import numpy as np
import pytest

from tests.worker.data.making import encoded, pictures
from tests.worker.data.pictures.bombs import EIGHT, LARGEST, costly, decoders, small
from worker.data.children import pool as children
from worker.data.pictures.pixels import Picture
from worker.data.pictures.pool import DecoderPool
from worker.data.pictures.process import Decoder
from worker.data.preprocessing import Preprocessing
from worker.errors import CorruptFile, TooBusy, WorkerError
from worker.settings import Settings


def test_what_nobody_waits_for_is_not_begun_or_ended(pool: DecoderPool) -> None:
    tasks = [pool.submit(costly(), EIGHT) for _ in range(6)]
    while not any(task.child for task in tasks):
        time.sleep(0.001)
    pool.drop(tasks)
    assert pool.queued == 0
    assert all(task.answer.cancelled() for task in tasks if not task.began)
    assert pool.submit(small(), EIGHT).answer.result(30).pixels.shape == (8, 8, 3)


def test_a_picture_is_not_blamed_for_the_one_before(pool: DecoderPool) -> None:
    for _ in range(3):
        tasks = [pool.submit(costly(), EIGHT) for _ in range(2)]
        behind = [pool.submit(small(), EIGHT) for _ in range(4)]
        time.sleep(children.QUICK_S + 0.1)
        pool.drop(tasks)
        assert all(task.answer.result(30).pixels.shape == (8, 8, 3) for task in behind)


def test_a_full_queue_takes_no_more() -> None:
    settings = Settings(max_image_pixels=LARGEST, max_queued_pixels=1000)
    pool = DecoderPool(settings)  # nobody works here
    for _ in range(16):
        pool.submit(small(), EIGHT)
    with pytest.raises(TooBusy, match="at most 1,000 pixels"):
        pool.submit(small(), EIGHT)
    pool.drop([*pool._tasks])
    assert pool.queued == 0
    pool.submit(small(), EIGHT)


def test_large_pictures_are_not_in_memory_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "cores", lambda: 3)
    together, most = [0], [0]
    lock = threading.Lock()

    def decoding(self: object, data: bytes, preprocessing: Preprocessing) -> object:
        with lock:
            together[0] += 1
            most[0] = max(most[0], together[0])
        time.sleep(0.02)
        with lock:
            together[0] -= 1
        return Picture(np.zeros((8, 8, 3), np.uint8))

    monkeypatch.setattr(Decoder, "decode", decoding)
    with DecoderPool(Settings(max_image_pixels=100)) as pool:
        for side, expected in ((8, 1), (4, 3)):
            most[0] = 0
            tasks = [pool.submit(encoded(pictures(1, side=side)[0]), EIGHT) for _ in range(9)]
            for task in tasks:
                task.answer.result(30)
            assert most[0] == expected


def test_pictures_come_in_their_order_and_faults_in_their_place(pool: DecoderPool) -> None:
    frames = pictures(30)
    sent: list[bytes | WorkerError] = [encoded(frame) for frame in frames]
    sent[3], sent[17] = b"hello", CorruptFile("Expected whole bytes.")
    found = list(pool.in_order(sent, EIGHT))
    for index, (frame, picture) in enumerate(zip(frames, found, strict=True)):
        if index in (3, 17):
            assert isinstance(picture, WorkerError)
        else:
            assert not isinstance(picture, WorkerError)
            assert np.array_equal(picture.pixels, frame)


def test_a_queue_shorter_than_the_pictures_delays_them_only() -> None:
    sent = [encoded(frame) for frame in pictures(9)]
    with DecoderPool(Settings(max_queued_pixels=65)) as pool:
        assert len(list(pool.in_order(sent, EIGHT))) == 9


def test_a_machine_without_processes_left_says_nothing_of_the_picture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.executable", "/nonexistent/python")
    with DecoderPool(Settings()) as pool:
        with pytest.raises(TooBusy, match="none comes up"):
            pool.submit(small(), EIGHT).answer.result(30)
        with pytest.raises(TooBusy):
            list(pool.in_order([small()], EIGHT))


def test_an_end_leaves_no_process_and_nobody_waiting() -> None:
    others = {*decoders()}
    settings = Settings(max_image_seconds=20, max_image_bytes=10**8, max_queued_pixels=10**10)
    with DecoderPool(settings, ready=True) as pool:
        tasks = [pool.submit(costly(), EIGHT) for _ in range(8)]
        before = {*decoders()}
    assert before - others
    assert {*decoders()} <= others
    assert all(task.answer.done() for task in tasks)
    with pytest.raises(TooBusy):
        pool.submit(small(), EIGHT)
    assert resource.getrlimit(resource.RLIMIT_AS)
