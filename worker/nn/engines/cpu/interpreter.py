"""The interpreter of recorded steps: a table of operations, done by a team of threads.

A row of the table is an operation and its numbers: addresses, distances between rows, sizes. All
threads go through the same table, each does its part of every operation, and they wait for one
another in between. So a step costs no call from Python and no allocation, and training of a small
network is as fast as its arithmetic.
"""

import numpy

from worker.nn.engines.base import BAD_STEP, COST_SUM, RIGHT
from worker.nn.engines.cpu.barrier import wait
from worker.nn.engines.cpu.functions import double_of, real
from worker.nn.engines.cpu.kernels import (
    activate,
    add_rows,
    chain,
    cost_of,
    drop,
    gather,
    gather_moved,
    update,
)
from worker.nn.engines.cpu.matmul import (
    multiply,
    multiply_strip,
    multiply_turned,
    pack_panels,
    share,
    share_lines,
)
from worker.nn.engines.cpu.tile import ROWS, VECTOR_BYTES, VECTORS, compiled, numbers_at
from worker.nn.engines.layout import DEPTH, STRIP

(
    MULTIPLY, MULTIPLY_TURNED, ACTIVATE, CHAIN, ADD_ROWS, DROP, GATHER, GATHER_MOVED, COST,
    UPDATE, MULTIPLY_AND_UPDATE, ADD_SCALED, LIMIT, SQUARES, TOTAL, ALIVE, FLAT, SAMPLE, MOVED,
) = range(19)  # fmt: skip
WIDTH = 16  # numbers in a row of the table
PIECE = 2**15  # numbers whose squares are added together before the sums are


