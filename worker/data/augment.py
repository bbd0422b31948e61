"""Random changes of training pictures that leave their class as it is.

docs/notation.md has the formulas; the engines carry them out as they gather a batch.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from worker.nn.arrays import Array, Generator, Purpose, generator

TOLD_APART = 1  # the step in the key of all but flips and shifts


@dataclass(frozen=True)
class Augmentation:
    """What is left to chance, and how far it may go; nothing if all is as it stands here.

    Attributes:
        flip: whether pictures are mirrored; then every second one is, on the average.
        shift: pixels of the largest move, in each direction.
        zoom: largest relative change of the size: 0.2 for a factor from 0.8 to 1.25.
        rotate: degrees of the largest turn, either way.
        brightness, contrast, colour: largest relative change of each.
        cutout: side of the square that is cut out, as a share of the picture's shorter one.
    """

    flip: bool = False
    shift: int = 0
    zoom: float = 0.0
    rotate: float = 0.0
    brightness: float = 0.0
    contrast: float = 0.0
    colour: float = 0.0
    cutout: float = 0.0


NONE = Augmentation()


def changes(how: Augmentation, shape: Sequence[int], count: int, seed: int, epoch: int) -> Array:
    """Returns what is done to each picture of an epoch, (count, len(CHANGES)), float64.

    Args:
        shape: of a picture, (height, width, channels).
        count: pictures.
    """
    rng = generator(seed, Purpose.AUGMENT, epoch)
    mirrored, down, right = moves(count, rng, flip=how.flip, shift=how.shift)
    # All are always drawn: switching one on must not change the numbers of another.
    chance = generator(seed, Purpose.AUGMENT, epoch, TOLD_APART).uniform(-1, 1, (7, count))
    zoom = (1 - how.zoom) ** chance[0]
    angle = np.radians(how.rotate * chance[1])
    factors = (
        1 + largest * one
        for largest, one in zip(
            (how.brightness, how.contrast, how.colour), chance[2:5], strict=True
        )
    )
    lookup = mapped(shape, mirrored, down, right, zoom, angle)
    return np.stack([*lookup, *factors, *square(shape, how.cutout, *chance[5:])], axis=1)


def moves(count: int, rng: Generator, *, flip: bool, shift: int) -> Array:
    """Returns for each picture whether it is mirrored (0 or 1), and by how many pixels it is moved
    down and to the right: (3, count), int64. Where a move leaves a gap, the edge is repeated.

    Args:
        count: pictures.
        flip: whether pictures are mirrored at all; then every second one is, on the average.
        shift: pixels of the largest move, in either direction.
    """
    # Both are always drawn: switching one on must not change the numbers of the other.
    mirrored = rng.random(count) < 0.5
    moved = rng.integers(-shift, shift, (2, count), endpoint=True)
    return np.stack([mirrored & flip, *moved]).astype("int64")


def mapped(
    shape: Sequence[int], mirrored: Array, down: Array, right: Array, zoom: Array, angle: Array
) -> Sequence[Array]:
    """Returns the map from the places of each picture to where they come from, the first six of
    CHANGES: first it is zoomed and turned about its middle, then moved, then mirrored.

    Args:
        zoom: factor of its size.
        angle: radians, against the clock.
    """
    height, width, *_ = shape
    middle_v, middle_u = (height - 1) / 2, (width - 1) / 2
    # The way back: so the turn is with the clock, and by the inverse of the factor.
    along, across = np.cos(angle) / zoom, np.sin(angle) / zoom
    sign, begin = 1 - 2 * mirrored, mirrored * (width - 1)
    v, u = -down - middle_v, begin - right - middle_u
    y = middle_v + along * v + across * u
    x = middle_u - across * v + along * u
    return y, along, across * sign, x, -across, along * sign


def square(shape: Sequence[int], share: float, down: Array, right: Array) -> Sequence[Array]:
    """Returns the rows and columns of the square that is cut out, the last four of CHANGES.

    Args:
        share: its side, as a share of the picture's shorter one.
        down, right: its middle, from -1 to 1: anywhere in the picture, so part of it may be beside.
    """
    side = round(share * min(shape[:2]))
    found = []
    for size, middle in zip(shape[:2], (down, right), strict=True):
        first = np.floor((middle + 1) / 2 * size - side / 2 + 0.5)
        found += [first.clip(0, size), (first + side).clip(0, size)]
    return found
