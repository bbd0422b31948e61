"""What is done to each number of a matrix in one pass over it, on the processor.

A matrix is an address and the numbers from one row to the next; `layout` says how its rows
lie. Every kernel does one thread's part of a row `r` of the program's table, and names in its first
lines what is in there. What differs from activation to activation and from loss to loss is in
tables.
"""

from typing import Any

import numpy

from worker.nn.activations import ACTIVATIONS
from worker.nn.engines.base import BAD_STEP, COST_SUM, RIGHT
from worker.nn.engines.cpu.activations import KERNELS, no_chain, no_number
from worker.nn.engines.cpu.costs import COSTS, no_cost
from worker.nn.engines.cpu.functions import double_of
from worker.nn.engines.cpu.matmul import share, share_lines
from worker.nn.engines.cpu.tile import compiled, numbers_at
from worker.nn.engines.table import chosen, linked
from worker.nn.losses import LOSSES


def each_value(value: Any) -> Any:
    """Has this made of each number of some rows."""

    @linked
    def apply(like, z, z_step, a, a_step, n, first, last):
        for i in range(first, last):
            Z = numbers_at(like, z + i * z_step * like.itemsize, n)
            A = numbers_at(like, a + i * a_step * like.itemsize, n)
            for j in range(n):
                A[j] = value(Z[j])

    return apply


def each_chain(chain: Any) -> Any:
    """Has this made of each number of some rows of three matrices."""

    @linked
    def apply(like, z, z_step, a, a_step, da, da_step, dz, dz_step, n, first, last):
        for i in range(first, last):
            Z = numbers_at(like, z + i * z_step * like.itemsize, n)
            A = numbers_at(like, a + i * a_step * like.itemsize, n)
            dA = numbers_at(like, da + i * da_step * like.itemsize, n)
            dZ = numbers_at(like, dz + i * dz_step * like.itemsize, n)
            for j in range(n):
                dZ[j] = chain(dA[j], Z[j], A[j])

    return apply


# A stranger leaves what is no number: a cost that is none is seen at once. They are chosen once for
# all rows: to find one takes as long as to compute a short row.
value_of = chosen([each_value(KERNELS[g].value) for g in ACTIVATIONS], each_value(no_number))
chain_of = chosen([each_chain(KERNELS[g].chain) for g in ACTIVATIONS], each_chain(no_chain))


@compiled
def activate(like, r, thread, threads):
    """A = g(Z) for (m, n)."""
    g, z, z_step, a, a_step, m, n = r[1], r[2], r[3], r[4], r[5], r[6], r[7]
    first, last = share(m, thread, threads)
    value_of(g, (like, z, z_step, a, a_step, n, first, last))


@compiled
def chain(like, r, thread, threads):
    """dZ = dA · g'(Z) for (m, n)."""
    g, z, z_step, a, a_step = r[1], r[2], r[3], r[4], r[5]
    da, da_step, dz, dz_step, m, n = r[6], r[7], r[8], r[9], r[10], r[11]
    first, last = share(m, thread, threads)
    chain_of(g, (like, z, z_step, a, a_step, da, da_step, dz, dz_step, n, first, last))


@compiled
def add_rows(like, r, thread, threads):
    """The sum of all rows of X, (m, n)."""
    x, x_step, total, m, n = r[1], r[2], r[3], r[4], r[5]
    first, count = share_lines(like, n, thread, threads)
    found = numbers_at(like, total + first * like.itemsize, count)
    found[:] = 0
    for i in range(m):
        row = numbers_at(like, x + (i * x_step + first) * like.itemsize, count)
        for j in range(count):
            found[j] += row[j]


@compiled
def add(like, r, thread, threads):
    """Z = X + Y for (m, n)."""
    x, x_step, y, y_step, z, z_step, m, n = r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8]
    first, last = share(m, thread, threads)
    for i in range(first, last):
        X = numbers_at(like, x + i * x_step * like.itemsize, n)
        Y = numbers_at(like, y + i * y_step * like.itemsize, n)
        Z = numbers_at(like, z + i * z_step * like.itemsize, n)
        for j in range(n):
            Z[j] = X[j] + Y[j]


@compiled
def rearrange(like, r, thread, threads):
    """Rows, (m, places · c), of pictures, (m, places, c); or, `across`, the other way."""
    x, x_step, out, out_step, across, m, places, c = r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8]
    size = like.itemsize
    first, last = share(m * places, thread, threads)
    for at in range(first, last):
        i, p = at // places, at % places
        source = i * x_step + p * c if across else at * x_step
        place = at * out_step if across else i * out_step + p * c
        X = numbers_at(like, x + source * size, c)
        numbers_at(like, out + place * size, c)[:] = X


@compiled
def uniform(key, index):
    """A number from 0 to 2³²−1 that looks as if drawn by chance, for a key and an index.

    Source: Widynski, Squares: a fast counter-based RNG, 2020.
    """
    x = y = numpy.uint64(index) * key
    z = y + key
    half = numpy.uint64(32)
    x = x * x + y
    x = (x >> half) | (x << half)
    x = x * x + z
    x = (x >> half) | (x << half)
    x = x * x + y
    x = (x >> half) | (x << half)
    return (x * x + z) >> half


@compiled
def drop(like, r, data, start, thread, threads):
    """Each number of X, (m, n), as 0 with probability `rate`, or else larger by 1/(1 − rate).

    Which, the key decides and where in the epoch a row stands; the first sample stands at `start`,
    and has so many rows, `places`.
    """
    x, x_step, out, out_step, m, n = r[1], r[2], r[3], r[4], r[5], r[6]
    rate, key, places = double_of(r[7]), data[5][r[8]], r[9]
    first, last = share(m, thread, threads)
    least = numpy.uint64(rate * 2.0**32)
    scale = 1 / (1 - rate)
    for i in range(first, last):
        X = numbers_at(like, x + i * x_step * like.itemsize, n)
        found = numbers_at(like, out + i * out_step * like.itemsize, n)
        begin = numpy.uint64(start * places + i) * numpy.uint64(n)
        for j in range(n):
            found[j] = X[j] * scale if uniform(key, begin + numpy.uint64(j)) >= least else 0


@compiled
def add_moments(x, rows, sums, squares):
    """Add each feature of some rows of bytes, and its square, to these sums."""
    n = x.shape[1]
    for start in range(0, len(rows), 2**16):
        # So many squares of bytes fit into 32 bits, of which a vector has twice as many.
        some, some_squares = numpy.zeros(n, numpy.uint32), numpy.zeros(n, numpy.uint32)
        for i in range(start, min(start + 2**16, len(rows))):
            row = x[rows[i]]
            for j in range(n):
                value = numpy.uint32(row[j])
                some[j] += value
                some_squares[j] += value * value
        for j in range(n):
            sums[j] += some[j]
            squares[j] += some_squares[j]


cost_of = chosen([COSTS[name] for name in LOSSES], no_cost)


@compiled
def cost(like, r, data, cells, start, step):
    """What this step's logits cost and how many are right, added to the cells by one thread."""
    loss, z, z_step, dz, dz_step, m, k = r[1], r[2], r[3], r[4], r[5], r[6], r[7]
    labels, weights, rows, smoothing = data[1], data[2], data[3][start:], double_of(r[8])
    given = like, z, z_step, dz, dz_step, m, k, labels, rows, weights, smoothing
    found, right = cost_of(loss, given)
    cells[COST_SUM] += found * m
    cells[RIGHT] += right
    if not abs(found) < numpy.inf and cells[BAD_STEP] == 0:
        cells[BAD_STEP] = step + 1
