"""How an encoded picture becomes the pixels that the model was trained on."""

import io
from typing import Any

import numpy as np
from PIL import Image, ImageCms, ImageOps

MOST_PIXELS, MOST_SIDE = 50_000_000, 16_384
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
LEVELS = (*range(0, 255, 32), 255)
UNUSABLE = (ImageCms.PyCMSError, OSError, ValueError, TypeError)


def in_srgb(image: Any, profile: bytes) -> Any:
    """The picture in sRGB; as it is where its profile is sRGB's, damaged, or of another mode."""
    target = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        transform = ImageCms.buildTransform(source, SRGB, image.mode, target)
        if image.mode == target and keeps_colors(transform, target):
            return image
        return ImageCms.applyTransform(image, transform) or image
    except UNUSABLE:
        return image


def keeps_colors(transform: Any, mode: str) -> bool:
    colors = [(r, g, b, 255)[: len(mode)] for r in LEVELS for g in LEVELS for b in LEVELS]
    samples = Image.new(mode, (len(colors), 1))
    samples.putdata(colors)
    there = ImageCms.applyTransform(samples, transform) or samples
    return bool(np.abs(np.asarray(there).astype(int) - np.asarray(samples)).max() <= 1)


def reduced(image: Any, how: Any) -> None:
    """Have a JPEG decoded at a part of its size, as long as that is large enough to be resized."""
    sizes = {by: [-(-side // by) for side in image.size] for by in (1, 2, 4, 8)}
    small = [by for by, (w, h) in sizes.items() if w * h <= MOST_PIXELS and max(w, h) <= MOST_SIDE]
    by = small[0] if small else 8
    if how.get("reducing_gap"):
        least = how["reducing_gap"] * max(how["height"], how["width"])
        by = max([each for each in small if min(image.size) // each >= least], default=by)
    if by > 1:
        image.draft(image.mode, (image.width // by, image.height // by))


def sized(image: Any, how: Any) -> Any:
    """The picture in the size of the preprocessing: squashed, cropped or padded."""
    (w, h), (width, height) = image.size, (how["width"], how["height"])
    if (w, h) == (width, height):
        return image
    by = Image.Resampling[how["filter"].upper()]
    if how["resize"] == "crop":
        part = min(w / width, h / height)
        left, upper = max(0, (w - part * width) / 2), max(0, (h - part * height) / 2)
        box = left, upper, min(w, w - left), min(h, h - upper)
        return image.resize((width, height), by, box=box)
    if how["resize"] != "pad":
        return image.resize((width, height), by)
    part = min(width / w, height / h)
    return image.resize((max(1, round(w * part)), max(1, round(h * part))), by)


def pixels(encoded: bytes, how: Any) -> Any:
    """The pixels that an encoded picture becomes, (height, width, 3) in uint8."""
    with Image.open(io.BytesIO(encoded)) as opened:
        image: Any = opened
        if image.format in ("JPEG", "MPO"):
            reduced(image, how)
        ImageOps.exif_transpose(image, in_place=True)
        profile = image.info.get("icc_profile") if how.get("color_space") == "srgb" else None
        if image.mode.startswith("I"):
            image = Image.fromarray((np.asarray(image) >> 8).astype("u1"))
        if image.has_transparency_data:
            image = image.convert("RGBA")
            image = in_srgb(image, profile) if profile else image
            ground = Image.new("RGBA", image.size, tuple(how["background"]))
            image, profile = Image.alpha_composite(ground, image).convert(how["mode"]), None
        elif not (profile and image.mode in ("RGB", "L", "CMYK")):
            image = image.convert(how["mode"])
        image = sized(image, how)
        image = in_srgb(image, profile).convert(how["mode"]) if profile else image
        whole = Image.new(image.mode, (how["width"], how["height"]), tuple(how["background"]))
        left, upper = (whole.width - image.width) // 2, (whole.height - image.height) // 2
        whole.paste(image, (left, upper))
        return np.array(whole, np.uint8)
