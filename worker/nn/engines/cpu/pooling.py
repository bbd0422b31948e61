"""Pools on the processor, all channels of a place at a time, by tables of places.

Of each pool there is a way forward, of some places, and a way back, of some pictures, whose dX is 0
before. The formulas are those of `pools`; tests hold the two against each other.
"""

from typing import Any, NamedTuple

import numpy

from worker.nn.engines.cpu.functions import real
from worker.nn.engines.cpu.matmul import share
from worker.nn.engines.cpu.tile import compiled, entries_at, numbers_at
from worker.nn.engines.table import chosen, linked
from worker.nn.pools import POOLS


class Kernel(NamedTuple):
    """`forward(like, x, x_step, under, stride, positions, Z)`: Z of one place, (c,), of what lies
    under it in the picture at x. `backward` adds to dX there."""

    forward: Any
    backward: Any


@linked
def largest(like, start, x_step, under, stride, positions, Z):
    Z[:] = -numpy.inf
    for n in range(positions):
        source = under[n * stride]
        if source >= 0:
            X = numbers_at(like, start + source * x_step * like.itemsize, Z.size)
            for j in range(Z.size):
                x, most = X[j], Z[j]
                Z[j] = most if (most >= x) | (most != most) else x  # what is no number stays so


@linked
def largest_back(like, start, dx, x_step, under, stride, positions, Z, dZ, free):
    none = real(like, 0)
    free[:] = 1  # where it has not been met yet
    for n in range(positions):
        source = under[n * stride]
        if source >= 0:
            X = numbers_at(like, start + source * x_step * like.itemsize, Z.size)
            dX = numbers_at(like, dx + source * x_step * like.itemsize, Z.size)
            for j in range(Z.size):
                x, most, error, still = X[j], Z[j], dZ[j], free[j]
                taken = still if x == most else none
                dX[j] += error if taken != none else none
                free[j] = still - taken


@linked
def mean(like, x, x_step, under, stride, positions, Z):
    Z[:] = 0
    count = 0
    for n in range(positions):
        source = under[n * stride]
        if source >= 0:
            count += 1
            X = numbers_at(like, x + source * x_step * like.itemsize, Z.size)
            for j in range(Z.size):
                Z[j] += X[j]
    share = real(like, 1 / count)
    for j in range(Z.size):
        Z[j] *= share


@linked
def mean_back(like, x, dx, x_step, under, stride, positions, Z, dZ, free):
    count = 0
    for n in range(positions):
        count += 1 if under[n * stride] >= 0 else 0
    share = real(like, 1 / count)
    for n in range(positions):
        source = under[n * stride]
        if source >= 0:
            dX = numbers_at(like, dx + source * x_step * like.itemsize, Z.size)
            for j in range(Z.size):
                dX[j] += dZ[j] * share


@linked
def stranger(like, x, x_step, under, stride, positions, Z):
    Z[:] = numpy.nan


@linked
def stranger_back(like, x, dx, x_step, under, stride, positions, Z, dZ, free):
    numbers_at(like, dx, Z.size)[:] = numpy.nan


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
    sources = entries_at(table, positions * places)
    first, last = share(m * places, thread, threads)
    for at in range(first, last):
        i, p = at // places, at % places
        Z = numbers_at(like, z + at * z_step * size, c)
        picture = x + i * x_places * x_step * size
        pool_of(code, (like, picture, x_step, sources[p:], places, positions, Z))


@compiled
def pool_input_gradient(like, r, scratch, thread, threads):
    """dX, (m, x_places, c), of X, Z and dJ/dZ, (m, places, c); as above."""
    code, x, x_step, z, z_step, dz, dz_step = r[1], r[2], r[3], r[4], r[5], r[6], r[7]
    dx, table, positions, c, m, x_places, places = r[8], r[10], r[11], r[12], r[13], r[14], r[15]
    size = like.itemsize
    sources = entries_at(table, positions * places)
    first, last = share(m, thread, threads)
    free = numbers_at(like, scratch, c)
    for i in range(first, last):
        start = i * x_places * x_step * size
        numbers_at(like, dx + start, x_places * x_step)[:] = 0
        for p in range(places):
            Z = numbers_at(like, z + (i * places + p) * z_step * size, c)
            dZ = numbers_at(like, dz + (i * places + p) * dz_step * size, c)
            given = (like, x + start, dx + start, x_step, sources[p:], places, positions, Z, dZ)
            back_of(code, (*given, free))
