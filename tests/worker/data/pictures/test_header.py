import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.worker.data.making import encoded_image
from worker.data.pictures.formats import read_header
from worker.data.pictures.header import Header


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("PNG", {}),
        ("JPEG", {}),
        ("JPEG", {"exif": b"Exif\0\0" + bytes(3000)}),
        ("JPEG", {"comment": b"\xff\xda\xff\xc2" * 9}),
        ("WEBP", {}),
        ("WEBP", {"lossless": True}),
        ("WEBP", {"exif": b"Exif\0\0" + bytes(300)}),
        ("GIF", {}),
        ("BMP", {}),
        ("TIFF", {}),
        ("TIFF", {"big_endian": True}),
        ("AVIF", {"speed": 10}),
    ],
)
def test_the_size_is_what_pillow_finds(kind: str, mode: str, options: dict[str, object]) -> None:
    image = Image.new(mode if kind != "JPEG" else mode.replace("A", ""), (321, 57))
    assert read_header(encoded_image(image, kind, **options)) == Header(321, 57)


def test_an_old_bmp_has_sides_of_two_bytes() -> None:
    data = b"BM" + bytes(12) + struct.pack("<IHH", 12, 321, 57)
    assert read_header(data) == Header(321, 57)


def test_the_largest_picture_in_an_avif_counts() -> None:
    boxes = (b"ispe" + struct.pack(">III", 0, *size) for size in ((9, 9), (321, 57), (8, 8)))
    assert read_header(b"\0\0\0\x1cftypavif" + b"".join(boxes)) == Header(321, 57)


def test_every_scan_of_a_progressive_jpeg_counts() -> None:
    data = encoded_image(Image.new("RGB", (32, 16)), "JPEG", progressive=True)
    header = read_header(data)
    assert header is not None
    assert header.passes == data.count(b"\xff\xda") > 5
    assert header.work == 32 * 16 * header.passes


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xd8",
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xc0\0\x11",
        b"\xff\xd8\xff\xda",
        b"\xff\xd8" + b"\xff\xe0\0\x02" * 3 + b"\0",
        b"\xff\xd8" + b"\xff" * 99,
        b"\x89PNG\r\n\x1a\n\0",
        b"RIFF....WEBP",
        b"RIFF....WEBPVP8X",
        b"RIFF....WEBPVP9 " * 4,
        b"GIF89a",
        b"BM" + bytes(14),
        b"II*\0" + bytes(3),
        b"II*\0" + struct.pack("<IH", 8, 0),
        b"MM\0*" + struct.pack(">I", 2**31),
        b"\0\0\0\x1cftypavif" + bytes(20),
        b"\0\0\0\x1cftypavif....ispe",
    ],
)
def test_what_cannot_be_read_is_left_to_the_decoder(data: bytes) -> None:
    assert read_header(data) is None


STARTS = st.sampled_from(
    [
        b"\xff\xd8", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBPVP8X", b"GIF89a", b"BM" + bytes(12),
        b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08", b"\0\0\0\x1cftypavifispe", b"",
    ]
)  # fmt: skip


@given(STARTS, st.binary(max_size=200))
def test_whatever_comes_it_ends_with_a_header_or_none(start: bytes, rest: bytes) -> None:
    found = read_header(start + rest)
    assert found is None or found.work >= 0


def test_a_length_of_nothing_does_not_go_on_for_ever() -> None:
    segments = (b"\xff\xe0" + struct.pack(">H", 0)) * 100_000
    assert read_header(b"\xff\xd8" + segments) is None
