"""What is done to each number of a matrix in one pass over it, on the processor.

A matrix is an address and the numbers from one row to the next; `layout` says how its rows
lie. Every kernel does one thread's part. What differs from activation to activation, from loss to
loss and from optimizer to optimizer is in tables.
"""

from typing import Any

import numpy

from worker.nn.activations import ACTIVATIONS
from worker.nn.engines.cpu.activations import KERNELS, no_chain, no_number
from worker.nn.engines.cpu.costs import COSTS, no_cost
from worker.nn.engines.cpu.matmul import share, share_lines
from worker.nn.engines.cpu.tile import compiled, numbers_at
from worker.nn.engines.cpu.updates import UPDATES, stranger
from worker.nn.engines.table import chosen, linked
from worker.nn.losses import LOSSES
from worker.nn.optimizers import OPTIMIZERS


def each_value(value: Any) -> Any:
    """Has this made of each number of a row."""

    @linked
    def apply(Z, A):
        for j in range(Z.size):
            A[j] = value(Z[j])

    return apply


def each_chain(chain: Any) -> Any:
    """Has this made of each number of three rows."""

    @linked
    def apply(Z, A, dA, dZ):
        for j in range(Z.size):
            dZ[j] = chain(dA[j], Z[j], A[j])

    return apply


# A stranger leaves what is no number: a cost that is none is seen at once.
value_of = chosen([each_value(KERNELS[g].value) for g in ACTIVATIONS], each_value(no_number))
chain_of = chosen([each_chain(KERNELS[g].chain) for g in ACTIVATIONS], each_chain(no_chain))


@compiled
def activate(like, g, z, z_step, a, a_step, m, n, thread, threads):
    """A = g(Z) for (m, n)."""
    first, last = share(m, thread, threads)
    for i in range(first, last):
        Z = numbers_at(like, z + i * z_step * like.itemsize, n)
        A = numbers_at(like, a + i * a_step * like.itemsize, n)
        value_of(g, (Z, A))


@compiled
def chain(like, g, z, z_step, a, a_step, da, da_step, dz, dz_step, m, n, thread, threads):
    """dZ = dA · g'(Z) for (m, n)."""
    first, last = share(m, thread, threads)
    for i in range(first, last):
        Z = numbers_at(like, z + i * z_step * like.itemsize, n)
        A = numbers_at(like, a + i * a_step * like.itemsize, n)
        dA = numbers_at(like, da + i * da_step * like.itemsize, n)
        dZ = numbers_at(like, dz + i * dz_step * like.itemsize, n)
        chain_of(g, (Z, A, dA, dZ))


@compiled
def add_rows(like, x, x_step, total, m, n, thread, threads):
    """The sum of all rows of X, (m, n)."""
    first, count = share_lines(like, n, thread, threads)
    found = numbers_at(like, total + first * like.itemsize, count)
    found[:] = 0
    for i in range(m):
        row = numbers_at(like, x + (i * x_step + first) * like.itemsize, count)
        for j in range(count):
            found[j] += row[j]


@compiled
def uniform(key, place):
    """A number from 0 to 2³²−1 that looks as if drawn by chance, for a key and a place.

    Source: Widynski, Squares: a fast counter-based RNG, 2020.
    """
    x = y = numpy.uint64(place) * key
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
def drop(like, x, x_step, out, out_step, m, n, rate, key, row, thread, threads):
    """Each number of X, (m, n), as 0 with this probability, or else larger by 1/(1 − rate).

    Args:
        row: where in the epoch the first row stands: it decides, with the key, what goes.
    """
    first, last = share(m, thread, threads)
    least = numpy.uint64(rate * 2.0**32)
    scale = 1 / (1 - rate)
    for i in range(first, last):
        X = numbers_at(like, x + i * x_step * like.itemsize, n)
        kept = numbers_at(like, out + i * out_step * like.itemsize, n)
        place = numpy.uint64(row + i) * numpy.uint64(n)
        for j in range(n):
            kept[j] = X[j] * scale if uniform(key, place + numpy.uint64(j)) >= least else 0


@compiled
def gather(like, x, rows, shift, factor, out, out_step, m, thread, threads):
    """Rows of x, any numbers, normalized as they are taken: (x − shift) · factor."""
    first, last = share(m, thread, threads)
    n = x.shape[1]
    shifts, factors = numbers_at(like, shift, n), numbers_at(like, factor, n)
    for i in range(first, last):
        row = x[rows[i]]
        found = numbers_at(like, out + i * out_step * like.itemsize, n)
        for j in range(n):
            found[j] = (row[j] - shifts[j]) * factors[j]


@compiled
def gather_moved(
    like, x, rows, moves, width, channels, shift, factor, out, out_step, m, thread, threads
):
    """The same for pictures, each mirrored and moved as its row of `moves` says."""
    first, last = share(m, thread, threads)
    n = x.shape[1]
    line = width * channels
    height = n // line
    shifts, factors = numbers_at(like, shift, n), numbers_at(like, factor, n)
    picture = numpy.empty(n, x.dtype)
    for i in range(first, last):
        mirrored, down, right = moves[i]
        source = x[rows[i]]
        for v in range(height):
            above = min(max(v - down, 0), height - 1) * line
            for u in range(width):
                # First moved, then mirrored.
                to = width - 1 - u if mirrored else u
                beside = above + min(max(u - right, 0), width - 1) * channels
                for c in range(channels):
                    picture[v * line + to * channels + c] = source[beside + c]
        found = numbers_at(like, out + i * out_step * like.itemsize, n)
        for j in range(n):
            found[j] = (picture[j] - shifts[j]) * factors[j]


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
rule_of = chosen([UPDATES[name] for name in OPTIMIZERS], stranger)


@compiled
def update(like, rule, numbers, g, p, u, v, count):
    """One step of an optimizer for some of a parameter's numbers.

    Args:
        rule: its place in OPTIMIZERS.
        numbers: those of the rule in this step, as `Optimizer.numbers` has them.
        u, v: addresses of what is remembered, in the order of `Optimizer.remembers`.
    """
    G, P = numbers_at(like, g, count), numbers_at(like, p, count)
    U, V = numbers_at(like, u, count), numbers_at(like, v, count)
    rule_of(rule, (like, numbers, G, P, U, V))
