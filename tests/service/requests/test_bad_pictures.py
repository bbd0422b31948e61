"""Pictures that harm whoever trusts them: each is answered or refused, and a good question is
answered after it. Good pictures of all kinds are answered."""

import io
import struct
import zipfile
import zlib
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from tests.service.requests.asked import PIXELS, PNG, ROW, answers_well, cats, probability
from tests.worker.data.making import encoded_image, pictures

ANSWERED = "answered"
CORRUPT, UNREAD, LIMIT = "corrupt_file", "unsupported_media_type", "limit_exceeded"
NOISE = Image.fromarray(pictures(1, side=64)[0])


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(
    width: int, height: int, *chunks: bytes, pixels: bytes | None = None, bits: int = 8
) -> bytes:
    """A grey PNG whose header says this size; its pixels are right unless they are given."""
    head = struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 0)
    rows = bytes((width + 1) * height) if pixels is None else pixels
    body = chunk(b"IDAT", zlib.compress(rows))
    return b"".join(
        [b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", head), *chunks, body, chunk(b"IEND", b"")]
    )


def frames(kind: str, count: int, **how: Any) -> bytes:
    first, *others = [Image.effect_noise((4, 4), 99) for _ in range(count)]
    return encoded_image(first, kind, save_all=True, append_images=others, **how)


def polyglot() -> bytes:
    """A PNG that is a zip and a web page too."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("page.html", "<script>alert(1)</script>")
    return encoded_image(NOISE) + b"<html><script>alert(1)</script></html>" + archive.getvalue()


def with_text(kind: str) -> bytes:
    """A PNG with half a megabyte of zeros, packed, in its metadata."""
    about = PngImagePlugin.PngInfo()
    about.add_text("comment", "0" * 500_000, zip=kind == "zTXt")
    profile = {"icc_profile": bytes(500_000)} if kind == "iCCP" else {"pnginfo": about}
    return encoded_image(NOISE, "PNG", **profile)


ZEROS = zlib.compress(bytes(50_000_000), 9)
BROKEN_SUM = bytearray(encoded_image(NOISE))
BROKEN_SUM[-20] ^= 1
BAD: dict[str, tuple[bytes, str]] = {
    "EPS": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(x) run\n", UNREAD),
    "EPS of Windows": (b"\xc5\xd0\xd3\xc6" + bytes(200), UNREAD),
    "PSD": (b"8BPS\0\1" + bytes(200), UNREAD),
    "FITS": (b"SIMPLE  =                    T" + b" " * 2850, UNREAD),
    "ICNS": (b"icns\0\0\0\x99" + bytes(145), UNREAD),
    "ICO": (encoded_image(NOISE, "ICO"), UNREAD),
    "PDF": (b"%PDF-1.7\n" + bytes(99), UNREAD),
    "SVG": (
        b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
        UNREAD,
    ),
    "JPEG 2000": (encoded_image(NOISE, "JPEG2000"), UNREAD),
    "PCX": (encoded_image(NOISE, "PCX"), UNREAD),
    "TGA": (encoded_image(NOISE, "TGA"), UNREAD),
    "PPM": (encoded_image(NOISE, "PPM"), UNREAD),
    "65,500 x 65,500": (png(65_500, 65_500, pixels=b"\0"), LIMIT),
    "no pixel": (png(0, 0), CORRUPT),
    "2**31 wide": (png(2**31 - 1, 1, pixels=b"\0"), LIMIT),
    "pixels that unpack to far more": (png(8, 8)[:41] + chunk(b"IDAT", ZEROS), CORRUPT),
    "few pixels": (png(64, 64, pixels=bytes(65)), ANSWERED),  # as Pillow does: the others are 0
    "animated PNG": (frames("PNG", 200), UNREAD),
    "animated WebP": (frames("WEBP", 3), UNREAD),
    "a wrong sum": (bytes(BROKEN_SUM), CORRUPT),
    "a header alone": (PNG[:33], CORRUPT),
    "a JPEG's header alone": (encoded_image(NOISE, "JPEG")[:400], CORRUPT),
    "a wrong packed text": (png(8, 8, chunk(b"zTXt", b"a\0\0" + ZEROS[:200])), ANSWERED),
}
GOOD: dict[str, bytes] = {
    "1 x 1": png(1, 1),
    "1 bit": encoded_image(NOISE.convert("1")),
    "grey": encoded_image(NOISE.convert("L"), "JPEG"),
    "16 bits": encoded_image(Image.fromarray(np.full((9, 9), 40_000, "uint16"))),
    "CMYK": encoded_image(NOISE.convert("CMYK"), "JPEG"),
    "a palette that is transparent": encoded_image(NOISE.convert("P"), "PNG", transparency=0),
    "RGBA": encoded_image(NOISE.convert("RGBA")),
    "grey and alpha": encoded_image(NOISE.convert("LA")),
    "progressive": encoded_image(NOISE, "JPEG", progressive=True),
    "a polyglot": polyglot(),
    "packed text": with_text("zTXt"),
    "plain text": with_text("tEXt"),
    "a profile of nothing": with_text("iCCP"),
    "GIF": encoded_image(NOISE, "GIF"),
    "BMP": encoded_image(NOISE, "BMP"),
    "TIFF": encoded_image(NOISE, "TIFF"),
    "WebP": encoded_image(NOISE, "WEBP"),
    "AVIF": encoded_image(NOISE, "AVIF"),
}


def seen(http: httpx.Client, data: bytes) -> str:
    answer = http.post(PIXELS, content=data, headers={"content-type": "image/png"})
    assert len(answer.content) < 2_000
    if answer.status_code == 200:
        assert np.isfinite(cats(answer)).all()
        return ANSWERED
    assert answer.status_code in (415, 422), answer.text
    return str(answer.json()["code"])


def test_bad_pictures_are_refused_and_the_next_good_one_answered(asked: httpx.Client) -> None:
    found = {}
    for name, (data, _) in BAD.items():
        found[name] = seen(asked, data)
        assert answers_well(asked), name
        assert cats(asked.post(PIXELS, content=PNG)) == pytest.approx([probability(ROW)])
    assert found == {name: code for name, (_, code) in BAD.items()}


def test_good_pictures_of_all_kinds_are_answered(asked: httpx.Client) -> None:
    assert {name: seen(asked, data) for name, data in GOOD.items()} == dict.fromkeys(GOOD, ANSWERED)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF"])
def test_a_picture_that_is_cut_anywhere_is_answered_or_refused(
    asked: httpx.Client, kind: str
) -> None:
    whole = encoded_image(NOISE, kind)
    cuts = [whole[:end] for end in range(512, len(whole), max(512, len(whole) // 512 // 12 * 512))]
    files = [("image", (f"{number}", data)) for number, data in enumerate(cuts)]
    answer = asked.post(PIXELS, files=files)
    assert answer.status_code in (200, 422), answer.text
    for each in answer.json().get("predictions", []):
        assert each.get("problem", {}).get("code") in (None, CORRUPT, LIMIT)
    assert answers_well(asked)


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_picture_is_seen_as_its_camera_was_held(asked: httpx.Client, turn: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = turn
    picture = Image.fromarray(pictures(1)[0])
    answer = asked.post(PIXELS, content=encoded_image(picture, "PNG", exif=exif.tobytes()))
    # All weights of the model are equal, so however it lies, it is answered alike.
    assert cats(answer) == pytest.approx([probability(ROW)])
