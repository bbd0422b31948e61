"""Depthwise convolutions on the processor: each channel by its own kernel, all channels of a place
at a time."""

from worker.nn.engines.cpu.matmul import share
from worker.nn.engines.cpu.tile import compiled, entries_at, numbers_at


@compiled
def convolve_depthwise(like, r, thread, threads):
    """Z, (m, places, c), of X, (m, x_places, c), and W, (positions, c).

    The row has addresses, and the numbers between rows, of X, W and Z; the address of the bias, or
    0; that of the table, an entry for each position and place; sizes.
    """
    x, x_step, w, w_step, bias, out, out_step = r[1], r[2], r[3], r[4], r[5], r[6], r[7]
    table, positions, c, m, x_places, places = r[8], r[9], r[10], r[11], r[12], r[13]
    size = like.itemsize
    sources = entries_at(table, positions * places)
    first, last = share(m * places, thread, threads)
    for at in range(first, last):
        i, p = at // places, at % places
        Z = numbers_at(like, out + at * out_step * size, c)
        Z[:] = 0
        if bias:
            Z[:] = numbers_at(like, bias, c)
        for n in range(positions):
            source = sources[n * places + p]
            if source >= 0:
                X = numbers_at(like, x + (i * x_places + source) * x_step * size, c)
                W = numbers_at(like, w + n * w_step * size, c)
                for j in range(c):
                    Z[j] += X[j] * W[j]


@compiled
def depthwise_kernel_gradient(like, r, scratch, thread, threads):
    """dW, (positions, c), of X, (m, x_places, c), and dJ/dZ, (m, places, c); as above."""
    x, x_step, dz, dz_step, dw, dw_step = r[1], r[2], r[3], r[4], r[5], r[6]
    table, positions, c, m, x_places, places = r[7], r[8], r[9], r[10], r[11], r[12]
    size = like.itemsize
    sources = entries_at(table, positions * places)
    first, last = share(positions, thread, threads)
    total = numbers_at(like, scratch, c)  # of a picture: rounding would grow with longer sums
    for n in range(first, last):
        W = numbers_at(like, dw + n * dw_step * size, c)
        W[:] = 0
        for i in range(m):
            total[:] = 0
            for p in range(places):
                source = sources[n * places + p]
                if source >= 0:
                    X = numbers_at(like, x + (i * x_places + source) * x_step * size, c)
                    dZ = numbers_at(like, dz + (i * places + p) * dz_step * size, c)
                    for j in range(c):
                        total[j] += X[j] * dZ[j]
            for j in range(c):
                W[j] += total[j]
