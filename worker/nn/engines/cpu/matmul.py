"""Products of matrices on the processor.

A matrix product here is small or narrow more often than not: a batch of 64 rows, a layer of 20
units. BLAS libraries are made for large squares and reach half of the processor's speed on such
shapes; this reaches most of it. The right factor is packed first, panel by panel, so that tiles
find it in the cache.

Every matrix lies as `layout` says: there are no rests to care for. Each number is summed in
the order of the inner dimension, DEPTH at a time, whatever the tile and however many threads there
are, so that a result does not depend on them.

Source: Goto and van de Geijn, Anatomy of high-performance matrix multiplication, 2008.
"""

from worker.nn.engines.cpu.panels import clear, pack, pack_panels, pack_transposed, panel_vectors
from worker.nn.engines.cpu.tile import (
    ROWS,
    UNROLL,
    VECTOR_BYTES,
    VECTORS,
    ask_for,
    compiled,
    numbers_at,
    tile_by_columns,
    tile_by_rows,
)
from worker.nn.engines.layout import DEPTH, LINE_BYTES, STRIP, WIDEST


@compiled
def share(count, thread, threads):
    """Which of so many things are this thread's: from, to."""
    return count * thread // threads, count * (thread + 1) // threads


@compiled
def share_lines(like, count, thread, threads):
    """The same for neighbouring numbers that threads write: where the part begins, and how many
    there are. No line of the cache is in two threads' parts."""
    line = LINE_BYTES // like.itemsize
    first, last = share((count + line - 1) // line, thread, threads)
    return first * line, max(0, min(count, last * line) - first * line)


@compiled
def _ask_for_share(source, step, rows, length, thread, threads):
    """Have a share of these rows of memory come nearer, each of so many bytes and `step` from the
    next: a panel on which the arithmetic will not have to wait."""
    first, last = share(rows, thread, threads)
    for row in range(first, last):
        for at in range(0, length, LINE_BYTES):
            ask_for(source + row * step + at)


@compiled
def _take_panel(like, b, b_step, transposed, p, j, depth, width, packed, panel, rest):
    """Pack the panel at row p, column j. Returns where the next one lies: its address, its rows
    of memory and the bytes of each."""
    size = like.itemsize
    if transposed:
        source = b + (j * b_step + p) * size
        pack_transposed(like, source, b_step, depth, width, packed, panel)
        return source + panel * b_step * size, min(panel, rest), depth * size
    source = b + (p * b_step + j) * size
    pack(like, source, b_step, depth, width, packed, panel)
    return source + panel * size, depth, min(panel, rest) * size


@compiled
def _part(like, m, n, thread, threads):
    """This thread's part of a product, (m, n): its tiles from `top` to `bottom`, its vectors from
    `first` to `last`. It is some of the columns, unless there are too few."""
    lanes = VECTOR_BYTES // like.itemsize
    tiles, vectors = (m + ROWS - 1) // ROWS, (n + lanes - 1) // lanes
    if vectors >= 2 * threads:
        first, last = share(vectors, thread, threads)
        return 0, tiles, first, last
    top, bottom = share(tiles, thread, threads)
    return top, bottom, 0, vectors


@compiled
def _set_rows(like, bias, c, c_step, panel, top, bottom):
    """Part of a bias in every row of C's tiles, to which products are added."""
    row = numbers_at(like, bias, panel)
    for i in range(top * ROWS, bottom * ROWS):
        numbers_at(like, c + i * c_step * like.itemsize, panel)[:] = row


@compiled
def multiply(like, r, scratch, thread, threads):
    """C = A @ B, (m, n), with a bias added to every row.

    The row has the addresses of A, (m, k), of B, (k, n), and of C, and how many numbers their rows
    are apart; whether B lies transposed, as (n, k); and the address of the bias, (n,), or 0.

    Args:
        like: an array of the dtype.
        scratch: address of `scratch_numbers` numbers of this thread's own.
    """
    a, a_step, b, b_step, transposed, bias = r[1], r[2], r[3], r[4], r[5], r[6]
    c, c_step, m, k, n = r[7], r[8], r[9], r[10], r[11]
    size, lanes = like.itemsize, VECTOR_BYTES // like.itemsize
    top, bottom, first, last = _part(like, m, n, thread, threads)
    for p in range(0, k, DEPTH):
        depth = min(DEPTH, k - p)
        looked_at = (depth + UNROLL - 1) // UNROLL * UNROLL
        for j in range(lanes * first, min(n, lanes * last), VECTORS * lanes):
            vectors = panel_vectors(like, lanes * last - j)
            panel = vectors * lanes
            width, rest = min(panel, n - j), min(n, lanes * last) - j - panel  # columns to come
            where, rows, length = _take_panel(
                like, b, b_step, transposed, p, j, depth, width, scratch, panel, rest
            )
            clear(like, scratch, panel, depth)
            if bias and not p:
                _set_rows(like, bias + j * size, c + j * size, c_step, panel, top, bottom)
            for tile in range(top, bottom):
                _ask_for_share(where, b_step * size, rows, length, tile - top, bottom - top)
                left = a + (tile * ROWS * a_step + p) * size
                out = c + (tile * ROWS * c_step + j) * size
                tile_by_rows(
                    like, vectors, left, a_step, scratch, out, c_step, looked_at, bias or p
                )


@compiled
def multiply_strip(like, a, a_step, packed, strip, c, c_step, rows, depth, columns, add):
    """C = Aᵀ @ B, or C += Aᵀ @ B, for A, (depth, rows), of STRIP rows at most, and a packed B."""
    size, wide = like.itemsize, VECTORS * (VECTOR_BYTES // like.itemsize)
    rows = (rows + ROWS - 1) // ROWS * ROWS
    left, down, step = a, size, a_step
    if columns > wide:  # else each number of A is wanted once
        _pack_strip(like, a, a_step, depth, rows, strip)
        left, down, step = strip, depth * size, ROWS
    for j in range(0, columns, wide):
        right, vectors = packed + DEPTH * j * size, panel_vectors(like, columns - j)
        following = right + DEPTH * wide * size
        lines = depth * min(wide, columns - j - wide) * size // LINE_BYTES
        for r in range(0, rows, ROWS):
            _ask_for_share(following, LINE_BYTES, lines, LINE_BYTES, r // ROWS, rows // ROWS)
            out = c + (r * c_step + j) * size
            tile_by_columns(like, vectors, left + r * down, step, right, out, c_step, depth, add)


@compiled
def multiply_transposed(like, r, scratch, thread, threads):
    """C = Aᵀ @ B, (m, n), for A, (k, m), and B, (k, n); else as `multiply`.

    It takes each row of A apart only once: that of an input layer is the largest matrix there is.
    """
    a, a_step, b, b_step, c, c_step, m, k, n = r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8], r[9]
    size, wide = like.itemsize, VECTORS * VECTOR_BYTES
    first, last = share((m + ROWS - 1) // ROWS, thread, threads)
    for j in range(0, n if first < last else 0, WIDEST):
        columns = min(WIDEST, n - j)
        strip = scratch + DEPTH * (columns * size + wide)
        for p in range(0, k, DEPTH):
            depth = min(DEPTH, k - p)
            pack_panels(like, b + (p * b_step + j) * size, b_step, depth, columns, scratch)
            for i in range(first * ROWS, last * ROWS, STRIP):
                left, out = a + (p * a_step + i) * size, c + (i * c_step + j) * size
                rows = min(STRIP, last * ROWS - i)
                multiply_strip(
                    like, left, a_step, scratch, strip, out, c_step, rows, depth, columns, p
                )


@compiled
def _pack_strip(like, source, step, depth, rows, packed):
    """`rows` columns of the left factor, tile by tile, as the tiles take them."""
    for p in range(depth):
        row = numbers_at(like, source + p * step * like.itemsize, rows)
        copy = numbers_at(like, packed + p * ROWS * like.itemsize, rows * depth)
        for r in range(0, rows, ROWS):
            for q in range(ROWS):
                copy[r * depth + q] = row[r + q]
