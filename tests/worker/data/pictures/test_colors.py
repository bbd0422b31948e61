"""Every kind of pixel becomes RGB in sRGB."""

import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from tests.worker.data.making import encoded, encoded_image, pictures, wide_gamut
from worker.data.pictures import pixels as images
from worker.data.pictures.color_profile import SRGB
from worker.data.pictures.pixels import Pixels
from worker.data.preprocessing import Preprocessing

EIGHT = Preprocessing(height=8, width=8)
RED, WHITE, BLUE = (255, 0, 0), (255, 255, 255), (0, 0, 255)


def decode(data: bytes, to: Preprocessing = EIGHT) -> Pixels:
    return images.decode(data, to, max_bytes=10**6, max_pixels=10**6).pixels


def one_colour(mode: str, colour: int | tuple[int, ...]) -> Image.Image:
    return Image.new(mode, (8, 8), colour)


def palette(colour: tuple[int, int, int]) -> Image.Image:
    return one_colour("RGB", colour).convert("P", palette=Image.Palette.ADAPTIVE)


def deep_grey(value: int) -> Image.Image:
    return Image.fromarray(np.full((8, 8), value, dtype=np.uint16))


@pytest.mark.parametrize(
    ("image", "kind", "options", "colour"),
    [
        (one_colour("1", 1), "PNG", {}, WHITE),
        (one_colour("L", 77), "PNG", {}, (77, 77, 77)),
        (one_colour("L", 77), "PNG", {"transparency": 77}, BLUE),
        (one_colour("LA", (77, 255)), "PNG", {}, (77, 77, 77)),
        (one_colour("LA", (77, 0)), "PNG", {}, BLUE),
        (palette(RED), "PNG", {}, RED),
        (palette(RED), "PNG", {"transparency": 0}, BLUE),
        (one_colour("RGB", RED), "PNG", {"transparency": RED}, BLUE),
        (one_colour("RGBA", (255, 0, 0, 255)), "PNG", {}, RED),
        (one_colour("RGBA", (255, 0, 0, 0)), "WEBP", {"lossless": True}, BLUE),
        (one_colour("RGBA", (255, 0, 0, 51)), "PNG", {}, (51, 0, 204)),
        (deep_grey(0x4D99), "PNG", {}, (77, 77, 77)),
        (deep_grey(0xFFFF), "PNG", {}, WHITE),
        (one_colour("CMYK", (0, 0, 0, 0)), "JPEG", {}, WHITE),
        (one_colour("CMYK", (0, 0, 0, 255)), "JPEG", {}, (0, 0, 0)),
        (one_colour("L", 77), "JPEG", {}, (77, 77, 77)),
    ],
)
def test_every_mode_becomes_rgb_on_the_background(
    image: Image.Image, kind: str, options: dict[str, int], colour: tuple[int, int, int]
) -> None:
    data = encoded_image(image, kind, **options)
    found = decode(data, Preprocessing(height=8, width=8, background=BLUE))
    assert found.reshape(-1, 3).tolist() == [list(colour)] * 64


def test_colours_of_a_wider_gamut_are_brought_to_srgb() -> None:
    profile = ImageCms.ImageCmsProfile(io.BytesIO(wide_gamut()))
    plain = Image.fromarray(pictures(1)[0] // 2 + 60)
    wide = ImageCms.profileToProfile(plain, SRGB, profile)
    assert wide is not None
    data = encoded_image(wide, "PNG", icc_profile=wide_gamut())
    assert np.abs(decode(data).astype(int) - np.asarray(plain)).max() <= 3
    clear = encoded_image(wide.convert("RGBA"), "PNG", icc_profile=wide_gamut())
    assert np.abs(decode(clear).astype(int) - np.asarray(plain)).max() <= 3
    # Models from before were trained on the numbers as they are.
    before = Preprocessing.from_dict({"height": 8, "width": 8, "background": [255, 255, 255]})
    assert before.color_space == "as_stored"
    assert np.array_equal(decode(data, before), np.asarray(wide))


@pytest.mark.parametrize("profile", [SRGB.tobytes(), b"none", SRGB.tobytes()[:300]])
def test_a_profile_of_srgb_or_a_damaged_one_changes_nothing(profile: bytes) -> None:
    pixels = pictures(1)[0]
    assert np.array_equal(decode(encoded(pixels, icc_profile=profile)), pixels)


def test_a_profile_for_another_kind_of_picture_changes_nothing() -> None:
    grey = Image.new("L", (8, 8), 77)
    found = decode(encoded_image(grey, "PNG", icc_profile=wide_gamut()))
    assert np.unique(found).tolist() == [77]
