"""Draws a sheet: some pictures of each class under its name, and marks where findings name one."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from PIL import Image, ImageDraw

from worker.data.pictures.pixels import Pixels
from worker.data.sheet.places import LEAST_WIDTH, Places, Point
from worker.data.sheet.texts import Pen

FRAME = 3  # of a picture that a finding names
PAPER, INK, PALE = "#ffffff", "#212529", "#868e96"
# Of findings by their severity, the gravest first.
COLOURS = {"severe": "#e03131", "warning": "#f08c00", "info": "#1c7ed6"}


class Tile(NamedTuple):
    """A picture over its caption; `severity` is of the gravest finding that names its row."""

    caption: str
    pixels: Pixels
    severity: str | None = None


class Group(NamedTuple):
    """Pictures of a class, under its name and a note."""

    name: str
    note: str
    tiles: Iterable[Tile]  # each is drawn as it comes: they need not be in memory together


class Legend(NamedTuple):
    """A line under the pictures, with the colour of this severity in front, if there is one."""

    severity: str | None
    text: str


def drawn(
    title: str,
    shape: Sequence[int],
    rows: int,
    groups: Sequence[Group],
    legend: Sequence[Legend],
) -> Image.Image:
    """Returns the sheet.

    Args:
        shape: of each picture, (height, width, 3).
        rows: how many pictures a group has at most.
    """
    places = Places(shape, len(groups), rows, len(legend))
    sheet = Image.new("RGB", places.size, PAPER)
    draw = ImageDraw.Draw(sheet)
    pen = Pen(draw)
    left, _ = places.title
    pen.write(places.title, title, 22, INK, places.size[0] - 2 * left)
    for number, group in enumerate(groups):
        _heading(pen, places.group(number), group, places.group_width)
        for place, tile in enumerate(group.tiles):
            at = places.tile(number, place)
            sheet.paste(_fitted(tile.pixels, places.picture), at)
            _caption(draw, pen, at, tile, places.picture)
    for number, line in enumerate(legend):
        _, top = places.legend(number)
        if line.severity:
            draw.rectangle((left, top + 2, left + 11, top + 13), fill=COLOURS[line.severity])
        pen.write((left + 20, top), line.text, 14, INK, places.size[0] - 2 * left - 20)
    return sheet


def _heading(pen: Pen, at: Point, group: Group, width: int) -> None:
    left, top = at
    taken = pen.write(at, group.name, 17, INK, width)
    if taken + 10 < width:
        pen.write((left + taken + 10, top + 4), group.note, 13, PALE, width - taken - 10)


def _caption(draw: ImageDraw.ImageDraw, pen: Pen, at: Point, tile: Tile, size: Point) -> None:
    """What stands under a picture, and its frame."""
    (left, top), (width, height) = at, size
    colour = PALE
    if tile.severity:
        colour = COLOURS[tile.severity]
        frame = (left - FRAME, top - FRAME, left + width + FRAME - 1, top + height + FRAME - 1)
        draw.rectangle(frame, outline=colour, width=FRAME)
    pen.write((left, top + height + 4), tile.caption, 11, colour, max(width, LEAST_WIDTH))


def _fitted(pixels: Pixels, size: Point) -> Image.Image:
    image = Image.fromarray(pixels)
    larger = size[0] >= image.width
    # Larger, each pixel stays what it is; smaller, each is the mean of those that it stands for.
    return image.resize(size, Image.Resampling.NEAREST if larger else Image.Resampling.BOX)
