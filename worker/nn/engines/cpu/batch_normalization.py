"""Batch normalization on the processor.

Sums over rows are made of pieces of so many rows each, in double, so that nothing depends on the
threads: a matrix of images has many rows, and all of them count.
"""

import math

import numpy

from worker.nn.engines.cpu.functions import double_of, real
from worker.nn.engines.cpu.matmul import share
from worker.nn.engines.cpu.tile import compiled, numbers_at
from worker.nn.engines.layout import LINE_BYTES, PIECE_ROWS


@compiled
def _sums_of(sums, like, piece, n):
    """Two rows of doubles for a piece's sums, which are 0."""
    found = numbers_at(numpy.empty(0), sums + 2 * piece * n * 8, 2 * n)
    found[:] = 0
    return found[:n], found[n:]


@compiled
def row_sums(like, r, thread, threads):
    """The sums of each piece's rows of X, (m, n)."""
    x, x_step, sums, m, n = r[1], r[2], r[3], r[4], r[5]
    first, last = share((m + PIECE_ROWS - 1) // PIECE_ROWS, thread, threads)
    for piece in range(first, last):
        S, _ = _sums_of(sums, like, piece, n)
        for i in range(piece * PIECE_ROWS, min(m, (piece + 1) * PIECE_ROWS)):
            X = numbers_at(like, x + i * x_step * like.itemsize, n)
            for j in range(n):
                S[j] += X[j]


@compiled
def spread_sums(like, r, thread, threads):
    """The same of X less its first row, and of the squares of that: so they stay small."""
    x, x_step, sums, m, n = r[1], r[2], r[3], r[4], r[5]
    first, last = share((m + PIECE_ROWS - 1) // PIECE_ROWS, thread, threads)
    origin = numbers_at(like, x, n)
    for piece in range(first, last):
        S, Q = _sums_of(sums, like, piece, n)
        for i in range(piece * PIECE_ROWS, min(m, (piece + 1) * PIECE_ROWS)):
            X = numbers_at(like, x + i * x_step * like.itemsize, n)
            for j in range(n):
                d = numpy.float64(X[j]) - origin[j]
                S[j] += d
                Q[j] += d * d


@compiled
def scale_sums(like, r, thread, threads):
    """The same of dZ, (m, n), and of dZ · (X − mean)."""
    x, x_step, dz, dz_step, mean, sums, m, n = r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8]
    first, last = share((m + PIECE_ROWS - 1) // PIECE_ROWS, thread, threads)
    means = numbers_at(like, mean, n)
    for piece in range(first, last):
        S, Q = _sums_of(sums, like, piece, n)
        for i in range(piece * PIECE_ROWS, min(m, (piece + 1) * PIECE_ROWS)):
            X = numbers_at(like, x + i * x_step * like.itemsize, n)
            dZ = numbers_at(like, dz + i * dz_step * like.itemsize, n)
            for j in range(n):
                S[j] += dZ[j]
                Q[j] += numpy.float64(dZ[j]) * (X[j] - means[j])


@compiled
def _lines(like, n, thread, threads):
    """This thread's part of some columns: from, to, and how many to take at a time. That does not
    depend on the threads: a longer loop may round in another way."""
    line = LINE_BYTES // like.itemsize
    first, last = share((n + line - 1) // line, thread, threads)
    return first * line, last * line, line


@compiled
def _totals(sums, m, n, first, count):
    """Both sums of all pieces, of some columns."""
    pieces = (m + PIECE_ROWS - 1) // PIECE_ROWS
    S, Q = numpy.zeros(count), numpy.zeros(count)
    found = numbers_at(S, sums, 2 * pieces * n)
    for piece in range(pieces):
        for j in range(count):
            S[j] += found[2 * piece * n + first + j]
            Q[j] += found[(2 * piece + 1) * n + first + j]
    return S, Q


@compiled
def row_total(like, r, thread, threads):
    """The sum of all rows, (n,), of what `row_sums` found."""
    sums, total, m, n = r[1], r[2], r[3], r[4]
    begin, end, line = _lines(like, n, thread, threads)
    for first in range(begin, end, line):
        count = min(line, n - first)
        S, _ = _totals(sums, m, n, first, count)
        numbers_at(like, total + first * like.itemsize, count)[:] = S


@compiled
def statistics(like, r, thread, threads):
    """Mean and deviation of each column, (n,), of what `spread_sums` found; they move the running
    mean and variance."""
    begin, end, line = _lines(like, r[11], thread, threads)
    for first in range(begin, end, line):
        _statistics_of(like, r, first, min(line, r[11] - first))


@compiled
def _statistics_of(like, r, first, count):
    """Those of some columns."""
    x, sums, mean, spread, running_mean, running_variance = r[1], r[3], r[4], r[5], r[6], r[7]
    decay, eps, m, n = double_of(r[8]), double_of(r[9]), r[10], r[11]
    S, Q = _totals(sums, m, n, first, count)
    at = first * like.itemsize
    origin, means = numbers_at(like, x + at, count), numbers_at(like, mean + at, count)
    deviations = numbers_at(like, spread + at, count)
    M = numbers_at(like, running_mean + at, count)
    V = numbers_at(like, running_variance + at, count)
    for j in range(count):
        shift = S[j] / m
        variance = Q[j] / m - shift * shift
        variance = 0.0 if variance < 0 else variance  # what is no number stays so
        means[j] = origin[j] + shift
        deviations[j] = math.sqrt(variance + eps)
        M[j] += (1 - decay) * (origin[j] + shift - M[j])
        V[j] += (1 - decay) * (m / (m - 1) * variance - V[j])


@compiled
def deviation(like, r):
    """√(variance + ε), (n,), by one thread."""
    variance, out, n, eps = r[1], r[2], r[3], double_of(r[4])
    V, found = numbers_at(like, variance, n), numbers_at(like, out, n)
    for j in range(n):
        found[j] = math.sqrt(V[j] + eps)


@compiled
def scale_gradient(like, r, thread, threads):
    """dγ and dβ, (n,), of what `scale_sums` found."""
    begin, end, line = _lines(like, r[6], thread, threads)
    for first in range(begin, end, line):
        _scale_gradient_of(like, r, first, min(line, r[6] - first))


@compiled
def _scale_gradient_of(like, r, first, count):
    """Those of some columns."""
    sums, spread, dgamma, dbeta, m, n = r[1], r[2], r[3], r[4], r[5], r[6]
    S, Q = _totals(sums, m, n, first, count)
    at = first * like.itemsize
    deviations = numbers_at(like, spread + at, count)
    G, B = numbers_at(like, dgamma + at, count), numbers_at(like, dbeta + at, count)
    for j in range(count):
        G[j] = Q[j] / deviations[j]
        B[j] = S[j]


@compiled
def normalize(like, r, thread, threads):
    """Z = γ · (X − mean) / deviation + β for (m, n), and relu of that, if it is wanted."""
    x, x_step, mean, spread, gamma, beta = r[1], r[2], r[3], r[4], r[5], r[6]
    z, z_step, m, n = r[7], r[8], r[9], r[10]
    least = real(like, 0.0 if r[11] else -math.inf)
    first, last = share(m, thread, threads)
    means, deviations = numbers_at(like, mean, n), numbers_at(like, spread, n)
    scale, shift = numbers_at(like, gamma, n) / deviations, numbers_at(like, beta, n)
    for i in range(first, last):
        X = numbers_at(like, x + i * x_step * like.itemsize, n)
        Z = numbers_at(like, z + i * z_step * like.itemsize, n)
        for j in range(n):
            value = (X[j] - means[j]) * scale[j] + shift[j]
            Z[j] = least if value < least else value  # what is no number stays so


@compiled
def normalize_input_gradient(like, r, thread, threads):
    """dX = γ / deviation · (dZ − share · (dγ · (X − mean) / deviation + dβ)) for (m, n)."""
    x, x_step, dz, dz_step, dx, dx_step = r[1], r[2], r[3], r[4], r[5], r[6]
    mean, spread, gamma, dgamma, dbeta = r[7], r[8], r[9], r[10], r[11]
    m, n, part = r[12], r[13], real(like, double_of(r[14]))
    first, last = share(m, thread, threads)
    means, deviations = numbers_at(like, mean, n), numbers_at(like, spread, n)
    scale = numbers_at(like, gamma, n) / deviations
    slope = numbers_at(like, dgamma, n) / deviations * part
    shift = numbers_at(like, dbeta, n) * part
    for i in range(first, last):
        X = numbers_at(like, x + i * x_step * like.itemsize, n)
        dZ = numbers_at(like, dz + i * dz_step * like.itemsize, n)
        dX = numbers_at(like, dx + i * dx_step * like.itemsize, n)
        for j in range(n):
            dX[j] = scale[j] * (dZ[j] - (slope[j] * (X[j] - means[j]) + shift[j]))
