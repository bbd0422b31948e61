import functools
import os
import resource
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.worker.data.making import encoded, encoded_image, pictures, shown, wide_gamut
from worker.data.pictures import pool as decoder_pool
from worker.data.pictures.pixels import Picture, decode
from worker.data.pictures.pool import DecoderPool
from worker.data.pictures.process import Decoder
from worker.data.preprocessing import Preprocessing
from worker.errors import (
    CorruptFile,
    LimitExceeded,
    TooBusy,
    TooCostly,
    UnsupportedFile,
    WorkerError,
)
from worker.settings import Settings
from worker.system.confinement import landlock
from worker.system.machine import cores

EIGHT = Preprocessing(height=8, width=8)
LARGEST = 9_000_000


def small() -> bytes:
    return encoded(pictures(1)[0])


def repeated(image: Image.Image, passes: int) -> bytes:
    """A progressive JPEG of which the last scan comes again and again: the well-known bomb."""
    whole = encoded_image(image, "JPEG", progressive=True)
    scan = whole[whole.rindex(b"\xff\xda") : -2]
    return whole[:-2] + scan * passes + b"\xff\xd9"


@functools.cache
def costly() -> bytes:
    """A picture that takes seconds."""
    return repeated(Image.effect_noise((1500, 1500), 50), 100)


@pytest.fixture(scope="module")
def pool() -> Iterator[DecoderPool]:
    settings = Settings(
        max_image_pixels=LARGEST,
        max_image_bytes=10**8,
        max_image_seconds=1,
        max_queued_pixels=10**10,
    )
    with DecoderPool(settings, ready=True) as pool:
        yield pool


def decoders() -> dict[int, Path]:
    """The processes that this one has started to decode."""
    found = {}
    for task in Path("/proc/self/task").iterdir():
        with suppress(FileNotFoundError):  # a thread, or a process, may end meanwhile
            for pid in (task / "children").read_text().split():
                proc = Path("/proc") / pid
                if b"worker.data.pictures.decoder" in (proc / "cmdline").read_bytes():
                    found[int(pid)] = proc
    return found


def transposed() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 7
    return exif


def with_a_preview() -> bytes:
    first, second = (Image.fromarray(frame) for frame in pictures(2, side=90))
    return encoded_image(first, "MPO", save_all=True, append_images=[second])


@pytest.mark.parametrize(
    "data",
    [
        *(encoded(pictures(1, side=90)[0], kind) for kind in ("PNG", "JPEG", "WEBP")),
        *(
            encoded(pictures(1, side=90)[0], kind, exif=transposed())
            for kind in ("PNG", "JPEG", "WEBP")
        ),
        *(
            encoded(pictures(1)[0], kind, icc_profile=wide_gamut())
            for kind in ("PNG", "JPEG", "WEBP")
        ),
        encoded_image(Image.fromarray(pictures(1)[0]).convert("P"), "PNG", transparency=0),
        encoded_image(Image.new("CMYK", (90, 90), (9, 99, 199, 20)), "JPEG"),
        encoded_image(Image.new("I;16", (90, 90), 30_000), "PNG"),
        with_a_preview(),
        encoded_image(Image.effect_noise((900, 600), 50), "JPEG")[:-9],
    ],
    ids=shown,
)
def test_a_picture_is_the_same_as_decoded_in_place(pool: DecoderPool, data: bytes) -> None:
    ours = decode(data, EIGHT, max_bytes=10**6, max_pixels=10**6)
    theirs = pool.submit(data, EIGHT).picture.result(30)
    assert np.array_equal(theirs.pixels, ours.pixels)
    assert theirs.cut_short == ours.cut_short


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"hello", UnsupportedFile),
        (small()[:-40], CorruptFile),
        (encoded_image(Image.new("L", (3001, 3000)), "PNG"), LimitExceeded),
    ],
)
def test_a_refusal_is_the_same_too(
    pool: DecoderPool, data: bytes, error: type[WorkerError]
) -> None:
    with pytest.raises(error) as refusal:
        decode(data, EIGHT, max_bytes=10**9, max_pixels=LARGEST)
    with pytest.raises(error) as other:
        pool.submit(data, EIGHT).picture.result(30)
    assert str(other.value) == str(refusal.value)


def test_what_takes_too_long_is_too_costly_and_the_next_picture_is_decoded(
    pool: DecoderPool,
) -> None:
    with pytest.raises(TooCostly, match="within 1 s"):
        pool.submit(costly(), EIGHT).picture.result(60)
    assert pool.submit(small(), EIGHT).picture.result(30).pixels.shape == (8, 8, 3)


def test_what_says_that_it_is_gone_over_hundreds_of_times_is_refused_at_once(
    pool: DecoderPool,
) -> None:
    with pytest.raises(TooCostly, match="got 4,0"):
        pool.submit(repeated(Image.new("L", (400, 400)), 4_000), EIGHT)


