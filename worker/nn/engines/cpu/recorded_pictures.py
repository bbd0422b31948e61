"""How layers of pictures are written down for the processor."""

from abc import abstractmethod

from worker.nn.arrays import Array
from worker.nn.engines.base import TrainingEngine
from worker.nn.engines.codes import pool_code
from worker.nn.engines.cpu.place_tile import PLACES
from worker.nn.engines.cpu.places import Places, places_over, places_under
from worker.nn.engines.cpu.program import Program
from worker.nn.engines.layout import LINE_BYTES, convolution_numbers, matrix, matrix_shape
from worker.nn.engines.operations import Operation
from worker.nn.pools import Pool
from worker.nn.windows import Shape, Window


def pointwise(W: Array, window: Window) -> bool:
    """Whether a convolution is an ordinary product."""
    return W.ndim == 4 and (window.height, window.width, window.stride) == (1, 1, 1)


def row_bytes(X: Array) -> int:
    """From one row of the matrix as which X lies to the next."""
    return int(matrix(X).strides[0])


class RecordedPictures(TrainingEngine):
    """Records convolutions and pools."""

    _program: Program
    _scratch_numbers: int

    @abstractmethod
    def _multiply(self, A: Array, B: Array, b: Array | None) -> Array:
        """A @ B + b."""

    def convolve(self, X: Array, W: Array, b: Array | None, window: Window) -> Array:
        m, h, w, _ = X.shape
        if pointwise(W, window):
            return self._multiply(matrix(X), matrix(W), b).reshape(m, h, w, -1)
        Z = self._buffers.lend(m, *window.places(h, w), W.shape[-1])
        under = places_under(window, h, w)
        if W.ndim == 3:
            self._depthwise(X, W, b, Z, under)
        else:
            self._convolve(X, W, b, Z, under, across=False)
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
            self._convolve(dZ, W, None, dX, over, across=True)
        return dX

    def convolve_kernel_gradient(self, X: Array, dZ: Array, W: Array, window: Window) -> Array:
        m, h, w, c = X.shape
        if pointwise(W, window):
            return self.product(matrix(X).T, matrix(dZ)).reshape(W.shape)
        dW, under = self._buffers.lend(*W.shape), places_under(window, h, w)
        count, positions = under.sources.shape
        if W.ndim == 3:
            kind, sizes = Operation.DEPTHWISE_KERNEL_GRADIENT, (positions, c, m, h * w, count)
            self._program.write(kind, X, dZ, dW, under.by_position(), *sizes)
            self._room(c)
        else:
            kind, filters, line = Operation.CONVOLVE_KERNEL_GRADIENT, W.shape[-1], row_bytes(X)
            table = under.by_position(line // LINE_BYTES)
            given = X, dZ, dW, table, positions, c, filters, m, count, h * w * line
            self._program.write(kind, *given)
            self._room(convolution_numbers(0, c, filters))
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

    def _convolve(
        self, X: Array, W: Array, b: Array | None, Z: Array, places: Places, *, across: bool
    ) -> None:
        """A convolution with kernels; or, `across`, with transposed ones."""
        (m, *_, c), filters, positions = X.shape, Z.shape[-1], places.sources.shape[1]
        x_row, row = row_bytes(X), row_bytes(Z)
        table, order = places.tiled(PLACES, x_row // LINE_BYTES, row // LINE_BYTES)
        self._program.write(
            Operation.CONVOLVE, X, W, 0 if b is None else b, Z, table, order, across,
            len(order) // PLACES, positions, c, filters, m,
            X[0, ..., 0].size * x_row, Z[0, ..., 0].size * row,
        )  # fmt: skip
        self._program.work += m * len(order) * W.size
        self._room(convolution_numbers(positions, c, filters))

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
