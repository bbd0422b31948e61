"""Convolution as products of patches, some rows of places at a time, with the kernels."""

import numpy

from worker.nn.arrays import Array
from worker.nn.engines.answering.products import ALONE, LEAST, Map, multiply
from worker.nn.engines.answering.scratch import SCRATCH
from worker.nn.windows import Window

# Numbers in patches that are made at once: of no more is a product done by one thread.
PATCHES = ALONE // LEAST


def convolve(P: Array, W: Array, b: Array | None, window: Window, each: Map) -> Array:
    """Z, (places down, places across, filters), of a picture with its padding, (h, w, c), and
    kernels W, (height, width, c, filters)."""
    height, width, _, filters = W.shape
    # Views: (places down, places across, height, width, c).
    under = numpy.lib.stride_tricks.sliding_window_view(P, (height, width), axis=(0, 1))
    patches = under[:: window.stride, :: window.stride].transpose(0, 1, 3, 4, 2)
    down, across = patches.shape[:2]
    Z = numpy.empty((down, across, filters), P.dtype)
    kernels = W.reshape(-1, filters)
    rows = max(1, PATCHES // (across * len(kernels)))

    def strip(begin: int) -> None:
        some, out = patches[begin : begin + rows], Z[begin : begin + rows]
        found = SCRATCH.lend("patches", some.shape, P.dtype)
        found[...] = some
        multiply(found.reshape(-1, len(kernels)), kernels, out.reshape(-1, filters), map)
        if b is not None:
            out += b

    list(each(strip, range(0, down, rows)))
    return Z
