"""Draws a sheet: some pictures of each class under its name, and marks where findings name one."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, pairwise
from typing import NamedTuple

from PIL import Image

from worker.data.pictures.pixels import Pixels
from worker.data.pictures.png import png_of_bands
from worker.data.sheet.band import Band
from worker.data.sheet.places import FRAME, LEAST_WIDTH, MARGIN, Places, Point
from worker.data.sheet.texts import Fonts

BESIDE = 10  # from the name of a class to the note beside it
INK, PALE = "#212529", "#868e96"
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
) -> bytes:
    """Returns the sheet as a PNG, which is drawn band by band.

    Args:
        shape: of each picture, (height, width, 3).
        rows: how many pictures a group has at most.
    """
    places = Places(shape, len(groups), rows, len(legend))
    return png_of_bands(*places.size, _bands(places, title, groups, legend))


def _bands(
    places: Places, title: str, groups: Sequence[Group], legend: Sequence[Legend]
) -> Iterator[Pixels]:
    width, height = places.size
    fonts = Fonts()
    head = Band(width, 0, places.head, fonts)
    head.write(places.title, title, 22, INK, width - 2 * MARGIN)
    yield head.pixels
    for line, numbers in enumerate(places.lines):
        above, *cuts = pairwise(places.cuts(line))
        headings = Band(width, *above, fonts)
        for number in numbers:
            _heading(headings, places.group(number), groups[number], places.group_width)
        yield headings.pixels
        tiles = {number: enumerate(groups[number].tiles) for number in numbers}
        for cut in cuts:
            band = Band(width, *cut, fonts)
            for number, own in tiles.items():
                for place, tile in islice(own, places.across):
                    _tile(band, places.tile(number, place), tile, places.picture)
            yield band.pixels
    foot = Band(width, places.foot, height, fonts)
    _legend(foot, places, legend)
    yield foot.pixels


def _heading(band: Band, at: Point, group: Group, width: int) -> None:
    left, top = at
    taken = band.write(at, group.name, 17, INK, width)
    if (room := width - taken - BESIDE) > 0:
        band.write((left + taken + BESIDE, top + 4), group.note, 13, PALE, room)


def _tile(band: Band, at: Point, tile: Tile, size: Point) -> None:
    left, top = at
    band.paste(at, _fitted(tile.pixels, size))
    colour = PALE
    if tile.severity:
        colour = COLOURS[tile.severity]
        band.frame(at, size, colour, FRAME)
    band.write((left, top + size[1] + 4), tile.caption, 11, colour, max(size[0], LEAST_WIDTH))


def _legend(band: Band, places: Places, legend: Sequence[Legend]) -> None:
    for number, line in enumerate(legend):
        left, top = places.legend(number)
        if line.severity:
            band.fill((left, top + 2), (12, 12), COLOURS[line.severity])
        band.write((left + 20, top), line.text, 14, INK, places.size[0] - 2 * left - 20)


def _fitted(pixels: Pixels, size: Point) -> Image.Image:
    image = Image.fromarray(pixels)
    larger = max(size) >= max(image.size)
    # Larger, each pixel stays what it is; smaller, each is the mean of those that it stands for.
    return image.resize(size, Image.Resampling.NEAREST if larger else Image.Resampling.BOX)
