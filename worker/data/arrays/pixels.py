"""Pictures in the forms that people have them in, as (rows, height, width, 3) of uint8."""

from collections.abc import Iterator, Sequence
from functools import reduce
from math import isqrt, prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from worker.data.arrays.stored import StoredArray
from worker.data.preprocessing import CHANNELS
from worker.data.progress import Seen
from worker.data.rows import rows_per_block
from worker.errors import UnsupportedFile

WORK_BYTES = 8  # of a number while it is converted: float64
# Of 255ths, which many people round to float32 at some point.
EPSILON = float(np.finfo(np.float32).eps)

Pixels = NDArray[np.uint8]
Shape = tuple[int, int, int]


class Pictures(NamedTuple):
    """An array of pictures, and how it is laid out.

    Attributes:
        channels: 1 for grey pictures, 3 for coloured ones.
        axis: of the channels; None where there is none.
    """

    array: StoredArray
    channels: int
    axis: int | None

    @property
    def rows(self) -> int:
        return self.array.shape[0]

    @property
    def shape(self) -> Shape:
        """Of a picture as it is read: (height, width, 3)."""
        height, width = (side for n, side in enumerate(self.array.shape) if n not in (0, self.axis))
        return height, width, CHANNELS

    @property
    def plain(self) -> bool:
        """Whether its numbers are taken as they are."""
        return self.array.dtype == np.uint8

    def blocks(self) -> Iterator[NDArray[Any]]:
        """Yields the numbers of some rows after the others, (rows, height, width, 1 or 3)."""
        features = prod(self.array.shape[1:])
        step = rows_per_block(features * (1 if self.plain else WORK_BYTES))
        for start in range(0, self.rows, step):
            block = self.array.read(slice(start, start + step))
            yield block[..., None] if self.axis is None else np.moveaxis(block, self.axis, -1)

    def read(self, scale: int) -> Iterator[Pixels]:
        """Yields the pictures, (rows, height, width, 3), in blocks.

        Args:
            scale: 255 where its numbers go from 0 to 1, otherwise 1.
        """
        for block in self.blocks():
            pixels = block if self.plain else np.rint(block * np.float64(scale)).astype(np.uint8)
            yield pixels if self.channels == CHANNELS else np.repeat(pixels, CHANNELS, axis=-1)

    def changes(self, scale: int) -> list[str]:
        """Returns in words what is done to read them."""
        where, came = self.array.where, self.array.shape
        said = []
        if self.axis == 1:
            said.append(f"{where}: the channels of {came} were moved to the last place")
        if self.channels == 1:
            said.append(f"{where}: grey pictures got three equal channels")
        if not self.plain:
            times = "multiplied by 255 and " if scale != 1 else ""
            said.append(f"{where}: {self.array.dtype.name} was {times}stored as uint8")
        return said


class Extent(NamedTuple):
    """The smallest and the largest number, and whether all are whole numbers, or 255ths."""

    low: float
    high: float
    whole: bool
    fractions: bool


def pictures(array: StoredArray) -> Pictures:
    """Returns how an array of pictures is laid out.

    Raises:
        UnsupportedFile: its shape is not one of pictures.
    """
    shape = array.shape
    if 0 not in shape[1:]:
        if len(shape) == 3:
            return Pictures(array, 1, None)
        for axis in (3, 1):
            if len(shape) == 4 and shape[axis] in (1, CHANNELS):
                return Pictures(array, shape[axis], axis)
    raise UnsupportedFile(
        f"Expected the shape (rows, height, width, 3) in {array.where}, or (rows, height, width) "
        f"for grey pictures, got {shape}; {_advice(shape)}."
    )


def _advice(shape: Sequence[int]) -> str:
    if len(shape) == 4 and shape[3] == 4:
        return "leave out the fourth channel, as in x[..., :3]"
    if len(shape) == 4 and shape[2] in (1, CHANNELS):
        return "put the rows first, as in np.moveaxis(x, -1, 0)"
    if len(shape) == 2:
        for channels in (1, CHANNELS):
            side = isqrt(shape[1] // channels)
            if side and channels * side * side == shape[1]:
                form = (side, side) if channels == 1 else (side, side, channels)
                return f"each row may be a picture: x.reshape({', '.join(map(str, (-1, *form)))})"
    return "store RGB pictures, one after the other"


def scale_of(sets: Sequence[Pictures], seen: Seen) -> int:
    """Returns by what the numbers of all these, which are of one type, become 0 to 255: 1 or 255.
    `seen` counts the rows that are looked at for that.

    Raises:
        UnsupportedFile: they are not the whole numbers from 0 to 255, nor 255ths from 0 to 1.
    """
    if sets[0].plain:
        return 1
    extents = []
    for own in sets:
        for block in own.blocks():
            extents.append(_extent(block))
            seen(len(block))
    if not extents:
        return 1
    extent = reduce(_together, extents)
    if 0 <= extent.low <= extent.high <= 1 and extent.fractions:
        return 255
    if 0 <= extent.low <= extent.high <= 255 and extent.whole:
        return 1
    raise UnsupportedFile(
        f"Expected pictures of whole numbers from 0 to 255, or of 255ths from 0 to 1, in "
        f"{sets[0].array.where}, got {sets[0].array.dtype.name} from {extent.low:.6g} to "
        f"{extent.high:.6g}{'' if extent.whole else ' with fractions'}; store them as uint8: "
        f"{_to_uint8(extent)}."
    )


def _extent(block: NDArray[Any]) -> Extent:
    low, high = float(block.min()), float(block.max())
    whole = block.dtype.kind != "f" or bool((block == np.rint(block)).all())
    return Extent(low, high, whole, 0 <= low <= high <= 1 and _are_fractions(block))


def _are_fractions(block: NDArray[Any]) -> bool:
    # One step of float16 near 1 is a quarter of a 255th, so this stays below a half.
    near = 255 * (max(EPSILON, float(np.finfo(block.dtype).eps)) if block.dtype.kind == "f" else 0)
    numbers = block * np.float64(255)
    return bool((np.abs(numbers - np.rint(numbers)) <= near).all())


def _together(one: Extent, other: Extent) -> Extent:
    ends = np.minimum(one.low, other.low), np.maximum(one.high, other.high)
    return Extent(
        float(ends[0]), float(ends[1]), one.whole and other.whole, one.fractions and other.fractions
    )


def _to_uint8(extent: Extent) -> str:
    if not np.isfinite([extent.low, extent.high]).all():
        return "replace what is not a finite number, as in np.nan_to_num(x)"
    if extent.low >= 0 and extent.high <= 255:
        times = " * 255" if extent.high <= 1 else ""
        return f"np.rint(x{times}).astype('uint8')"
    if extent.low >= 0 and extent.whole and 4096 <= extent.high <= 65535:
        return "np.rint(x / 257).astype('uint8'), if 65,535 is white"
    if extent.low >= -1 and extent.high <= 1:
        return "np.rint((x + 1) * 127.5).astype('uint8')"
    return "undo the normalization, so that black is 0 and white 255; np.rint(x).astype('uint8')"
