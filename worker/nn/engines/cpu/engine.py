"""The engine that trains on the processor: it writes down what a step does, then does it again and
again.

The arrays that it gives to layers are views of what will be there when a step is done. Their rows
begin on lines of the cache and are padded with zeros, as `layout` says.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy

from worker.nn.activations import Activation
from worker.nn.arrays import Array
from worker.nn.engines.base import (
    CELLS,
    MEASURED,
    numbers_of,
)
from worker.nn.engines.batch import Rows, plain
from worker.nn.engines.buffers import BufferPool
from worker.nn.engines.codes import MOMENTS, activation_code, loss_code, rule_code
from worker.nn.engines.cpu import cache
from worker.nn.engines.cpu import interpreter as program
from worker.nn.engines.cpu.kernels import add_moments
from worker.nn.engines.cpu.program import Program
from worker.nn.engines.cpu.threads import team
from worker.nn.engines.layout import (
    DEPTH,
    LINE_BYTES,
    WIDEST,
    empty,
    flat,
    same_place,
    scratch_numbers,
    stride,
    transposed,
)
from worker.nn.losses import Loss
from worker.nn.normalization import Moments, Normalization
from worker.nn.optimizers import Optimizer

# Products below this many multiplications in a step are done by one thread: to wait for another
# costs more.
ALONE = 2_000_000


class CpuEngine:
    """Records what layers, losses and optimizers ask of it.

    Attributes:
        cells: what the steps left; see `interpreter`.
    """

    def __init__(self, precision: str, threads: int) -> None:
        self._like = numpy.empty(0, precision)
        self._like.flags.writeable = False
        self._line = LINE_BYTES // self._like.itemsize
        self._threads, self._team = threads, team(threads)
        self.cells = numpy.zeros(CELLS)
        self._measured = MEASURED
        self._sums = numpy.zeros(1)
        self._scratch: list[Array] = []
        self._needed = 0
        self._buffers = BufferPool(self.empty)
        self._unchanging: Array | None = None
        self._program, self._training = Program(self, 0), True

    # What is kept from step to step.

    def empty(self, *shape: int) -> Array:
        """A vector or matrix of zeros that lies as kernels want it."""
        return empty(self._like.dtype, *shape)

    def copy(self, X: Array) -> Array:
        """X, a matrix or a vector, where the engine can change it."""
        place = self.empty(*X.shape)
        place[...] = X
        return place

    # Recording.

    def record(self, rows: int, step: Callable[[], Any], *, training: bool = True) -> Program:
        """The program of what `step` asks of this engine, for batches of so many rows.

        Args:
            training: whether dropout leaves anything out.
        """
        self._program, self._training = Program(self, rows), training
        self._buffers.rewind()
        step()
        self._program.settle()
        return self._program

    def batch(self, normalization: Normalization, picture: Sequence[int] = ()) -> Array:
        """The rows of a step, normalized; with a picture's shape, moved."""
        out = self._buffers.lend(self._program.rows, normalization.shift.size)
        shift, factor = (self.copy(part.reshape(-1)) for part in normalization)
        kind = program.GATHER_MOVED if picture else program.GATHER
        self._program.write(kind, shift, factor, out, len(out), *picture[1:])
        return out

    def whole_batch(self, normalization: Normalization, rows: Rows) -> Array:
        """All rows, normalized now and for every step."""
        recording, training, buffers = self._program, self._training, self._buffers
        self._buffers = BufferPool(self.empty)
        once = self.record(len(rows.order), lambda: self.batch(normalization))
        (self._unchanging,) = self._buffers.places
        self._program, self._training, self._buffers = recording, training, buffers
        once.run(rows, 0, numbers_of(None, [0.0]))
        return self._unchanging

    def affine(self, X: Array, W: Array, b: Array) -> Array:
        return self._multiply(X, W, b)

    def product(self, A: Array, B: Array) -> Array:
        if not transposed(A):
            return self._multiply(A, B, None)
        if same_place(A, self._unchanging) and B.shape[1] <= 2 * self._line:
            # To take a large matrix apart in every step would cost as much as the product.
            return self._multiply(self.copy(A), B, None)
        out = self._buffers.lend(A.shape[0], B.shape[1])
        self._program.work += A.size * B.shape[1]
        self._needed = max(self._needed, scratch_numbers(B.shape[1]))
        if len(B) <= DEPTH and B.shape[1] <= WIDEST:
            self._program.put_off(A.T, B, out)
        else:
            self._program.write_gradient(A.T, B, out)
        return out

    def add_rows(self, dZ: Array) -> Array:
        total = self._buffers.lend(dZ.shape[1])
        self._program.write(program.ADD_ROWS, dZ, total, *dZ.shape)
        return total

    def activate(self, activation: Activation, Z: Array) -> Array:
        A = self._buffers.lend(*Z.shape)
        self._program.write(program.ACTIVATE, activation_code(activation), Z, A, *Z.shape)
        return A

    def chain(self, activation: Activation, Z: Array, A: Array, dA: Array) -> Array:
        dZ = self._buffers.lend(*Z.shape)
        self._program.write(program.CHAIN, activation_code(activation), Z, A, dA, dZ, *Z.shape)
        return dZ

    def drop(self, X: Array, rate: float, place: int) -> Array:
        if not self._training:
            return X
        kept = self._buffers.lend(*X.shape)
        self._program.write(program.DROP, X, kept, *X.shape, float(rate), place)
        return kept

    def cost(self, loss: Loss, Z: Array) -> Array:
        """dJ/dZ, (m, k), of logits Z; adds J times m, and how many are right, to the cells."""
        dZ = self._buffers.lend(*Z.shape)
        self._program.write(program.COST, loss_code(loss), Z, dZ, *Z.shape)
        return dZ

    def add_scaled(self, g: Array, factor: float, p: Array) -> None:
        """g ← g + factor · p."""
        self._program.write(program.ADD_SCALED, flat(g), flat(g).size, flat(p), float(factor))

    def limit(self, gradients: Sequence[Array], most: float) -> None:
        """Scale them down together to this norm, if theirs is larger."""
        cells = [self.squares(g) for g in gradients]
        for g in gradients:
            between = cells[0], cells[-1] + 1
            self._program.write(program.LIMIT, flat(g), flat(g).size, *between, float(most))

    def update(self, optimizer: Optimizer, gradients: Sequence[Array]) -> None:
        """The optimizer's step, with the numbers that each run of the program is given."""
        rule, moments = rule_code(optimizer), optimizer.moments.values()
        for g, p, *kept in zip(gradients, optimizer.params, *moments, strict=True):
            remembered: list[Array | int] = [flat(moment) for moment in kept]
            remembered += [0] * (MOMENTS - len(kept))
            if put_off := self._program.withdraw(g):
                X, dZ, _ = put_off
                where = X, dZ, X.shape[1], *dZ.shape
                self._program.write(program.MULTIPLY_AND_UPDATE, *where, rule, p, *remembered)
            else:
                where = flat(g), flat(p), *remembered
                self._program.write(program.UPDATE, rule, *where, flat(p).size)

    # What the steps are to tell.

    def squares(self, X: Array) -> int:
        """Leaves the sum of all squares of X in a cell; gives which."""
        cell, numbers = self._cells(1), flat(X)
        pieces = -(-numbers.size // program.PIECE)
        if pieces > self._sums.size:
            self._sums = numpy.zeros(pieces)
        self._program.write(program.SQUARES, numbers, numbers.size)
        self._program.write(program.TOTAL, cell, numbers.size)
        return cell

    def alive(self, dZ: Array, flags: Array) -> None:
        """A unit's flag becomes 1 where dZ is not 0 on some row."""
        self._program.write(program.ALIVE, dZ, flags, *dZ.shape)

    def slopes(self, activation: Activation, Z: Array, A: Array) -> Array:
        """g'(Z)."""
        ones = self.copy(numpy.ones(Z.shape[1]))
        return self.chain(activation, Z, A, numpy.broadcast_to(ones, Z.shape))

    def flat(self, slopes: Array, least: float, counts: Array) -> None:
        """On how many rows each unit's slope is less than this."""
        self._program.write(program.FLAT, slopes, counts, *slopes.shape, float(least))

    def sample(self, X: Array, count: int) -> Array:
        """Copies of about so many numbers of X, evenly spread."""
        every = apart(X, count)
        found = self._buffers.lend(flat(X).size // every)
        self._program.write(program.SAMPLE, flat(X), found, found.size, every)
        return found

    def moved(self, X: Array, sample: Array, count: int) -> int:
        """Leaves, in a cell and the next, how far X's numbers are from those of the sample and how
        large that is, as sums of squares; gives the first cell."""
        cell, every = self._cells(2), apart(X, count)
        self._program.write(program.MOVED, flat(X), sample, sample.size, every, cell)
        return cell

    # How it is done.

    def do(
        self, table: Array, rows: Rows, first: int, size: int, numbers: Array, work: int
    ) -> None:
        """Do a table's operations once for each row of `numbers`."""
        threads = self._threads if work > ALONE else 1
        if any(space.size < self._needed for space in self._scratch):
            self._scratch = []
        while len(self._scratch) < threads:
            self._scratch.append(self.empty(self._needed))
        scratch = [space.ctypes.data for space in self._scratch]
        data = rows.x, rows.labels, rows.weights, rows.order, rows.moves, rows.keys
        self._team.run(
            self._like, table, data, numbers, self.cells, self._sums, first, size,
            scratch=scratch, threads=threads,
        )  # fmt: skip

    def _multiply(self, A: Array, B: Array, b: Array | None) -> Array:
        (m, k), n = A.shape, B.shape[1]
        out, across = self._buffers.lend(m, n), transposed(B)
        right, bias = B.T if across else B, 0 if b is None else b
        self._program.write(program.MULTIPLY, A, right, across, bias, out, m, k, n)
        self._program.work += m * k * n
        self._needed = max(self._needed, scratch_numbers(0))
        return out

    def _cells(self, count: int) -> int:
        self._measured += count
        return self._measured - count


def apart(X: Array, count: int) -> int:
    return stride(flat(X).size, X.strides[0] // X.itemsize, count)


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
    rows = Rows(numpy.zeros((1, 1), "uint8"), *numpy.zeros((3, 1), "int64"))
    rows.weights = numpy.ones(1)
    CpuEngine(precision, threads=1).record(1, lambda: None).run(rows, 0, numbers_of(None, [0.0]))
    moments_of(rows.x, rows.order, threads=1)
    cache.mark(precision).touch()
