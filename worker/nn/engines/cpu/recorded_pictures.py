"""How layers of pictures are written down for the processor."""

from abc import abstractmethod
from typing import NamedTuple

import numpy

from worker.nn.arrays import Array
from worker.nn.engines.base import TrainingEngine
from worker.nn.engines.codes import pool_code
from worker.nn.engines.cpu.place_tile import PLACES
from worker.nn.engines.cpu.places import Places, places_over, places_under, rows_under
from worker.nn.engines.cpu.program import Program
from worker.nn.engines.layout import COPIED, LINE_BYTES, convolution_numbers, matrix, matrix_shape
from worker.nn.engines.operations import Operation
from worker.nn.pools import Pool
from worker.nn.windows import Shape, Window


def pointwise(W: Array, window: Window) -> bool:
    """Whether a convolution is an ordinary product."""
    return W.ndim == 4 and (window.height, window.width, window.stride) == (1, 1, 1)


def row_numbers(X: Array) -> int:
    """From one row of the matrix as which X lies to the next."""
    return int(matrix(X).strides[0]) // X.itemsize


class Sources(NamedTuple):
    """Where a convolution finds what lies under its kernels.

    Attributes:
        X: pictures.
        places: theirs, each `step` numbers from the next.
        channels: numbers under a position.
        picture_bytes: from one picture to the next.
    """

    X: Array
    places: Places
    step: int
    channels: int
    picture_bytes: int


def sources(X: Array, places: Places) -> Sources:
    """Pictures as they are."""
    step = row_numbers(X)
    return Sources(X, places, step, X.shape[-1], X[0, ..., 0].size * step * X.itemsize)


