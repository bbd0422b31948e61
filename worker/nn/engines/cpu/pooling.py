"""Pools on the processor, all channels of a place at a time, by tables of places.

Of each pool there is a way forward, of some places, and a way back, of some pictures, whose dX is 0
before. The formulas are those of `pools`; tests hold the two against each other.
"""

from typing import Any, NamedTuple

import numpy

from worker.nn.engines.cpu.functions import real
from worker.nn.engines.cpu.matmul import share
from worker.nn.engines.cpu.pool_vector import largest_vector, largest_vector_back
from worker.nn.engines.cpu.tile import VECTOR_BYTES, compiled, entries_at, numbers_at
from worker.nn.engines.table import chosen, linked
from worker.nn.pools import POOLS


class Kernel(NamedTuple):
    """`forward(like, x, x_step, under, stride, positions, z, c)`: Z of one place, (c,), of what
    lies under it in the picture at x; `under` is the address of a table of places there, whose
    entries are `stride` apart. `backward` adds to dX."""

    forward: Any
    backward: Any


@linked
def largest(like, x, x_step, under, stride, positions, z, c):
    # Whole vectors: behind the channels are zeros, and stay so.
    for j in range(0, c * like.itemsize, VECTOR_BYTES):
        largest_vector(like, x + j, x_step * like.itemsize, under, stride, positions, z + j)


@linked
def largest_back(like, x, dx, x_step, under, stride, positions, z, dz, c):
    step = x_step * like.itemsize
    for j in range(0, c * like.itemsize, VECTOR_BYTES):
        largest_vector_back(like, x + j, dx + j, step, under, stride, positions, z + j, dz + j)


@linked
def mean(like, x, x_step, under, stride, positions, z, c):
    Z, sources = numbers_at(like, z, c), entries_at(under, positions * stride)
    Z[:] = 0
    count = 0
    for n in range(positions):
        source = sources[n * stride]
        if source >= 0:
            count += 1
            X = numbers_at(like, x + source * x_step * like.itemsize, c)
            for j in range(c):
                Z[j] += X[j]
    share = real(like, 1 / count)
    for j in range(c):
        Z[j] *= share


@linked
def mean_back(like, x, dx, x_step, under, stride, positions, z, dz, c):
    dZ, sources = numbers_at(like, dz, c), entries_at(under, positions * stride)
    count = 0
    for n in range(positions):
        count += 1 if sources[n * stride] >= 0 else 0
    share = real(like, 1 / count)
    for n in range(positions):
        source = sources[n * stride]
        if source >= 0:
            dX = numbers_at(like, dx + source * x_step * like.itemsize, c)
            for j in range(c):
                dX[j] += dZ[j] * share


@linked
def stranger(like, x, x_step, under, stride, positions, z, c):
    numbers_at(like, z, c)[:] = numpy.nan


@linked
def stranger_back(like, x, dx, x_step, under, stride, positions, z, dz, c):
    numbers_at(like, dx, c)[:] = numpy.nan


# By their names in POOLS.
KERNELS = {"max": Kernel(largest, largest_back), "average": Kernel(mean, mean_back)}

pool_of = chosen([KERNELS[name].forward for name in POOLS], stranger)
back_of = chosen([KERNELS[name].backward for name in POOLS], stranger_back)


@compiled
def pool(like, r, thread, threads):
    """Z, (m, places, c), of X, (m, x_places, c).

    The row has the pool's place in POOLS; addresses, and the numbers between rows, of X and Z; the
    address of the table, an entry for each position and place; sizes.
    """
    code, x, x_step, z, z_step, table = r[1], r[2], r[3], r[4], r[5], r[6]
    positions, c, m, x_places, places = r[7], r[8], r[9], r[10], r[11]
    size = like.itemsize
    first, last = share(m * places, thread, threads)
    for at in range(first, last):
        i, p = at // places, at % places
        picture, out = x + i * x_places * x_step * size, z + at * z_step * size
        pool_of(code, (like, picture, x_step, table + p * 4, places, positions, out, c))


@compiled
def pool_input_gradient(like, r, thread, threads):
    """dX, (m, x_places, c), of X, Z and dJ/dZ, (m, places, c); as above."""
    code, x, x_step, z, z_step, dz, dz_step = r[1], r[2], r[3], r[4], r[5], r[6], r[7]
    dx, table, positions, c, m, x_places, places = r[8], r[10], r[11], r[12], r[13], r[14], r[15]
    size = like.itemsize
    first, last = share(m, thread, threads)
    for i in range(first, last):
        start = i * x_places * x_step * size
        numbers_at(like, dx + start, x_places * x_step)[:] = 0
        for p in range(places):
            row = i * places + p
            ends = z + row * z_step * size, dz + row * dz_step * size, c
            given = like, x + start, dx + start, x_step, table + p * 4, places, positions
            back_of(code, (*given, *ends))
