"""How the samples of a batch are gathered: taken in their order, changed if they are pictures,
normalized, and put where layers look for them.

A sample takes a row of the result, or a row for each of its places: `k` numbers are in a row, n in
a sample.
"""

import numpy

from worker.nn.engines.cpu.matmul import share
from worker.nn.engines.cpu.pictures import SPARE, cut, look_up, mean_of, recolour
from worker.nn.engines.cpu.tile import compiled, numbers_at


@compiled
def put(like, values, shifts, factors, out, apart, k):
    """Values at this address, normalized: (x − shift) · factor. Every k of them lie together, and
    begin so many numbers apart."""
    if apart == k:
        found = numbers_at(like, out, len(values))
        for j in range(len(values)):
            found[j] = (values[j] - shifts[j]) * factors[j]
        return
    for first in range(0, len(values), k):
        found = numbers_at(like, out + first // k * apart * like.itemsize, k)
        for c in range(k):
            found[c] = (values[first + c] - shifts[first + c]) * factors[first + c]


@compiled
def gather(like, r, data, start, thread, threads):
    """Samples of x, bytes, normalized as they are taken."""
    shift, factor, out, out_step, m, n, k = r[1], r[2], r[3], r[4], r[5], r[6], r[7]
    x, rows = data[0], data[3][start:]
    first, last = share(m, thread, threads)
    shifts, factors = numbers_at(like, shift, n), numbers_at(like, factor, n)
    apart = out_step if k < n else k
    for i in range(first, last):
        there = out + i * (n // k) * out_step * like.itemsize
        put(like, x[rows[i]], shifts, factors, there, apart, k)


@compiled
def gather_floats(like, r, data, start, thread, threads):
    """The same for rows of float32, of which x has the bytes."""
    shift, factor, out, out_step, m, n = r[1], r[2], r[3], r[4], r[5], r[6]
    x, rows = data[0], data[3][start:]
    first, last = share(m, thread, threads)
    shifts, factors = numbers_at(like, shift, n), numbers_at(like, factor, n)
    for i in range(first, last):
        there = out + i * out_step * like.itemsize
        put(like, x[rows[i]].view(numpy.float32), shifts, factors, there, n, n)


@compiled
def gather_changed(like, r, data, start, thread, threads):
    """The same for pictures, each changed as its row of `changes` says, line by line."""
    shift, factor, out, out_step, m, n, k = r[1], r[2], r[3], r[4], r[5], r[6], r[7]
    width, channels = r[8], r[9]
    x, rows, changes = data[0], data[3][start:], data[4][start:]
    first, last = share(m, thread, threads)
    shifts, factors = numbers_at(like, shift, n), numbers_at(like, factor, n)
    size = width * channels
    height, apart = n // size, out_step if k < n else channels
    picture, spacious = numpy.zeros(n + SPARE, numpy.uint8), numpy.empty(size + SPARE, like.dtype)
    line = spacious[:size]
    corners, parts = numpy.empty(width, numpy.int32), numpy.empty((2, width), like.dtype)
    for i in range(first, last):
        picture[:n], change = x[rows[i]], changes[i]
        there = out + i * (n // k) * out_step * like.itemsize
        mean = mean_of(picture, n, change)
        for v in range(height):
            look_up(picture, change, v, height, channels, line, corners, parts)
            cut(line, change, v, channels, mean)
            recolour(line, change, channels, mean)
            own = slice(v * size, v * size + size)
            to = there + v * width * apart * like.itemsize
            put(like, line, shifts[own], factors[own], to, apart, channels)
