import functools
import struct
import zlib

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from tests.worker.data.making import encoded, encoded_image, pictures, shown
from worker.data.pictures import heic
from worker.data.pictures import pixels as images
from worker.data.pictures.fitting import FILTERS
from worker.data.pictures.formats import FORMATS
from worker.data.pictures.pixels import BROKEN, Picture, Pixels
from worker.data.preprocessing import Preprocessing
from worker.errors import CorruptFile, LimitExceeded, UnsupportedFile, WorkerError

EIGHT = Preprocessing(height=8, width=8)


def decode(
    data: bytes, to: Preprocessing = EIGHT, max_bytes: int = 10**6, max_pixels: int = 10**6
) -> Pixels:
    return read(data, to, max_bytes, max_pixels).pixels


def read(
    data: bytes, to: Preprocessing = EIGHT, max_bytes: int = 10**6, max_pixels: int = 10**6
) -> Picture:
    return images.decode(data, to, max_bytes=max_bytes, max_pixels=max_pixels)


def chunk(kind: bytes, content: bytes = b"") -> bytes:
    return (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
    )


def png(width: int, height: int) -> bytes:
    """A PNG whose header claims this size, with no pixels behind it."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT")


def animated(kind: str) -> bytes:
    frames = [Image.fromarray(frame) for frame in pictures(3)]
    return encoded_image(frames[0], kind, save_all=True, append_images=frames[1:])


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_a_lossless_picture_of_the_right_size_keeps_every_bit(kind: str) -> None:
    pixels = pictures(1)[0]
    options = {"lossless": True} if kind == "WEBP" else {}
    assert np.array_equal(decode(encoded(pixels, kind, **options)), pixels)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_another_size_is_resized(kind: str) -> None:
    picture = decode(encoded(pictures(1, side=33)[0], kind), Preprocessing(height=5, width=9))
    assert picture.shape == (5, 9, 3)
    assert picture.dtype == np.uint8


@pytest.mark.parametrize("name", FILTERS)
def test_each_filter_resizes_as_pillow_does(name: str) -> None:
    pixels = pictures(1, side=20)[0]
    expected = Image.fromarray(pixels).resize((8, 8), FILTERS[name])
    found = decode(encoded(pixels), Preprocessing(height=8, width=8, filter=name))
    assert np.array_equal(found, np.asarray(expected))


def test_a_picture_lying_on_its_side_is_set_upright() -> None:
    pixels = pictures(1)[0]
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned clockwise
    assert np.array_equal(decode(encoded(pixels, exif=exif)), np.rot90(pixels, -1))


def test_a_photograph_with_a_preview_behind_it_is_its_first_frame() -> None:
    first, second = (Image.fromarray(frame) for frame in pictures(2))
    both = encoded_image(first, "MPO", save_all=True, append_images=[second])
    assert np.array_equal(decode(both), decode(encoded_image(first, "JPEG")))


@functools.cache
def photo(width: int = 320, height: int = 240) -> bytes:
    """A JPEG with something to see in each of its parts."""
    coarse = Image.fromarray(pictures(1, side=16)[0])
    return encoded_image(coarse.resize((width, height)), "JPEG", quality=90)


@pytest.mark.parametrize("part", [0.5, 0.9, 0.999])
def test_a_jpeg_without_its_end_is_read_as_far_as_it_goes(part: float) -> None:
    whole = read(photo())
    found = read(photo()[: int(part * len(photo()))])
    assert found.cut_short
    assert not whole.cut_short
    rows = int(8 * part) - 1
    assert np.abs(found.pixels[:rows].astype(int) - whole.pixels[:rows]).max() <= 3


@pytest.mark.parametrize("size", [(640, 480), (1280, 960), (4000, 40)])
def test_a_jpeg_of_too_many_pixels_is_decoded_smaller(size: tuple[int, int]) -> None:
    whole = decode(photo(*size), max_pixels=10**7)
    found = decode(photo(*size), max_pixels=100_000)
    assert np.abs(found.astype(int) - whole).mean() < 4


def test_a_jpeg_of_far_too_many_pixels_is_refused() -> None:
    with pytest.raises(LimitExceeded, match="at most 1,000 pixels"):
        decode(photo(), max_pixels=1_000)


def pixels_of(kind: str) -> bytes:
    return encoded(pictures(1)[0], kind)


def test_where_its_extra_is_missing_a_heic_is_refused_with_its_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(FORMATS, "HEIF")
    with pytest.raises(UnsupportedFile, match="look like HEIC, as phones take pictures"):
        decode(heic.SAMPLE)


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        (b"", UnsupportedFile, "an empty file"),
        (b"hello", UnsupportedFile, "plain text"),
        (pixels_of("JPEG2000"), UnsupportedFile, "JPEG 2000"),
        (b"\0\0\0\x18ftypheic" + bytes(99), CorruptFile, "whole HEIC"),
        (animated("PNG"), UnsupportedFile, "3 frames"),
        (animated("WEBP"), UnsupportedFile, "3 frames"),
        (pixels_of("PNG")[:-40], CorruptFile, "whole PNG"),
        (photo()[:500], CorruptFile, "whole JPEG"),
        (photo()[: len(photo()) // 9], CorruptFile, "whole JPEG"),
        (pixels_of("WEBP")[:-40], CorruptFile, "whole WebP"),
        (b"\xff\xd8\xff and no more", CorruptFile, "whole JPEG"),
        (png(8, 8), CorruptFile, "whole PNG"),
        (png(0, 0), CorruptFile, "whole PNG"),
        (png(2_000, 1_000), LimitExceeded, "2,000 x 1,000"),
        (png(20_000, 1), LimitExceeded, "20,000 x 1"),
        (png(10_000, 10_000), LimitExceeded, "10,000 x 10,000"),
        (png(65_500, 65_500), LimitExceeded, "65,500 x 65,500"),
        (bytes(10**6 + 1), LimitExceeded, "1,000,001"),
    ],
    ids=shown,
)
def test_a_refusal_says_what_came(data: bytes, error: type[WorkerError], words: str) -> None:
    with pytest.raises(error, match=words):
        decode(data)


def fuzzed(kind: str) -> st.SearchStrategy[bytes]:
    whole = pixels_of(kind)

    def damaged(place: int, patch: bytes, end: int) -> bytes:
        return (whole[:place] + patch + whole[place + len(patch) :])[:end]

    length = len(whole)
    return st.builds(
        damaged, st.integers(4, length), st.binary(max_size=8), st.integers(0, 2 * length)
    )


@given(st.one_of(st.binary(), *map(fuzzed, ("JPEG", "PNG", "WEBP"))))
@example(pixels_of("PNG"))
def test_any_bytes_are_a_picture_or_a_refusal(data: bytes) -> None:
    try:
        assert decode(data).shape == (8, 8, 3)
    except WorkerError as error:
        assert str(error).startswith("Expected ")


def test_running_out_of_memory_is_no_damage() -> None:
    assert not issubclass(MemoryError, BROKEN)
