"""The built-in pictures: cat faces and other things, drawn from a seed."""

import cmath
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw

CLASSES = ("other", "cat")

# Pictures are drawn so many times larger and then made smaller, which smooths all edges.
OVERSIZE = 3

# Lightness in percent.
DARK, MIDDLE, LIGHT = (12, 30), (45, 60), (72, 90)
# Share of pictures with a dark thing on light ground. A linear model cannot learn light cats too:
# to it they are the opposite of dark ones. So it is right on about this share, a network on more.
DARK_SHARE = 0.8

# How far a thing is moved and how large it is drawn, as parts of the picture's edge; and by how
# many radians it is turned. A dense network must see a shape at every place where it can be; with
# wider ranges it would need far more than some hundred pictures.
SHIFT, STRETCH, TURN = 0.08, (0.26, 0.38), 0.28
LINE_WIDTH = (0.010, 0.026)  # parts of the picture's edge
NOISE = (2.0, 10.0)  # standard deviation, of 255

Colour = str
Point = tuple[float, float]


class Sketches(NamedTuple):
    """Pictures, (rows, size, size, 3), and their classes, (rows,): indices in CLASSES."""

    train_x: NDArray[np.uint8]
    train_y: NDArray[np.int64]
    test_x: NDArray[np.uint8]
    test_y: NDArray[np.int64]


class Palette(NamedTuple):
    """The colours of a picture.

    Ground and coat are of opposite lightness. Detail can be seen on the coat, accent on all others.
    """

    ground: Colour
    coat: Colour
    detail: Colour
    accent: Colour


@dataclass(frozen=True)
class Pen:
    """Draws in a thing's own coordinates: (0, 0) is its middle, 1 is about its edge, y goes down.

    Attributes:
        middle: where (0, 0) is in the picture, in pixels; the imaginary part goes down.
        stretch: size and turn in one, since to multiply by a complex number is to stretch and to
            rotate.
        facing: 1, or -1 for a mirrored thing.
        width: of lines, in pixels.
    """

    canvas: ImageDraw.ImageDraw
    middle: complex
    stretch: complex
    facing: int
    width: int

    def area(self, *points: Point, fill: Colour) -> None:
        self.canvas.polygon([self._place(*point) for point in points], fill=fill)

    def oval(self, x: float, y: float, rx: float, ry: float, fill: Colour) -> None:
        self.area(*arc(x, y, rx, ry), fill=fill)

    def line(self, *points: Point, fill: Colour) -> None:
        path = [self._place(*point) for point in points]
        self.canvas.line(path, fill=fill, width=self.width, joint="curve")

    def _place(self, x: float, y: float) -> Point:
        place = self.middle + self.stretch * complex(self.facing * x, y)
        return place.real, place.imag


Drawing = Callable[[Pen, Palette, Generator], None]


def arc(
    x: float, y: float, rx: float, ry: float, degrees: float = 360, corners: int = 32
) -> list[Point]:
    """Returns points on an ellipse around (x, y), clockwise from its right end, first and last
    included.

    Args:
        rx, ry: its radii.
        degrees: how much of it; 360 for all.
        corners: lines between the points.
    """
    turns = np.radians(np.linspace(0, degrees, corners + 1))
    return list(zip(x + rx * np.cos(turns), y + ry * np.sin(turns), strict=True))


def cat(pen: Pen, palette: Palette, rng: Generator) -> None:
    _, coat, detail, accent = palette
    pupil, tip = rng.uniform((0.03, -1.15), (0.1, -0.95))
    for side in (-1, 1):
        pen.area((side * 0.93, tip), (side * 0.12, -0.5), (side * 0.88, 0.05), fill=coat)
        pen.area((side * 0.8, tip + 0.3), (side * 0.4, -0.5), (side * 0.77, -0.25), fill=accent)
    pen.oval(0, 0.15, 0.92, 0.78, coat)
    for side in (-1, 1):
        pen.oval(side * 0.4, 0.02, 0.2, 0.22, detail)
        pen.oval(side * 0.4, 0.02, pupil, 0.19, coat)
        pen.line(*arc(side * 0.13, 0.5, 0.13, 0.13, 180), fill=detail)
        for droop in (-0.1, 0.0, 0.1):
            root, cheek = (side * 0.35, 0.45 + droop), (side * 0.84, 0.45 + 2 * droop)
            pen.line(root, cheek, fill=detail)
            pen.line(cheek, (side * 1.3, 0.45 + 3 * droop), fill=coat)
    pen.area((-0.14, 0.32), (0.14, 0.32), (0, 0.5), fill=accent)


def dog(pen: Pen, palette: Palette, rng: Generator) -> None:
    _, coat, detail, accent = palette
    ear = rng.uniform(0.55, 0.75)
    pen.oval(0, 0, 0.7, 0.85, coat)
    pen.oval(0, 0.5, 0.45, 0.4, detail)
    for side in (-1, 1):
        pen.oval(side * 0.78, ear - 0.6, 0.25, ear, accent)
        pen.oval(side * 0.28, -0.2, 0.14, 0.16, detail)
        pen.oval(side * 0.26, -0.17, 0.07, 0.08, coat)
    pen.oval(0, 0.34, 0.18, 0.12, coat)
    pen.area(*arc(0, 0.68, 0.14, 0.32, 180), fill=accent)


def cup(pen: Pen, palette: Palette, rng: Generator) -> None:
    ground, coat, detail, accent = palette
    pen.oval(0.68, 0.15, 0.42, 0.42, coat)
    pen.oval(0.68, 0.15, 0.22, 0.22, ground)
    pen.area((-0.85, -0.4), (0.75, -0.4), (0.55, 0.85), (-0.65, 0.85), fill=coat)
    pen.oval(-0.05, -0.4, 0.8, 0.16, accent)
    band = rng.uniform(0.1, 0.5)
    pen.line((-0.7, band), (0.6, band), fill=detail)
    for x in (-0.35, 0.2):
        pen.line((x, -0.62), (x + 0.12, -0.78), (x - 0.05, -0.94), (x + 0.07, -1.1), fill=coat)


