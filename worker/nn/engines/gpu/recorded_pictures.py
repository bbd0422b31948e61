"""How layers of pictures are written down for a graphics processor: convolutions as products with
patches, everything else as a kernel."""

from abc import abstractmethod
from collections.abc import Iterator
from math import prod

import numpy

from worker.nn.arrays import Array
from worker.nn.engines.codes import pool_code
from worker.nn.engines.gpu.device import Device
from worker.nn.engines.gpu.grid import COLUMN_THREADS, THREADS, blocks_for, column_blocks
from worker.nn.engines.gpu.recorded_columns import RecordedColumns
from worker.nn.engines.layout import matrix_shape
from worker.nn.engines.operations import Operation
from worker.nn.pools import Pool
from worker.nn.windows import Shape, Window

PATCH_BYTES = 64 * 2**20  # of patches at a time, unless those of one picture take more


class RecordedPictures(RecordedColumns):
    """Records convolutions and pools."""

    _device: Device
    _patches: Array  # what patches lie in, a vector; all operations use the same
    _unbiased: tuple[Array, Array] | None  # pictures, and a bias for whoever looks first to add

    @abstractmethod
    def _multiply(self, A: Array, B: Array, out: Array, *, add: bool = False) -> None:
        """out ← A @ B, or out + A @ B."""

    def convolve(self, X: Array, W: Array, b: Array | None, window: Window) -> Array:
        m, h, w, _ = X.shape
        Z = self._buffers.lend(m, *window.places(h, w), W.shape[-1])
        if W.ndim == 3:
            given = self._on(X.shape, window), X, W, Z, m
            self._launch("depthwise", blocks_for(Z.size), THREADS, *given)
        else:
            for part, P in self._patched(X, window):
                self._multiply(P, rows(W), rows(Z[part]))
        if b is not None:
            self._unbiased = Z, b
        return Z

    def convolve_kernel_gradient(self, X: Array, dZ: Array, W: Array, window: Window) -> Array:
        dW = self._buffers.lend(*W.shape)
        if W.ndim == 3:
            self._depthwise_kernel_gradient(X, dZ, dW, window)
        else:
            for part, P in self._patched(X, window):
                self._multiply(P.T, rows(dZ[part]), rows(dW), add=part.start > 0)
        return dW

    def convolve_input_gradient(self, dZ: Array, W: Array, window: Window, shape: Shape) -> Array:
        dX = self._buffers.lend(*shape)
        if W.ndim == 3:
            given = self._on(shape, window), dZ, W, dX, len(dX)
            self._launch("depthwise_back", blocks_for(dX.size), THREADS, *given)
        elif pointwise(window):
            self._multiply(rows(dZ), rows(W).T, rows(dX))
        else:
            on = self._on(shape, window)
            for part, P in self._parts(shape, window):
                self._multiply(rows(dZ[part]), rows(W).T, P)
                piece = part.start, part.stop - part.start
                blocks = blocks_for(dX[part].size)
                self._launch("patches_back", blocks, THREADS, on, P, dX, *piece)
        return dX

    def pool(self, pool: Pool, X: Array, window: Window) -> Array:
        m, h, w, c = X.shape
        Z = self._buffers.lend(m, *window.places(h, w), c)
        given = self._on(X.shape, window), pool_code(pool), X, Z, m
        self._launch("pool", blocks_for(Z.size), THREADS, *given)
        return Z

    def pool_input_gradient(
        self, pool: Pool, X: Array, Z: Array, dZ: Array, window: Window
    ) -> Array:
        dX = self._buffers.lend(*X.shape)
        given = self._on(X.shape, window), pool_code(pool), X, Z, dZ, dX, len(X)
        self._launch("pool_back", blocks_for(dX.size), THREADS, *given)
        return dX

    def add(self, X: Array, Y: Array) -> Array:
        Z = self._buffers.lend(*X.shape)
        self._launch("add", blocks_for(Z.size), THREADS, X, Y, Z, Z.size)
        return Z

    def flatten(self, X: Array) -> Array:
        return X.reshape(len(X), -1)

    def unflatten(self, dX: Array, shape: Shape) -> Array:
        return dX.reshape(shape)

    def _depthwise_kernel_gradient(self, X: Array, dZ: Array, dW: Array, window: Window) -> None:
        (places, c), positions = matrix_shape(dZ.shape), window.height * window.width
        sums, blocks = self._piece_sums(places, dW.size), positions * column_blocks(places, c)
        given = self._on(X.shape, window), X, dZ, sums, len(X)
        self._launch("depthwise_kernel_sums", blocks, COLUMN_THREADS, *given)
        self._add_pieces(Operation.ADD_ROWS, sums, places, dW)

    def _on(self, shape: Shape, window: Window) -> Array:
        """Where the window stands on pictures of this shape, as the kernels' `Window` has it."""
        _, h, w, c = shape
        _, tall, wide, _ = window.padded(shape)
        places, begins = window.places(h, w), ((tall - h) // 2, (wide - w) // 2)
        numbers = h, w, c, *places, window.height, window.width, window.stride, *begins
        return self._device.upload(numpy.array(numbers, "int64"))

    def _patched(self, X: Array, window: Window) -> Iterator[tuple[slice, Array]]:
        """Yields parts of the batch, each with its patches once it is asked for."""
        if pointwise(window):
            yield slice(0, len(X)), rows(X)
            return
        on = self._on(X.shape, window)
        for part, P in self._parts(X.shape, window):
            piece = part.start, part.stop - part.start
            self._launch("patches", blocks_for(P.size), THREADS, on, X, P, *piece)
            yield part, P

    def _parts(self, shape: Shape, window: Window) -> Iterator[tuple[slice, Array]]:
        """Yields parts of the batch, each with room for its patches, (places, height · width · c);
        it is the same for all."""
        m, h, w, c = shape
        places, width = prod(window.places(h, w)), window.height * window.width * c
        each = places * width
        at_once = min(m, max(1, PATCH_BYTES // (each * self._patches.itemsize)))
        if at_once * each > self._patches.size:
            self._patches = self.empty(at_once * each)
        for first in range(0, m, at_once):
            last = min(m, first + at_once)
            room = self._patches[: (last - first) * each]
            yield slice(first, last), room.reshape(-1, width)


def rows(X: Array) -> Array:
    """Each place of pictures X as a row; each position and channel of kernels. A view of X."""
    return X.reshape(matrix_shape(X.shape))


def pointwise(window: Window) -> bool:
    """Whether a place of the window is one of the picture: there the patches are the pictures."""
    return (window.height, window.width, window.stride) == (1, 1, 1)
