"""What the processes decode, and what they can use up: nothing but their limits."""

import os
import signal
import time

import numpy as np
import pytest
from PIL import Image

from tests.worker.data.making import encoded, encoded_image, pictures, shown, wide_gamut
from tests.worker.data.pictures.bombs import EIGHT, LARGEST, costly, decoders, repeated, small
from worker.data.pictures.formats import FORMATS
from worker.data.pictures.pixels import decode
from worker.data.pictures.pool import DecoderPool
from worker.errors import (
    CorruptFile,
    LimitExceeded,
    TooCostly,
    UnsupportedFile,
    WorkerError,
)
from worker.system.confinement import landlock


def transposed() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 7
    return exif


def several(kind: str) -> bytes:
    """A picture and another one behind it."""
    first, second = (Image.fromarray(frame) for frame in pictures(2, side=90))
    return encoded_image(first, kind, save_all=True, append_images=[second])


@pytest.mark.parametrize(
    "data",
    [
        *(encoded(pictures(1, side=90)[0], kind) for kind in FORMATS),
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
        encoded_image(Image.new("I;16", (90, 90), 30_000), "TIFF"),
        encoded_image(Image.new("RGB", (90, 90), (9, 99, 199)), "TIFF", compression="tiff_lzw"),
        several("GIF"),
        several("TIFF"),
        several("MPO"),
        encoded_image(Image.effect_noise((900, 600), 50), "JPEG")[:-9],
    ],
    ids=shown,
)
def test_a_picture_is_the_same_as_decoded_in_place(pool: DecoderPool, data: bytes) -> None:
    ours = decode(data, EIGHT, max_bytes=10**6, max_pixels=10**6)
    theirs = pool.submit(data, EIGHT).answer.result(30)
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
        pool.submit(data, EIGHT).answer.result(30)
    assert str(other.value) == str(refusal.value)


def test_what_takes_too_long_is_too_costly_and_the_next_picture_is_decoded(
    pool: DecoderPool,
) -> None:
    with pytest.raises(TooCostly, match="within 1 s"):
        pool.submit(costly(), EIGHT).answer.result(60)
    assert pool.submit(small(), EIGHT).answer.result(30).pixels.shape == (8, 8, 3)


def test_what_says_that_it_is_gone_over_hundreds_of_times_is_refused_at_once(
    pool: DecoderPool,
) -> None:
    with pytest.raises(TooCostly, match="got 4,0"):
        pool.submit(repeated(Image.new("L", (400, 400)), 4_000), EIGHT)


def test_a_decoder_that_dies_costs_one_picture(pool: DecoderPool) -> None:
    for _ in range(8):
        pool.submit(small(), EIGHT).answer.result(30)
    task = pool.submit(costly(), EIGHT)
    while not task.child:
        time.sleep(0.001)
    time.sleep(0.05)  # it has begun
    for pid in decoders():
        os.kill(pid, signal.SIGSEGV)
    with pytest.raises(TooCostly):
        task.answer.result(30)
    for _ in range(8):  # nor is one that died with nothing to do held against the next picture
        assert pool.submit(small(), EIGHT).answer.result(30).pixels.shape == (8, 8, 3)


def test_a_picture_of_the_largest_size_fits_the_memory_and_leaves_none_behind(
    pool: DecoderPool,
) -> None:
    image = Image.new("RGBA", (3000, 3000), (1, 2, 3, 100))
    for kind in ("WEBP", "PNG"):
        data = encoded_image(image, kind)
        assert pool.submit(data, EIGHT).answer.result(60).pixels.shape == (8, 8, 3)
    for proc in decoders().values():
        status = dict(line.split(":") for line in (proc / "status").read_text().splitlines())
        assert int(status["RssAnon"].split()[0]) < 60_000
        limits = (proc / "limits").read_text()
        assert str(320 * 2**20 + 24 * LARGEST) in limits


@pytest.mark.skipif(not landlock.version(), reason="needs a kernel with Landlock")
def test_a_decoder_is_sealed(pool: DecoderPool, monkeypatch: pytest.MonkeyPatch) -> None:
    pool.submit(small(), EIGHT).answer.result(30)
    for proc in decoders().values():
        status = dict(line.split(":\t") for line in (proc / "status").read_text().splitlines())
        assert status["Seccomp"] == "2"
        assert status["NoNewPrivs"] == "1"
        assert b"PURR" not in (proc / "environ").read_bytes()
        assert len(list((proc / "fd").iterdir())) == 3
