"""Colour profiles that lie in pictures, converted to sRGB."""

import io

from PIL import Image, ImageCms

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
LEVELS = (0, 32, 64, 96, 128, 160, 192, 224, 255)
ROUNDING = 1  # of 255, by which a profile of sRGB itself may change a colour
UNUSABLE = (ImageCms.PyCMSError, OSError, ValueError, TypeError)


def to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Returns the picture in sRGB, in mode RGB or RGBA.

    It is returned unchanged where the profile is that of sRGB, and, as browsers do it, where the
    profile is damaged or belongs to pictures of another mode.
    """
    target = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        transform = ImageCms.buildTransform(source, SRGB, image.mode, target)
        if image.mode == target and _keeps_colors(transform, target):
            return image
        return ImageCms.applyTransform(image, transform) or image
    except UNUSABLE:
        return image


def _keeps_colors(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    samples = Image.new(mode, (len(LEVELS) ** 2, len(LEVELS)))
    samples.putdata([(r, g, b, 255)[: len(mode)] for r in LEVELS for g in LEVELS for b in LEVELS])
    there = ImageCms.applyTransform(samples, transform) or samples
    pairs = zip(samples.tobytes(), there.tobytes(), strict=True)
    return all(abs(before - after) <= ROUNDING for before, after in pairs)
