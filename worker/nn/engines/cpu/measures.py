"""Kernels that only look. Every one does one thread's part of its row."""

import numpy

from worker.nn.engines.base import PIECE
from worker.nn.engines.cpu.functions import double_of, real
from worker.nn.engines.cpu.matmul import share, share_lines
from worker.nn.engines.cpu.tile import compiled, numbers_at
from worker.nn.engines.layout import PIECE_ROWS


@compiled
def squares(like, r, cells, thread, threads):
    """The sum of the squares of each piece of X; the same whatever the threads."""
    x, sums, size = r[1], r[2], r[3]
    pieces = (size + PIECE - 1) // PIECE
    S = numbers_at(cells, sums, pieces)
    first, last = share(pieces, thread, threads)
    for piece in range(first, last):
        start = piece * PIECE
        X = numbers_at(like, x + start * like.itemsize, min(PIECE, size - start))
        total = 0.0
        for i in range(X.size):
            total += numpy.float64(X[i]) * X[i]
        S[piece] = total


@compiled
def total(r, cells):
    """The sum of those sums, by one thread."""
    sums, pieces, cell = r[1], r[2], r[3]
    S = numbers_at(cells, sums, pieces)
    cells[cell] = 0.0
    for piece in range(pieces):
        cells[cell] += S[piece]


@compiled
def alive(like, r, thread, threads):
    """1 for each column of dZ, (m, n), in which something is not 0; else what was there."""
    dz, dz_step, flags, m, n = r[1], r[2], r[3], r[4], r[5]
    first, count = share_lines(like, n, thread, threads)
    F = numbers_at(like, flags + first * like.itemsize, count)
    for begin in range(0, m, PIECE_ROWS):
        for i in range(begin, min(m, begin + PIECE_ROWS)):
            errors = numbers_at(like, dz + (i * dz_step + first) * like.itemsize, count)
            for j in range(count):
                F[j] = 1 if errors[j] != 0 else F[j]
        if F.all():
            return  # the other rows have nothing to tell


@compiled
def saturated(like, r, thread, threads):
    """How many numbers of each column of slopes, (m, n), are less than `least`."""
    slopes, step, counts, m, n = r[1], r[2], r[3], r[4], r[5]
    least = real(like, double_of(r[6]))
    first, count = share_lines(like, n, thread, threads)
    C = numbers_at(like, counts + first * like.itemsize, count)
    C[:] = 0
    for i in range(m):
        S = numbers_at(like, slopes + (i * step + first) * like.itemsize, count)
        for j in range(count):
            C[j] += real(like, abs(S[j]) < least)


@compiled
def sample(like, r):
    """So many numbers of X, `every` apart, by one thread."""
    x, out, count, every = r[1], r[2], r[3], r[4]
    found, X = numbers_at(like, out, count), numbers_at(like, x, count * every)
    for i in range(count):
        found[i] = X[i * every]


@compiled
def moved(like, r, cells):
    """How far X's numbers are from those of a sample, and how large that is, by one thread."""
    x, before, count, every, cell = r[1], r[2], r[3], r[4], r[5]
    B, X = numbers_at(like, before, count), numbers_at(like, x, count * every)
    way, size = 0.0, 0.0
    for i in range(count):
        step = numpy.float64(X[i * every]) - B[i]
        way += step * step
        size += numpy.float64(B[i]) * B[i]
    cells[cell], cells[cell + 1] = way, size