class RecordedPictures(TrainingEngine):
    """Records convolutions and pools."""

    _program: Program
    _scratch_numbers: int
    _padded: dict[tuple[int, Window], Array]  # of the program, by the address of what was padded

    @abstractmethod
    def _multiply(self, A: Array, B: Array, b: Array | None) -> Array:
        """A @ B + b."""

    def convolve(self, X: Array, W: Array, b: Array | None, window: Window) -> Array:
        m, h, w, _ = X.shape
        if pointwise(W, window):
            return self._multiply(matrix(X), matrix(W), b).reshape(m, h, w, -1)
        Z = self._buffers.lend(m, *window.places(h, w), W.shape[-1])
        if W.ndim == 3:
            self._depthwise(X, W, b, Z, places_under(window, h, w))
        else:
            self._convolve(self._under(X, window), W, b, Z, across=False)
            self._program.may_bend(Z)
        return Z

    def convolve_input_gradient(self, dZ: Array, W: Array, window: Window, shape: Shape) -> Array:
        m, h, w, c = shape
        if pointwise(W, window):
            return self._multiply(matrix(dZ), matrix(W).T, None).reshape(shape)
        dX = self._buffers.lend(m, h, w, c)
        over = places_over(window, h, w)
        if W.ndim == 3:
            self._depthwise(dZ, W, None, dX, over)
        else:
            self._convolve(sources(dZ, over), W, None, dX, across=True)
        return dX

    def convolve_kernel_gradient(self, X: Array, dZ: Array, W: Array, window: Window) -> Array:
        m, h, w, c = X.shape
        if pointwise(W, window):
            return self.product(matrix(X).T, matrix(dZ)).reshape(W.shape)
        dW, count = self._buffers.lend(*W.shape), dZ[0, ..., 0].size
        if W.ndim == 3:
            table, positions = places_under(window, h, w).by_position(), len(matrix(W))
            sizes = positions, c, m, h * w, count
            self._program.write(Operation.DEPTHWISE_KERNEL_GRADIENT, X, dZ, dW, table, *sizes)
            self._room(c)
        else:
            self._convolve_kernel_gradient(self._padded_rows(X, window), dZ, dW)
        self._program.work += m * count * W.size
        return dW

    def pool(self, pool: Pool, X: Array, window: Window) -> Array:
        m, h, w, c = X.shape
        Z = self._buffers.lend(m, *window.places(h, w), c)
        table, *sizes = self._pooled(X, window)
        self._program.write(Operation.POOL, pool_code(pool), X, Z, table, *sizes)
        return Z

    def pool_input_gradient(
        self, pool: Pool, X: Array, Z: Array, dZ: Array, window: Window
    ) -> Array:
        dX = self._buffers.lend(*X.shape)
        table, *sizes = self._pooled(X, window)
        kind = Operation.POOL_INPUT_GRADIENT
        self._program.write(kind, pool_code(pool), X, Z, dZ, dX, table, *sizes)
        return dX

    def add(self, X: Array, Y: Array) -> Array:
        Z = self._buffers.lend(*X.shape)
        self._each(Operation.ADD, Z, X, Y, Z, *matrix_shape(X.shape))
        return Z

    def flatten(self, X: Array) -> Array:
        rows = self._buffers.lend(len(X), X[0].size)
        self._rearrange(X, rows, X.shape, across=False)
        return rows

    def unflatten(self, dX: Array, shape: Shape) -> Array:
        X = self._buffers.lend(*shape)
        self._rearrange(dX, X, shape, across=True)
        return X

    def _padded_rows(self, X: Array, window: Window) -> Sources:
        """Rows of pictures with their padding: what is under a row of the window lies together."""
        m, h, w, c = X.shape
        P = self._pad(X, window)
        row = row_numbers(P)
        places = rows_under(window, h, w, c, row)
        return Sources(P, places, 1, window.width * c, len(P) // m * row * X.itemsize)

    def _under(self, X: Array, window: Window) -> Sources:
        """What lies under a window. Of few channels, those of a whole row of it are summed
        together."""
        if X.shape[-1] < LINE_BYTES // X.itemsize:
            return self._padded_rows(X, window)
        return sources(X, places_under(window, *X.shape[1:3]))

    def _pad(self, X: Array, window: Window) -> Array:
        """Those rows, (m · rows, columns · c); once in a program."""
        known = X.ctypes.data, window
        if known not in self._padded:
            m, rows, columns, c = window.padded(X.shape)
            P = self._padded[known] = self._buffers.lend(m * rows, columns * c + COPIED)
            given = *X.shape, rows, *window.border(*X.shape[1:3])
            self._program.write(Operation.PAD, X, P, *given)
        return self._padded[known]

    def _convolve(
        self, under: Sources, W: Array, b: Array | None, Z: Array, *, across: bool
    ) -> None:
        """A convolution with kernels; or, `across`, with transposed ones."""
        m, filters, positions = len(Z), Z.shape[-1], under.places.sources.shape[1]
        row = row_numbers(Z)
        table, order = under.places.tiled(PLACES, under.step, row)
        self._program.write(
            Operation.CONVOLVE, under.X, W, 0 if b is None else b, Z, table, order, across,
            len(order) // PLACES, positions, under.channels, filters, m,
            under.picture_bytes, Z[0, ..., 0].size * row * Z.itemsize,
        )  # fmt: skip
        self._program.work += m * len(order) * W.size
        self._room(convolution_numbers(positions, under.channels, filters))

    def _convolve_kernel_gradient(self, under: Sources, dZ: Array, dW: Array) -> None:
        """Of padded pictures, in which every position is as far from the first at every place."""
        places, (n, filters) = under.places.sources, matrix(dW).shape
        rows = (places[0] - places[0, 0])[:, None] + numpy.arange(under.channels)
        tables = places[:, 0].astype("int32"), numpy.resize(rows, n + PLACES).astype("int32")
        sizes = n, filters, len(dZ), len(places), under.picture_bytes
        self._program.write(Operation.CONVOLVE_KERNEL_GRADIENT, under.X, dZ, dW, *tables, *sizes)
        self._room(convolution_numbers(0, 0, filters))

    def _depthwise(self, X: Array, W: Array, b: Array | None, Z: Array, places: Places) -> None:
        (m, *_, c), (count, positions) = X.shape, places.sources.shape
        sizes = positions, c, m, X[0, ..., 0].size, count
        kind, bias = Operation.CONVOLVE_DEPTHWISE, 0 if b is None else b
        self._program.write(kind, X, W, bias, Z, places.by_position(), *sizes)
        self._program.work += m * count * W.size

    def _pooled(self, X: Array, window: Window) -> tuple[Array | int, ...]:
        """The table and the sizes that both ways of a pool need."""
        m, h, w, c = X.shape
        under = places_under(window, h, w)
        count, positions = under.sources.shape
        self._program.work += X.size
        return under.by_position(), positions, c, m, h * w, count

    def _rearrange(self, X: Array, out: Array, shape: Shape, *, across: bool) -> None:
        """Numbers of pictures, of this shape, to rows or back."""
        m, *_, c = shape
        self._each(Operation.REARRANGE, out, X, out, across, m, X[0].size // c, c)

    def _room(self, numbers: int) -> None:
        """Each thread needs so many numbers beside the matrices."""
        self._scratch_numbers = max(self._scratch_numbers, numbers)