def house(pen: Pen, palette: Palette, rng: Generator) -> None:
    _, coat, detail, accent = palette
    eaves = rng.uniform(-0.25, -0.05)
    pen.area((0.4, -0.95), (0.65, -0.95), (0.65, eaves), (0.4, eaves), fill=coat)
    pen.area((-0.75, eaves), (0.75, eaves), (0.75, 0.95), (-0.75, 0.95), fill=coat)
    pen.area((-1.05, eaves), (0, -1.05), (1.05, eaves), fill=accent)
    pen.area((-0.55, 0.15), (-0.1, 0.15), (-0.1, 0.55), (-0.55, 0.55), fill=detail)
    pen.area((0.15, 0.25), (0.5, 0.25), (0.5, 0.95), (0.15, 0.95), fill=detail)


def flower(pen: Pen, palette: Palette, rng: Generator) -> None:
    _, coat, detail, accent = palette
    pen.line((0, 0), (0.08, 0.6), (0, 1.2), fill=accent)
    pen.oval(0.25, 0.85, 0.24, 0.1, accent)
    for x, y in arc(0, -0.25, 0.55, 0.55, corners=int(rng.integers(5, 8))):
        pen.oval(x, y, 0.3, 0.3, coat)
    pen.oval(0, -0.25, 0.3, 0.3, detail)


def car(pen: Pen, palette: Palette, rng: Generator) -> None:
    _, coat, detail, accent = palette
    roof = rng.uniform(-0.7, -0.5)
    pen.area((-0.7, -0.05), (-0.45, roof), (0.3, roof), (0.65, -0.05), fill=coat)
    pen.area((-0.5, -0.08), (-0.35, roof + 0.13), (-0.1, roof + 0.13), (-0.1, -0.08), fill=detail)
    pen.area((0.02, -0.08), (0.02, roof + 0.13), (0.24, roof + 0.13), (0.46, -0.08), fill=detail)
    pen.area((-1.1, -0.1), (0.9, -0.1), (1.1, 0.1), (1.1, 0.45), (-1.1, 0.45), fill=coat)
    for x in (-0.6, 0.6):
        pen.oval(x, 0.45, 0.28, 0.28, accent)
        pen.oval(x, 0.45, 0.12, 0.12, detail)


def plain(pen: Pen, palette: Palette, rng: Generator) -> None:
    pen.area(*arc(0, 0, 1, 1, corners=rng.choice((3, 4, 5, 32))), fill=palette.coat)


OTHERS: tuple[Drawing, ...] = (dog, cup, house, flower, car, plain)


def clutter(pen: Pen, rng: Generator) -> None:
    for _ in range(rng.integers(2, 7)):
        x, y = rng.uniform(-1.8, 1.8, 2)
        rx, ry = rng.uniform(0.08, 0.35, 2)
        pen.oval(x, y, rx, ry, tint(MIDDLE, rng))


def draw(seed: int = 1, *, train_rows: int = 600, test_rows: int = 200, size: int = 64) -> Sketches:
    """Returns the pictures of a seed; every second one is a cat.

    Args:
        size: pixels of a picture's edge.
    """
    return Sketches(*rows(seed, 0, train_rows, size), *rows(seed, 1, test_rows, size))


def rows(
    seed: int, split: int, count: int, size: int
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    x = np.empty((count, size, size, 3), np.uint8)
    y = np.arange(count, dtype=np.int64) % len(CLASSES)
    for index, kind in enumerate(y):
        # A generator of its own: a picture must not depend on how many others are drawn.
        rng = np.random.default_rng((seed, split, index))
        x[index] = picture(cat if kind else OTHERS[rng.integers(len(OTHERS))], size, rng)
    return x, y


def picture(thing: Drawing, size: int, rng: Generator) -> NDArray[np.uint8]:
    """Returns a picture of the thing, (size, size, 3), with random pose and colours, clutter behind
    it and noise over all."""
    palette = choose_palette(rng)
    image = Image.new("RGB", (size * OVERSIZE, size * OVERSIZE), palette.ground)
    pen = choose_pen(image, rng)
    clutter(pen, rng)
    thing(pen, palette, rng)
    pixels = np.asarray(image.reduce(OVERSIZE), np.float32)
    noise = rng.normal(0, rng.uniform(*NOISE), pixels.shape)
    return (pixels + noise).clip(0, 255).astype(np.uint8)


def choose_palette(rng: Generator) -> Palette:
    near, far = (DARK, LIGHT) if rng.random() < DARK_SHARE else (LIGHT, DARK)
    return Palette(tint(far, rng), tint(near, rng), tint(far, rng), tint(MIDDLE, rng))


def tint(lightness: tuple[int, int], rng: Generator) -> Colour:
    hue, saturation, light = rng.integers((0, 25, lightness[0]), (360, 70, lightness[1]))
    return f"hsl({hue},{saturation}%,{light}%)"


def choose_pen(image: Image.Image, rng: Generator) -> Pen:
    edge = image.width
    return Pen(
        canvas=ImageDraw.Draw(image),
        middle=edge * (0.5 + 0.5j + complex(*rng.uniform(-SHIFT, SHIFT, 2))),
        stretch=edge * cmath.rect(rng.uniform(*STRETCH), rng.uniform(-TURN, TURN)),
        facing=rng.choice((-1, 1)),
        width=round(edge * rng.uniform(*LINE_WIDTH)),
    )
