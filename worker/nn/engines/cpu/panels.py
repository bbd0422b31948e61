"""Packing the right factor of a product, panel by panel, so that tiles find it in the cache.

A panel is some columns of it, as many as a tile has, without gaps.
"""

from worker.nn.engines.cpu.tile import UNROLL, VECTOR_BYTES, VECTORS, compiled, numbers_at
from worker.nn.engines.layout import DEPTH


@compiled
def pack(like, source, step, depth, width, packed, panel):
    """Rows of the right factor, `width` numbers of each, as one panel without gaps."""
    for p in range(depth):
        row = numbers_at(like, source + p * step * like.itemsize, width)
        copy = numbers_at(like, packed + p * panel * like.itemsize, panel)
        for q in range(width):
            copy[q] = row[q]
        for q in range(width, panel):
            copy[q] = 0


@compiled
def pack_transposed(like, source, step, depth, width, packed, panel):
    """The same of a factor that lies transposed: its columns are rows here."""
    rows = numbers_at(like, source, (width - 1) * step + depth)
    for p in range(depth):
        copy = numbers_at(like, packed + p * panel * like.itemsize, panel)
        for q in range(width):
            copy[q] = rows[q * step + p]
        for q in range(width, panel):
            copy[q] = 0


@compiled
def clear(like, packed, panel, depth):
    """Zeros behind a panel, up to where the unrolled loop looks."""
    rest = -depth % UNROLL
    blank = numbers_at(like, packed + depth * panel * like.itemsize, rest * panel)
    for q in range(rest * panel):
        blank[q] = 0


@compiled
def panel_vectors(like, columns):
    """How wide a panel is when so many columns are left, in vectors."""
    lanes = VECTOR_BYTES // like.itemsize
    return min(VECTORS, (columns + lanes - 1) // lanes)


@compiled
def pack_panels(like, b, b_step, depth, columns, packed):
    """All panels of a right factor, (depth, columns), one behind the other."""
    size, wide = like.itemsize, VECTORS * (VECTOR_BYTES // like.itemsize)
    for j in range(0, columns, wide):
        panel = panel_vectors(like, columns - j) * (VECTOR_BYTES // size)
        out = packed + DEPTH * j * size
        pack(like, b + j * size, b_step, depth, min(panel, columns - j), out, panel)
