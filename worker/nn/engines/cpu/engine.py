"""The engine that trains on the processor.

The arrays that it returns to layers are views of what will be there when a step is done. Their rows
begin on lines of the cache and are padded with zeros, as `layout` says.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy

from worker.nn.activations import ACTIVATIONS, Activation
from worker.nn.arrays import Array
from worker.nn.engines.base import TrainingEngine
from worker.nn.engines.batch import NO_ROWS, Rows, plain
from worker.nn.engines.cpu import cache
from worker.nn.engines.cpu.kernels import add_moments
from worker.nn.engines.cpu.program import Program
from worker.nn.engines.cpu.recorded_normalization import RecordedNormalization
from worker.nn.engines.cpu.recorded_pictures import RecordedPictures
from worker.nn.engines.cpu.threads import team
from worker.nn.engines.layout import (
    DEPTH,
    LINE_BYTES,
    WIDEST,
    empty,
    matrix_shape,
    memory,
    same_address,
    scratch_numbers,
    transposed,
)
from worker.nn.engines.operations import Operation
from worker.nn.engines.step_numbers import numbers_of
from worker.nn.normalization import Moments

# Products below this many multiplications in a step are done by one thread: to wait for another
# costs more.
ALONE = 2_000_000
RELU = ACTIVATIONS["relu"]


class CpuEngine(RecordedPictures, RecordedNormalization, TrainingEngine):
    """Records a table of operations, with the addresses of arrays that are made once."""

    _program: Program

    def __init__(self, precision: str, threads: int) -> None:
        self._like = numpy.empty(0, precision)
        self._like.flags.writeable = False
        self._line = LINE_BYTES // self._like.itemsize
        super().__init__()
        self._threads, self._team = threads, team(threads)
        self._scratch: list[Array] = []
        self._scratch_numbers = 0  # of each thread, at least
        self._padded = {}
        self._program = Program(self, 0)

    @property
    def lent_bytes(self) -> int:
        """Bytes of the places that its programs work in."""
        return sum(buffer.nbytes for buffer in self._buffers.buffers)

    def empty(self, *shape: int) -> Array:
        """An array of zeros that lies as kernels want it."""
        return empty(self._like.dtype, *shape)

    def copy(self, X: Array) -> Array:
        """X, where the engine can change it."""
        found = self.empty(*X.shape)
        found[...] = X
        return found

    def _doubles(self, count: int) -> Array:
        return numpy.zeros(count)

    def _memory(self, X: Array) -> Array:
        return memory(X)

    # How it is written down: every operation is a row of the table.

    def _begun(self, rows: int) -> Program:
        self._padded = {}
        return Program(self, rows)

    def _end(self) -> None:
        self._program.settle()

    def _each(self, operation: Operation, out: Array, *arguments: Array | float) -> None:
        self._program.write(operation, *arguments)

    def _columns(self, operation: Operation, X: Array, out: Array, *numbers: float) -> None:
        self._program.write(operation, X, out, *matrix_shape(X.shape), *numbers)

    def _pieces(self, operation: Operation, count: int, *arguments: Array | float) -> None:
        self._program.write(operation, *arguments)

    def _cost(self, loss: int, Z: Array, dZ: Array, smoothing: float) -> None:
        self._program.write(Operation.COST, loss, Z, dZ, *Z.shape, smoothing)

    def _update(self, rule: int, g: Array, p: Array, moments: Sequence[Array | int]) -> None:
        own = [m if isinstance(m, int) else memory(m) for m in moments]
        if delayed := self._program.withdraw(g):
            X, dZ, _ = delayed
            sizes = X.shape[1], *dZ.shape
            self._program.write(Operation.MULTIPLY_AND_UPDATE, X, dZ, *sizes, rule, p, *own)
        else:
            G, P = memory(g), memory(p)
            self._program.write(Operation.UPDATE, rule, G, P, *own, P.size)

    def activate(self, activation: Activation, Z: Array) -> Array:
        """A = g(Z). Relu is done where Z is written, if it can be, and A is Z then: the way back
        asks of either only which numbers are above 0."""
        if activation is RELU and self._program.bend(Z):
            return Z
        return super().activate(activation, Z)

    # Products.

    def affine(self, X: Array, W: Array, b: Array) -> Array:
        return self._multiply(X, W, b)

    def product(self, A: Array, B: Array) -> Array:
        if not transposed(A):
            return self._multiply(A, B, None)
        if same_address(A, self._unchanging) and B.shape[1] <= 2 * self._line:
            # To take a large matrix apart in every step would cost as much as the product.
            return self._multiply(self.copy(A), B, None)
        out = self._buffers.lend(A.shape[0], B.shape[1])
        self._program.work += A.size * B.shape[1]
        self._scratch_numbers = max(self._scratch_numbers, scratch_numbers(B.shape[1]))
        if len(B) <= DEPTH and B.shape[1] <= WIDEST:
            self._program.delay(A.T, B, out)
        else:
            self._program.write_gradient(A.T, B, out)
        return out

    def _multiply(self, A: Array, B: Array, b: Array | None) -> Array:
        (m, k), n = A.shape, B.shape[1]
        out, across = self._buffers.lend(m, n), transposed(B)
        right, bias = B.T if across else B, 0 if b is None else b
        self._program.write(Operation.MULTIPLY, A, right, across, bias, out, m, k, n)
        self._program.work += m * k * n
        self._scratch_numbers = max(self._scratch_numbers, scratch_numbers(0))
        return out

    def slopes(self, activation: Activation, Z: Array, A: Array) -> Array:
        """g'(Z)."""
        ones = self.copy(numpy.ones(Z.shape[-1]))
        return self.chain(activation, Z, A, numpy.broadcast_to(ones, Z.shape))

    # How it is done.

    def do(
        self, table: Array, rows: Rows, first: int, size: int, numbers: Array, work: int
    ) -> None:
        """Do a table's operations once for each row of `numbers`.

        Args:
            first: the place in the order at which the first step begins; `size` rows make a step.
            work: multiplications in a step.
        """
        threads = self._threads if work > ALONE else 1
        if any(space.size < self._scratch_numbers for space in self._scratch):
            self._scratch = []
        while len(self._scratch) < threads:
            self._scratch.append(self.empty(self._scratch_numbers))
        scratch = [space.ctypes.data for space in self._scratch]
        data = rows.x, rows.labels, rows.weights, rows.order, rows.changes, rows.keys
        self._team.run(
            self._like, table, data, numbers, self.cells, first, size,
            scratch=scratch, threads=threads,
        )  # fmt: skip


def moments_of(x: Array, rows: Array, threads: int) -> Moments:
    """Of the features of some rows of bytes, x being (…, features)."""
    x = plain(x)
    parts = numpy.array_split(rows, threads)
    sums = numpy.zeros((2, len(parts), x.shape[1]), "int64")
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(add_moments, [x] * len(parts), parts, *sums))
    return Moments(len(rows), *sums.sum(axis=1))


def warm_up(precision: str) -> None:
    """Have the kernels for a precision in this process: from the cache, or compiled, which takes
    some ten seconds."""
    program = CpuEngine(precision, threads=1).record(1, lambda: None)
    program.run(NO_ROWS, 0, numbers_of(None, [0.0]))
    moments_of(NO_ROWS.x, NO_ROWS.order, threads=1)
    cache.mark(precision).touch()
