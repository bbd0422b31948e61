"""How a picture is changed, line by line, as it is gathered; docs/notation.md has the formulas.

What is done to a picture is a row of `Rows.changes`, whose columns are CHANGES. A line is a vector
of width · channels numbers, of the dtype of all matrices, with room for SPARE more behind them.
"""

import math
from typing import Any

import numpy
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from worker.nn.engines.cpu.functions import inlined, real
from worker.nn.engines.cpu.tile import compiled

SPARE = 4  # numbers of a pixel that are worked on together, however many it has
RED, GREEN, BLUE = 0.299, 0.587, 0.114  # shares of a colour's lightness; Rec. ITU-R BT.601


@compiled
def mean_of(picture, n, change):
    """The mean of all n numbers of a picture, if a change asks for it."""
    contrast, top, bottom = change[7], change[9], change[10]
    if contrast == 1 and top >= bottom:
        return 0.0
    total = 0.0  # of whole numbers, so it is exact in any order
    for j in range(n):
        total += picture[j]
    return total / n


@compiled
def look_up(picture, change, v, height, channels, line, corners, parts):
    """Line v of the changed picture. Every place gets what lies where it comes from, between four
    pixels, in proportion to how near they are; beyond the edge, the edge is repeated.

    Args:
        picture: as it is stored, with SPARE bytes behind it.
        corners, parts: (width,) and (2, width), to work in.
    """
    y, x = change[0] + change[1] * v, change[3] + change[4] * v
    y_right, x_right = change[2], change[5]
    if y_right == 0 and abs(x_right) == 1 and y == math.floor(y) and x == math.floor(x):
        above = min(max(int(y), 0), height - 1) * len(corners)
        if channels == 3:  # so that a compiler knows how many there are
            copy(picture, above, int(x), int(x_right), 3, line, len(corners))
        else:
            copy(picture, above, int(x), int(x_right), channels, line, len(corners))
        return
    width = numpy.int32(len(corners))  # of 32 bits, or vectors of doubles could not be made of them
    bottom, end = height - 1.0, width - 1.0
    # The upper left of the four is never in the last row or column, if there is another.
    low, far = max(bottom - 1, 0.0), max(end - 1, 0.0)
    for u in range(width):
        from_y, from_x = min(max(y + y_right * u, 0.0), bottom), min(max(x + x_right * u, 0.0), end)
        above, beside = min(numpy.floor(from_y), low), min(numpy.floor(from_x), far)
        parts[0, u], parts[1, u] = from_y - above, from_x - beside
        corners[u] = numpy.int32((above * width + beside) * channels)
    to_next = channels if width > 1 else 0
    blend(picture, corners, parts, line, channels, width * channels if height > 1 else 0, to_next)


@inlined
def copy(picture, above, x, step, channels, line, width):
    """A line as it is stored behind so many pixels, from column x on to the right or left."""
    for u in range(width):
        beside = (above + min(max(x + step * u, 0), width - 1)) * channels
        for c in range(channels):
            line[u * channels + c] = picture[beside + c]


@compiled
def blend(picture, corners, parts, line, channels, to_lower, to_next):
    """A line, each of whose places lies by these parts of a pixel below and beside a corner."""
    begin, to = picture.ctypes.data, line.ctypes.data
    for u in range(len(corners)):
        # What is written too much, the next place overwrites.
        for c in range(0, channels, SPARE):
            upper = begin + corners[u] + c
            there = to + (u * channels + c) * line.itemsize
            blend_some(upper, upper + to_lower, to_next, parts[0, u], parts[1, u], there)


@intrinsic
def blend_some(
    context: Any, upper: Any, lower: Any, to_next: Any, down: Any, right: Any, to: Any
) -> Any:
    """SPARE numbers between those of two pixels at an address, those next to them, and the same
    below; compilers would do them one by one."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        upper, lower, to_next, down, right, to = arguments
        number, byte = context.get_value_type(signature.args[3]), ir.IntType(8)
        vector, flags = ir.VectorType(number, SPARE), ["contract"]
        index = ir.Constant(ir.IntType(32), 0)
        same = ir.Constant(ir.VectorType(index.type, SPARE), [0] * SPARE)

        def at(address: Any) -> Any:
            place = builder.inttoptr(address, ir.VectorType(byte, SPARE).as_pointer())
            return builder.uitofp(builder.load(place, align=1), vector)

        def between(near: Any, far: Any, part: Any) -> Any:
            one = builder.insert_element(ir.Constant(vector, ir.Undefined), part, index)
            all_ = builder.shuffle_vector(one, one, same)
            way = builder.fmul(all_, builder.fsub(far, near, flags=flags), flags=flags)
            return builder.fadd(near, way, flags=flags)

        above, below = (
            between(at(left), at(builder.add(left, to_next)), right) for left in (upper, lower)
        )
        place = builder.inttoptr(to, vector.as_pointer())
        builder.store(between(above, below, down), place, align=1)
        return context.get_dummy_value()

    return types.void(upper, lower, to_next, down, right, to), code


@compiled
def cut(line, change, v, channels, mean):
    """The picture's mean where line v crosses the square that is cut out."""
    top, bottom, left, right = change[9], change[10], int(change[11]), int(change[12])
    if top <= v < bottom:
        for j in range(left * channels, right * channels):
            line[j] = mean


@compiled
def recolour(line, change, channels, mean):
    """x ← brightness · (mean + contrast · (lightness + colour · (x − lightness) − mean)), within 0
    and 255. Only three channels have a lightness; others keep their colour."""
    brightness, contrast, colour = change[6], change[7], change[8]
    if brightness == 1 and contrast == 1 and colour == 1:
        return
    scale, least, most = brightness * contrast, real(line, 0), real(line, 255)
    base = real(line, (brightness - scale) * mean)
    if channels != 3:
        own = real(line, scale)
        for j in range(len(line)):
            line[j] = min(max(own * line[j] + base, least), most)
        return
    own, gray = real(line, scale * colour), scale - scale * colour
    red, green, blue = real(line, gray * RED), real(line, gray * GREEN), real(line, gray * BLUE)
    for j in range(0, len(line), 3):
        rest = red * line[j] + green * line[j + 1] + blue * line[j + 2] + base
        for c in range(3):
            line[j + c] = min(max(own * line[j + c] + rest, least), most)
