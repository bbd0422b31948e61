"""Tables of places: what lies where, for kernels that go over pictures without borders.

A place is a number, row by row from the picture's beginning; −1 is none.
"""

from typing import NamedTuple

import numpy

from worker.nn.arrays import Array
from worker.nn.windows import Window

NONE = -1


class Places(NamedTuple):
    """For each place of the pictures that are computed, the places that it is computed from.

    Attributes:
        sources: one for each place and position of the kernel, (places, positions), or NONE.
        order: the places in the order in which they are best computed, (places,).
    """

    sources: Array
    order: Array

    def tiled(self, rows: int, source_step: int, step: int) -> tuple[Array, Array]:
        """The table for tiles of so many places, and that of the places themselves, as vectors of
        distances in numbers; the last place fills up the last tile.

        Args:
            source_step, step: numbers from one place of the pictures to the next, there and here.
        """
        last = numpy.repeat(self.order[-1:], -len(self.order) % rows)
        order = numpy.append(self.order, last)
        tiles = self.sources[order].reshape(-1, rows, self.sources.shape[1])
        table = numpy.ascontiguousarray(tiles.transpose(0, 2, 1).ravel() * source_step, "int32")
        return table, numpy.ascontiguousarray(order * step, "int32")

    def by_position(self, step: int = 1) -> Array:
        """The sources of all places under the first position, then under the next, as a vector."""
        return numpy.ascontiguousarray(self.sources.T.ravel() * step, "int32")


def places_under(window: Window, h: int, w: int) -> Places:
    """What lies under a window on pictures, (h, w), at each of its places."""
    numbers = numpy.arange(h * w).reshape(1, h, w, 1)
    parts = window.parts(window.pad(numbers, NONE))
    sources = numpy.stack([part.ravel() for _, part in parts], axis=1)
    return Places(sources, numpy.arange(len(sources)))


def rows_under(window: Window, h: int, w: int, c: int, row: int) -> Places:
    """What lies under each row of a window on pictures, (h, w), that are padded: where it begins,
    in numbers. Places are c numbers apart there, and rows `row`."""
    down, across = numpy.divmod(
        numpy.arange(numpy.prod(window.places(h, w))), window.places(h, w)[1]
    )
    begin = (down * row + across * c) * window.stride
    return Places(begin[:, None] + numpy.arange(window.height) * row, numpy.arange(len(begin)))


def places_over(window: Window, h: int, w: int) -> Places:
    """The way back: the windows' places in which each place of the pictures lies, by its position
    there. In the order, those come together that lie in windows at the same positions."""
    under = places_under(window, h, w).sources
    sources = numpy.full((h * w, under.shape[1]), NONE)
    for position, column in enumerate(under.T):
        there = numpy.flatnonzero(column != NONE)
        sources[column[there], position] = there
    down, across = numpy.divmod(numpy.arange(h * w), w)
    return Places(sources, numpy.lexsort((across % window.stride, down % window.stride)))
