"""Convolution with kernels of 3 × 3 by 4/9 of the multiplications: Winograd's F(2 × 2, 3 × 3).

A tile is 2 × 2 places of the output. Of the 4 × 4 numbers d of the input under it, and of a kernel
g, all its numbers are Aᵀ (Σ (G g Gᵀ) · (Bᵀ d B)) A, the products being element by element, and the
sum over the channels; with

    Bᵀ d = d₀ − d₂, d₁ + d₂, d₂ − d₁, d₁ − d₃
    G g  = g₀, (g₀ + g₁ + g₂) / 2, (g₀ − g₁ + g₂) / 2, g₂
    Aᵀ m = m₀ + m₁ + m₂, m₁ − m₂ − m₃

along both sides. For many tiles, the sums are 16 products of matrices.

Source: Lavin and Gray, Fast algorithms for convolutional neural networks, 2015, section 4.1.
"""

from collections.abc import Sequence

import numpy

from worker.nn.arrays import Array
from worker.nn.engines.answering.products import Map, multiply
from worker.nn.engines.answering.scratch import SCRATCH
from worker.nn.windows import Window

TILE = 2
POSITIONS = 4  # of a tile's input, along a side
# With fewer, to transform the input takes longer than the products that it saves.
CHANNELS = 8
# Numbers of each position that are computed at once: with fewer, to ask for operations takes longer
# than to do them; with more, they do not fit the cache.
TOGETHER = 8_192


def fits(W: Array, window: Window) -> bool:
    """Whether a convolution can be done so, and faster."""
    return W.ndim == 4 and (*W.shape[:2], window.stride) == (3, 3, 1) and W.shape[2] >= CHANNELS


def transformed_kernels(W: Array) -> Array:
    """G g Gᵀ of kernels W, (3, 3, c, filters), as (16, c, filters), in W's dtype."""
    G = numpy.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])
    # Columns first, as the input is transformed last along its rows.
    U = numpy.einsum("ai,bj,ijcf->bacf", G, G, W.astype("float64"))
    return numpy.ascontiguousarray(U, W.dtype).reshape(POSITIONS**2, *W.shape[2:])


def convolve(P: Array, U: Array, b: Array | None, each: Map) -> Array:
    """Z, (h, w, filters), of a picture with its padding, (h + 2, w + 2, c).

    Args:
        U: transformed kernels.
        each: does the parts of the work, one after the other or side by side.
    """
    h, w, c = P.shape[0] - 2, P.shape[1] - 2, P.shape[2]
    P = numpy.pad(P, ((0, h % TILE), (0, w % TILE), (0, 0))) if h % TILE or w % TILE else P
    down, across = (P.shape[0] - 2) // TILE, (P.shape[1] - 2) // TILE
    Z = numpy.empty((down, TILE, across, TILE, U.shape[-1]), P.dtype)
    rows = max(1, TOGETHER // (across * max(c, U.shape[-1])))
    begins = range(0, down, rows)
    inner: Map = map if len(begins) > 1 else each

    def strip(begin: int) -> None:
        part = P[TILE * begin : TILE * (begin + rows) + 2]
        _convolve_strip(part, U, b, Z[begin : begin + rows], inner)

    list((each if len(begins) > 1 else map)(strip, begins))
    return Z.reshape(TILE * down, TILE * across, -1)[:h, :w]


def _convolve_strip(P: Array, U: Array, b: Array | None, Z: Array, each: Map) -> None:
    """Z, (tiles down, 2, tiles across, 2, filters), of the rows P under it."""
    down, across, c, filters = Z.shape[0], Z.shape[2], P.shape[2], Z.shape[4]
    places = POSITIONS, POSITIONS, down, across
    D = SCRATCH.lend("D", (POSITIONS, down, *P.shape[1:]), P.dtype)
    V = SCRATCH.lend("V", (*places, c), P.dtype)
    M = SCRATCH.lend("M", (*places, filters), P.dtype)
    _transform([P[i : i + TILE * down - 1 : TILE] for i in range(POSITIONS)], D)
    _transform([D[:, :, j : j + TILE * across - 1 : TILE] for j in range(POSITIONS)], V)
    tiles = POSITIONS**2, down * across
    multiply(V.reshape(*tiles, c), U, M.reshape(*tiles, filters), each)
    R = SCRATCH.lend("R", (TILE, *M.shape[1:]), P.dtype)
    _transform_back(M, R)
    _transform_back(R.swapaxes(0, 1), Z.transpose(1, 3, 0, 2, 4))
    if b is not None:
        Z += b


def _transform(d: Sequence[Array], out: Array) -> None:
    """Bᵀ d."""
    numpy.subtract(d[0], d[2], out=out[0])
    numpy.add(d[1], d[2], out=out[1])
    numpy.subtract(d[2], d[1], out=out[2])
    numpy.subtract(d[1], d[3], out=out[3])


def _transform_back(m: Array, out: Array) -> None:
    """Aᵀ m."""
    numpy.add(m[0], m[1], out=out[0])
    out[0] += m[2]
    numpy.subtract(m[1], m[2], out=out[1])
    out[1] -= m[3]