def test_a_decoder_that_dies_costs_one_picture(pool: DecoderPool) -> None:
    for _ in range(8):
        pool.submit(small(), EIGHT).picture.result(30)
    task = pool.submit(costly(), EIGHT)
    while not task.decoder:
        time.sleep(0.001)
    time.sleep(0.05)  # it has begun
    for pid in decoders():
        os.kill(pid, signal.SIGSEGV)
    with pytest.raises(TooCostly):
        task.picture.result(30)
    for _ in range(8):  # nor is one that died with nothing to do held against the next picture
        assert pool.submit(small(), EIGHT).picture.result(30).pixels.shape == (8, 8, 3)


def test_a_picture_of_the_largest_size_fits_the_memory_and_leaves_none_behind(
    pool: DecoderPool,
) -> None:
    image = Image.new("RGBA", (3000, 3000), (1, 2, 3, 100))
    for kind in ("WEBP", "PNG"):
        data = encoded_image(image, kind)
        assert pool.submit(data, EIGHT).picture.result(60).pixels.shape == (8, 8, 3)
    for proc in decoders().values():
        status = dict(line.split(":") for line in (proc / "status").read_text().splitlines())
        assert int(status["RssAnon"].split()[0]) < 60_000
        limits = (proc / "limits").read_text()
        assert str(320 * 2**20 + 24 * LARGEST) in limits


@pytest.mark.skipif(not landlock.version(), reason="needs a kernel with Landlock")
def test_a_decoder_is_sealed(pool: DecoderPool, monkeypatch: pytest.MonkeyPatch) -> None:
    pool.submit(small(), EIGHT).picture.result(30)
    for proc in decoders().values():
        status = dict(line.split(":\t") for line in (proc / "status").read_text().splitlines())
        assert status["Seccomp"] == "2"
        assert status["NoNewPrivs"] == "1"
        assert b"PURR" not in (proc / "environ").read_bytes()
        assert len(list((proc / "fd").iterdir())) == 3


def test_what_nobody_waits_for_is_not_begun_or_ended(pool: DecoderPool) -> None:
    tasks = [pool.submit(costly(), EIGHT) for _ in range(6)]
    while not any(task.decoder for task in tasks):
        time.sleep(0.001)
    pool.drop(tasks)
    assert pool.queued == 0
    assert all(task.picture.cancelled() for task in tasks if not task.began)
    assert pool.submit(small(), EIGHT).picture.result(30).pixels.shape == (8, 8, 3)


def test_a_picture_is_not_blamed_for_the_one_before(pool: DecoderPool) -> None:
    for _ in range(3):
        tasks = [pool.submit(costly(), EIGHT) for _ in range(2)]
        behind = [pool.submit(small(), EIGHT) for _ in range(4)]
        time.sleep(decoder_pool.QUICK_S + 0.1)
        pool.drop(tasks)
        assert all(task.picture.result(30).pixels.shape == (8, 8, 3) for task in behind)


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
    monkeypatch.setattr(decoder_pool, "cores", lambda: 3)
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
                task.picture.result(30)
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
            pool.submit(small(), EIGHT).picture.result(30)
        with pytest.raises(TooBusy):
            list(pool.in_order([small()], EIGHT))


@pytest.fixture
def told() -> list[tuple[bool, str]]:
    """Of each picture whether it was begun, and the code of its refusal."""
    return []


@pytest.fixture
def observed(told: list[tuple[bool, str]]) -> Iterator[DecoderPool]:
    def observe(seconds: float | None, code: str) -> None:
        told.append((seconds is not None, code))

    settings = Settings(
        max_image_bytes=10**8,
        max_image_pixels=LARGEST,
        max_image_seconds=1,
        max_queued_pixels=10**10,
    )
    with DecoderPool(settings, observe, ready=True) as pool:
        while pool.starts < cores():
            time.sleep(0.001)
        yield pool


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
    while not task.decoder or time.monotonic() - task.began < 2 * decoder_pool.QUICK_S:
        time.sleep(0.001)
    observed.drop([task])
    assert observed.submit(small(), EIGHT).picture.result(30).pixels.shape == (8, 8, 3)
    list(observed.in_order([small()] * 9, EIGHT))
    assert {code for _, code in told} == {""}


def test_a_machine_without_processes_left_took_no_time_for_a_picture(
    told: list[tuple[bool, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def observe(seconds: float | None, code: str) -> None:
        told.append((seconds is not None, code))

    monkeypatch.setattr("sys.executable", "/nonexistent/python")
    with DecoderPool(Settings(), observe) as pool:
        pool.submit(small(), EIGHT).picture.exception(30)
        assert (pool.starts, pool.seconds, told) == (0, 0.0, [(False, "too_busy")])


def test_an_end_leaves_no_process_and_nobody_waiting() -> None:
    others = {*decoders()}
    settings = Settings(max_image_seconds=20, max_image_bytes=10**8, max_queued_pixels=10**10)
    with DecoderPool(settings, ready=True) as pool:
        tasks = [pool.submit(costly(), EIGHT) for _ in range(8)]
        before = {*decoders()}
    assert before - others
    assert {*decoders()} <= others
    assert all(task.picture.done() for task in tasks)
    with pytest.raises(TooBusy):
        pool.submit(small(), EIGHT)
    assert resource.getrlimit(resource.RLIMIT_AS)
