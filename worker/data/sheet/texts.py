"""Texts on a sheet, in the font that comes with Pillow. It has the letters of ASCII."""

import unicodedata

from PIL import ImageFont
from PIL.ImageFont import FreeTypeFont

CUT = "…"


class Fonts:
    """Pillow's font in the sizes that were asked for."""

    def __init__(self) -> None:
        self._of_size: dict[int, FreeTypeFont] = {}

    def of_size(self, pixels: int) -> FreeTypeFont:
        if pixels not in self._of_size:
            font = ImageFont.load_default(pixels)
            assert isinstance(font, FreeTypeFont)  # noqa: S101 - Pillow's wheels have FreeType
            self._of_size[pixels] = font
        return self._of_size[pixels]


def plain(text: str) -> str:
    """Returns a text with letters of ASCII for those that are such with an accent. Others stay, and
    are drawn as boxes."""
    parts = unicodedata.normalize("NFKD", text)
    return "".join(part for part in parts if not unicodedata.combining(part))


def fitting(text: str, font: FreeTypeFont, width: int) -> str:
    """Returns as much of a text as fits into a width."""
    if font.getlength(text) <= width:
        return text
    kept = len(text)
    while kept and font.getlength(text[:kept].rstrip() + CUT) > width:
        kept -= 1
    return text[:kept].rstrip() + CUT
