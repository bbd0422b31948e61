"""Texts on a sheet, in the font that comes with Pillow. It has the letters of ASCII."""

import unicodedata

from PIL import ImageDraw, ImageFont
from PIL.ImageFont import FreeTypeFont

from worker.data.sheet.places import Point

CUT = "…"


class Pen:
    """Writes on a sheet."""

    def __init__(self, draw: ImageDraw.ImageDraw) -> None:
        self._draw = draw
        self._fonts: dict[int, FreeTypeFont] = {}

    def write(self, at: Point, text: str, size: int, colour: str, width: int) -> int:
        """Write a text in one line, cut at a width.

        Args:
            at: its left upper corner.
            size: of its letters, in pixels.

        Returns:
            How wide it became.
        """
        font = self._font(size)
        shown = fitting(plain(text), font, width)
        self._draw.text(at, shown, fill=colour, font=font)
        return round(font.getlength(shown))

    def _font(self, size: int) -> FreeTypeFont:
        if size not in self._fonts:
            font = ImageFont.load_default(size)
            assert isinstance(font, FreeTypeFont)  # noqa: S101 - Pillow's wheels have FreeType
            self._fonts[size] = font
        return self._fonts[size]


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
