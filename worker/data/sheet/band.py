"""A part of a sheet, on which is drawn by places of the whole sheet."""

import numpy as np
from PIL import Image, ImageDraw

from worker.data.pictures.pixels import Pixels
from worker.data.sheet.places import Point
from worker.data.sheet.texts import Fonts, fitting, plain

PAPER = "#ffffff"


class Band:
    """All of a sheet from one line of pixels to another.

    Args:
        width: of the sheet.
        top, bottom: its first line, and the one behind its last.
    """

    def __init__(self, width: int, top: int, bottom: int, fonts: Fonts) -> None:
        self._image = Image.new("RGB", (width, bottom - top), PAPER)
        self._draw = ImageDraw.Draw(self._image)
        self._top, self._fonts = top, fonts

    @property
    def pixels(self) -> Pixels:
        """(bottom - top, width, 3)."""
        return np.asarray(self._image)

    def write(self, at: Point, text: str, size: int, colour: str, width: int) -> int:
        """Write a text in one line, cut at a width.

        Args:
            at: its left upper corner.
            size: of its letters, in pixels.

        Returns:
            How wide it became.
        """
        font = self._fonts.of_size(size)
        shown = fitting(plain(text), font, width)
        self._draw.text(self._here(at), shown, fill=colour, font=font)
        return round(font.getlength(shown))

    def paste(self, at: Point, picture: Image.Image) -> None:
        self._image.paste(picture, self._here(at))

    def fill(self, at: Point, size: Point, colour: str) -> None:
        left, top = self._here(at)
        self._draw.rectangle((left, top, left + size[0] - 1, top + size[1] - 1), fill=colour)

    def frame(self, at: Point, size: Point, colour: str, width: int) -> None:
        """Draw a frame around what lies there."""
        left, top = self._here((at[0] - width, at[1] - width))
        right, bottom = left + size[0] + 2 * width - 1, top + size[1] + 2 * width - 1
        self._draw.rectangle((left, top, right, bottom), outline=colour, width=width)

    def _here(self, at: Point) -> Point:
        left, top = at
        return left, top - self._top
