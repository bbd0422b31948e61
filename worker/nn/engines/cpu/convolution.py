"""Convolutions on the processor, by tables of places: no matrix of patches is made.

Pictures of few channels are padded first, and so are all for a kernel's gradient: then no place is
missing, and all that lies under a row of the kernel lies together.

Every number is summed position by position of the kernel and channel by channel, and gradients
picture by picture, whatever the threads, so that a result does not depend on them.
"""

from worker.nn.engines.cpu.matmul import share
from worker.nn.engines.cpu.panels import pack, pack_transposed, panel_vectors
from worker.nn.engines.cpu.place_tile import PLACES, tile_of_gradient, tile_of_places
from worker.nn.engines.cpu.tile import VECTOR_BYTES, VECTORS, compiled, numbers_at
from worker.nn.engines.layout import PATCH, SPARE, TILE_NUMBERS


@compiled
def _blank(like, scratch, channels):
    """Zeros in the place of a missing place, or of a missing bias. Returns what lies behind."""
    count = channels + SPARE
    numbers_at(like, scratch, count)[:] = 0
    return scratch + count * like.itemsize


@compiled
def _pack_kernels(like, w, w_step, across, positions, channels, filters, packed):
    """All panels of kernels, (positions · channels, filters), one behind the other; or of
    transposed ones, (positions · filters, channels)."""
    size, lanes = like.itemsize, VECTOR_BYTES // like.itemsize
    for j in range(0, filters, VECTORS * lanes):
        panel = panel_vectors(like, filters - j) * lanes
        width = min(panel, filters - j)
        for n in range(positions):
            if across:
                source = w + (n * filters + j) * w_step * size
                pack_transposed(like, source, w_step, channels, width, packed, panel)
            else:
                source = w + (n * channels * w_step + j) * size
                pack(like, source, w_step, channels, width, packed, panel)
            packed += channels * panel * size


@compiled
def convolve(like, r, scratch, thread, threads):
    """Z, (m, places, filters), of X, (m, …, channels), and W, (positions · channels, filters).

    Or, where W lies `across`, X of dJ/dZ. The row has addresses, and the numbers between rows, of
    X, W and Z; the address of the bias, or 0; of the tables for tiles, see `place_tile`; how many
    tiles a picture has; sizes; how many bytes are between pictures, there and here; and whether
    relu is done to Z.
    """
    x, w, w_step, bias, out, table, places = r[1], r[3], r[4], r[5], r[6], r[8], r[9]
    across, tiles, positions, channels, filters, m = r[10], r[11], r[12], r[13], r[14], r[15]
    x_picture, picture = r[16], r[17]
    size, lanes = like.itemsize, VECTOR_BYTES // like.itemsize
    packed = _blank(like, scratch, channels)
    _pack_kernels(like, w, w_step, across, positions, channels, filters, packed)
    first, last = share(m * tiles, thread, threads)
    some = max(1, PATCH // PLACES)
    for begin in range(first, last, some):
        right = packed
        for j in range(0, filters, VECTORS * lanes):
            vectors = panel_vectors(like, filters - j)
            start = bias + j * size if bias else scratch
            for at in range(begin, min(last, begin + some)):
                i, tile = at // tiles, at % tiles
                tile_of_places(
                    like, vectors, x + i * x_picture, scratch,
                    table + tile * PLACES * positions * 4, positions, right, channels, start,
                    out + i * picture + j * size, places + tile * PLACES * 4, r[18],
                )  # fmt: skip
            right += positions * channels * vectors * lanes * size


@compiled
def _pack_errors(like, dz, dz_step, rows, filters, packed):
    """All panels of some rows of dJ/dZ, one behind the other."""
    size, lanes = like.itemsize, VECTOR_BYTES // like.itemsize
    for j in range(0, filters, VECTORS * lanes):
        panel = panel_vectors(like, filters - j) * lanes
        pack(like, dz + j * size, dz_step, rows, min(panel, filters - j), packed, panel)
        packed += rows * panel * size


@compiled
def _add_some(like, aside, columns, count, dw, dw_step, add):
    """Put the first rows of a tile into dW, or add them to what is there."""
    size = like.itemsize
    for i in range(count):
        found = numbers_at(like, aside + i * columns * size, columns)
        row = numbers_at(like, dw + i * dw_step * size, columns)
        for q in range(columns):
            row[q] = found[q] + (row[q] if add else 0)


@compiled
def convolve_kernel_gradient(like, r, scratch, thread, threads):
    """dW, (n, filters), of padded X, m pictures, and dJ/dZ, (m, places, filters).

    The row has addresses, and the numbers between rows, of all three; the addresses of a table of
    where the kernel begins at each place, and of one of how far from there is the number that each
    row of dW is multiplied with, for whole tiles; sizes; and how many bytes are between pictures.
    """
    x, dz, dz_step, dw, dw_step, table, rows = r[1], r[3], r[4], r[5], r[6], r[7], r[8]
    n, filters, m, places, x_picture = r[9], r[10], r[11], r[12], r[13]
    size, packed = like.itemsize, scratch + TILE_NUMBERS * like.itemsize
    first, last = share((n + PLACES - 1) // PLACES, thread, threads)
    pictures = max(1, PATCH // places)
    for i in range(0, m if first < last else 0, pictures):
        some = min(pictures, m - i)
        for p in range(0, places, PATCH):
            count = min(PATCH, places - p)
            errors = dz + (i * places + p) * dz_step * size
            _pack_errors(like, errors, dz_step, some * count, filters, packed)
            _gradient_of_some(
                like, x + i * x_picture, x_picture, scratch, table + p * 4, rows, some, count,
                packed, dw, dw_step, n, filters, first, last, i + p,
            )  # fmt: skip


@compiled
def _gradient_of_some(
    like, x, x_picture, aside, table, rows, some, count, packed, dw, dw_step, n, filters, first,
    last, add,
):  # fmt: skip
    """The tiles of dW from `first` to `last`, of some places of some pictures."""
    size, lanes = like.itemsize, VECTOR_BYTES // like.itemsize
    for j in range(0, filters, VECTORS * lanes):
        vectors = panel_vectors(like, filters - j)
        for row in range(first * PLACES, last * PLACES, PLACES):
            out = dw + (row * dw_step + j) * size
            whole = row + PLACES <= n
            tile_of_gradient(
                like, vectors, x, x_picture, table, rows + row * 4, some, count, packed,
                out if whole else aside, dw_step if whole else vectors * lanes, add if whole else 0,
            )  # fmt: skip
            if not whole:
                _add_some(like, aside, vectors * lanes, n - row, out, dw_step, add)
        packed += some * count * vectors * lanes * size