@compiled
def multiply_and_update(
    like, a, a_step, b, b_step, m, k, n, rule, p, p_step, u, v, numbers, scratch, thread, threads
):
    """This thread's part of an optimizer's step by the gradient Aᵀ @ B of P, strip by strip.

    The gradient is used while it is in the cache: to memory and back, it would cost as much as half
    of the optimizer's step. k is DEPTH at most, n WIDEST; u and v are what the rule remembers.
    """
    size = like.itemsize
    strip = scratch + DEPTH * (n * size + VECTORS * VECTOR_BYTES)
    gradient = strip + DEPTH * STRIP * size
    first, last = share((m + ROWS - 1) // ROWS, thread, threads)
    if first < last:
        pack_panels(like, b, b_step, k, n, scratch)
        numbers_at(like, gradient, STRIP * p_step)[:] = 0  # between rows it stays so
    for i in range(first * ROWS, last * ROWS, STRIP):
        rows, start = min(STRIP, last * ROWS - i), i * p_step * size
        multiply_strip(like, a + i * size, a_step, scratch, strip, gradient, p_step, rows, k, n, 0)
        update(like, rule, numbers, gradient, p + start, u + start, v + start, rows * p_step)


@compiled
def squares(like, x, size, sums, thread, threads):
    """The sum of the squares of each piece of X; the same whatever the threads."""
    pieces = (size + PIECE - 1) // PIECE
    first, last = share(pieces, thread, threads)
    for piece in range(first, last):
        start = piece * PIECE
        X = numbers_at(like, x + start * like.itemsize, min(PIECE, size - start))
        total = 0.0
        for i in range(X.size):
            total += numpy.float64(X[i]) * X[i]
        sums[piece] = total


@compiled
def measure(like, row, cells, sums, thread, threads):
    """The operations that only look."""
    kind = row[0]
    if kind == SQUARES:
        squares(like, row[1], row[2], sums, thread, threads)
    elif kind == TOTAL and thread == 0:
        cells[row[1]] = 0.0
        for piece in range((row[2] + PIECE - 1) // PIECE):
            cells[row[1]] += sums[piece]
    elif kind == ALIVE:
        first, count = share_lines(like, row[5], thread, threads)
        alive = numbers_at(like, row[3] + first * like.itemsize, count)
        for i in range(row[4]):
            errors = numbers_at(like, row[1] + (i * row[2] + first) * like.itemsize, count)
            for j in range(count):
                alive[j] = 1 if errors[j] != 0 else alive[j]
    elif kind == FLAT:
        first, count = share_lines(like, row[5], thread, threads)
        counts = numbers_at(like, row[3] + first * like.itemsize, count)
        counts[:], least = 0, real(like, double_of(row[6]))
        for i in range(row[4]):
            slopes = numbers_at(like, row[1] + (i * row[2] + first) * like.itemsize, count)
            for j in range(count):
                counts[j] += real(like, abs(slopes[j]) < least)
    elif kind == SAMPLE and thread == 0:
        found, X = numbers_at(like, row[2], row[3]), numbers_at(like, row[1], row[3] * row[4])
        for i in range(row[3]):
            found[i] = X[i * row[4]]
    elif kind == MOVED and thread == 0:
        before, X = numbers_at(like, row[2], row[3]), numbers_at(like, row[1], row[3] * row[4])
        way, size = 0.0, 0.0
        for i in range(row[3]):
            step = numpy.float64(X[i * row[4]]) - before[i]
            way += step * step
            size += numpy.float64(before[i]) * before[i]
        cells[row[5]], cells[row[5] + 1] = way, size


@compiled
def change(like, row, numbers, cells, thread, threads):
    """The operations that change parameters or gradients."""
    kind = row[0]
    if kind == UPDATE:
        first, last = share(row[6] // 8, thread, threads)
        start, count = first * 8 * like.itemsize, (last - first) * 8
        g, p, u, v = row[2] + start, row[3] + start, row[4] + start, row[5] + start
        update(like, row[1], numbers, g, p, u, v, count)
        return
    first, last = share(row[2], thread, threads)
    g = numbers_at(like, row[1] + first * like.itemsize, last - first)
    if kind == ADD_SCALED:
        p = numbers_at(like, row[3] + first * like.itemsize, last - first)
        factor = real(like, double_of(row[4]))
        for i in range(last - first):
            g[i] += factor * p[i]
        return
    total, most = 0.0, double_of(row[5])
    for cell in range(row[3], row[4]):
        total += cells[cell]
    if total > most * most:
        factor = real(like, most / numpy.sqrt(total))
        for i in range(last - first):
            g[i] *= factor


@compiled
def cost(like, row, labels, rows, weights, cells, step):
    """What this step's logits cost and how many are right, added to what was there."""
    loss, z, z_step, dz, dz_step, m, k = row[1], row[2], row[3], row[4], row[5], row[6], row[7]
    logits = like, z, z_step, dz, dz_step, m, k, labels, rows, weights
    found, right = cost_of(loss, logits)
    cells[COST_SUM] += found * m
    cells[RIGHT] += right
    if not abs(found) < numpy.inf and cells[BAD_STEP] == 0:
        cells[BAD_STEP] = step + 1


@compiled
def take(like, r, data, place, thread, threads):
    """The operations that bring rows of the data, or that chance decides by their place."""
    x, _, _, order, moves, keys = data
    kind, rows = r[0], order[place:]
    if kind == GATHER:
        gather(like, x, rows, r[1], r[2], r[3], r[4], r[5], thread, threads)
    elif kind == GATHER_MOVED:
        gather_moved(
            like, x, rows, moves[place:], r[6], r[7], r[1], r[2], r[3], r[4], r[5], thread, threads
        )
    else:
        rate, key = double_of(r[7]), keys[r[8]]
        drop(like, r[1], r[2], r[3], r[4], r[5], r[6], rate, key, place, thread, threads)


@compiled
def operate(like, r, data, numbers, cells, sums, scratch, place, step, thread, threads):
    """This thread's part of one operation."""
    kind = r[0]
    if kind == MULTIPLY:
        multiply(
            like, r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8], r[9], r[10], r[11], scratch,
            thread, threads,
        )  # fmt: skip
    elif kind == MULTIPLY_TURNED:
        multiply_turned(
            like, r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8], r[9], scratch, thread, threads
        )
    elif kind == MULTIPLY_AND_UPDATE:
        multiply_and_update(
            like, r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8], r[9], r[10], r[11], r[12],
            numbers, scratch, thread, threads,
        )  # fmt: skip
    elif kind == ACTIVATE:
        activate(like, r[1], r[2], r[3], r[4], r[5], r[6], r[7], thread, threads)
    elif kind == CHAIN:
        chain(
            like, r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8], r[9], r[10], r[11], thread,
            threads,
        )  # fmt: skip
    elif kind == ADD_ROWS:
        add_rows(like, r[1], r[2], r[3], r[4], r[5], thread, threads)
    elif kind in (GATHER, GATHER_MOVED, DROP):
        take(like, r, data, place, thread, threads)
    elif kind == COST:
        if thread == 0:
            cost(like, r, data[1], data[3][place:], data[2], cells, step)
    elif kind in (UPDATE, ADD_SCALED, LIMIT):
        change(like, r, numbers, cells, thread, threads)
    else:
        measure(like, r, cells, sums, thread, threads)


@compiled
def run(like, table, data, numbers, cells, sums, scratch, sync, first, size, thread, threads):
    """Do a table's operations once for each row of `numbers`.

    Args:
        like: an array of the dtype of all matrices.
        table: the operations, (…, WIDTH).
        data: the samples, (rows, features); their labels; the weights of the classes; the order in
            which rows are taken; how each, in that order, is moved; keys of chance.
        numbers: of the optimizer's rule, step by step.
        cells: what the steps leave; see COST_SUM.
        sums, scratch: places to work in, for all and for this thread alone.
        sync: how many threads have arrived, 0 at the start.
        first: which row of the order comes first, and `size` rows of it make a step.
    """
    stops = 0
    for step in range(len(numbers)):
        place = first + step * size
        for index in range(len(table)):
            operate(
                like, table[index], data, numbers[step], cells, sums, scratch, place, step, thread,
                threads,
            )  # fmt: skip
            if threads > 1:
                stops += threads
                wait(sync, stops)
