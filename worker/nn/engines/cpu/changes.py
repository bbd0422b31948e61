"""Kernels that change parameters and gradients. Every one does one thread's part of its row."""

import numpy

from worker.nn.engines.cpu.functions import double_of, real
from worker.nn.engines.cpu.matmul import multiply_strip, share
from worker.nn.engines.cpu.panels import pack_panels
from worker.nn.engines.cpu.tile import ROWS, VECTOR_BYTES, VECTORS, compiled, numbers_at
from worker.nn.engines.cpu.updates import UPDATES, stranger
from worker.nn.engines.layout import DEPTH, STRIP
from worker.nn.engines.step_numbers import AVERAGING
from worker.nn.engines.table import chosen
from worker.nn.optimizers import OPTIMIZERS

rule_of = chosen([UPDATES[name] for name in OPTIMIZERS], stranger)


@compiled
def update_some(like, rule, numbers, g, p, u, v, count):
    """One step of an optimizer for some of a parameter's numbers.

    Args:
        rule: its place in OPTIMIZERS.
        numbers: those of the rule in this step, as `Optimizer.numbers` has them.
        u, v: addresses of what is remembered, in the order of `Optimizer.remembers`.
    """
    G, P = numbers_at(like, g, count), numbers_at(like, p, count)
    U, V = numbers_at(like, u, count), numbers_at(like, v, count)
    rule_of(rule, (like, numbers, G, P, U, V))


@compiled
def update(like, r, numbers, thread, threads):
    """A step of an optimizer; `size` is a multiple of 8."""
    rule, g, p, u, v, size = r[1], r[2], r[3], r[4], r[5], r[6]
    first, last = share(size // 8, thread, threads)
    start, count = first * 8 * like.itemsize, (last - first) * 8
    update_some(like, rule, numbers, g + start, p + start, u + start, v + start, count)


@compiled
def multiply_and_update(like, r, numbers, scratch, thread, threads):
    """A step of an optimizer by the gradient Aᵀ @ B of P, (m, n), strip by strip.

    The gradient is used while it is in the cache: to memory and back, it would cost as much as half
    of the optimizer's step. A is (k, m), k DEPTH at most, n WIDEST; u and v are what the rule
    remembers.
    """
    a, a_step, b, b_step, m, k, n = r[1], r[2], r[3], r[4], r[5], r[6], r[7]
    rule, p, p_step, u, v = r[8], r[9], r[10], r[11], r[12]
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
        update_some(like, rule, numbers, gradient, p + start, u + start, v + start, rows * p_step)


@compiled
def average(like, r, numbers, thread, threads):
    """K ← K + share · (P − K)."""
    kept, p, size, part = r[1], r[2], r[3], real(like, numbers[AVERAGING])
    first, last = share(size, thread, threads)
    K = numbers_at(like, kept + first * like.itemsize, last - first)
    P = numbers_at(like, p + first * like.itemsize, last - first)
    for i in range(last - first):
        K[i] += part * (P[i] - K[i])


@compiled
def add_scaled(like, r, thread, threads):
    """G ← G + factor · P."""
    g, p, size, factor = r[1], r[2], r[3], real(like, double_of(r[4]))
    first, last = share(size, thread, threads)
    G = numbers_at(like, g + first * like.itemsize, last - first)
    P = numbers_at(like, p + first * like.itemsize, last - first)
    for i in range(last - first):
        G[i] += factor * P[i]


@compiled
def limit(like, r, cells, thread, threads):
    """G scaled down so that the norm of all gradients, of whose squares the sums are in the cells
    from `begin` to `end`, is `most`."""
    g, size, begin, end, most = r[1], r[2], r[3], r[4], double_of(r[5])
    first, last = share(size, thread, threads)
    G = numbers_at(like, g + first * like.itemsize, last - first)
    total = 0.0
    for cell in range(begin, end):
        total += cells[cell]
    if total > most * most:
        factor = real(like, most / numpy.sqrt(total))
        for i in range(last - first):
            G[i] *= factor
