"""Padding pictures on the processor, for convolutions."""

from worker.nn.engines.cpu.matmul import share
from worker.nn.engines.cpu.tile import compiled, numbers_at
from worker.nn.engines.layout import COPIED


@compiled
def pad(like, r, thread, threads):
    """P, (m · rows, …), of X, (m, h, w, c): rows of pictures with zeros around, and no gaps between
    the numbers of neighbouring places.

    The row has addresses, and the numbers between rows, of X and P; sizes; and how many rows of
    zeros are above a picture, and places on its left.
    """
    x, x_step, out, out_step, m, h, w, c = r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8]
    rows, top, left, size = r[9], r[10], r[11], like.itemsize
    first, last = share(m * rows, thread, threads)
    for at in range(first, last):
        i, y = at // rows, at % rows - top
        P = numbers_at(like, out + at * out_step * size, out_step)
        P[:] = 0
        if 0 <= y < h:
            for p in range(w):
                X = numbers_at(like, x + ((i * h + y) * w + p) * x_step * size, c + COPIED)
                to = (left + p) * c
                for j in range(0, c, COPIED):  # what is too much, the next place covers
                    a, b, d, e = X[j], X[j + 1], X[j + 2], X[j + 3]
                    P[to + j], P[to + j + 1], P[to + j + 2], P[to + j + 3] = a, b, d, e
            P[(left + w) * c : (left + w) * c + COPIED] = 0
