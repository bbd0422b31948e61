"""What the engines that train have in common: they record what a step asks of them, do it again and
again, and leave in their cells what came of it."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from math import prod
from typing import Any, Protocol, Unpack

import numpy

from worker.nn.activations import Activation
from worker.nn.arrays import Array
from worker.nn.engine import Engine
from worker.nn.engines.batch import Form, Rows
from worker.nn.engines.buffers import BufferPool
from worker.nn.engines.codes import MOMENTS, activation_code, loss_code, rule_code
from worker.nn.engines.layout import matrix_shape, stride
from worker.nn.engines.operations import Operation
from worker.nn.engines.step_numbers import numbers_of
from worker.nn.engines.training_mode import TrainingMode
from worker.nn.losses import Loss
from worker.nn.normalization import Normalization
from worker.nn.optimizers import Optimizer

# What the steps leave: the sum of the rows' costs, how many answers were right, and which step was
# the first whose cost is no number, counted from 1. Behind them, what else was measured.
COST_SUM, RIGHT, BAD_STEP, MEASURED = range(4)
CELLS = 4_096

PIECE = 2**15  # numbers whose squares are added together before the sums are; as in kernels.cu


class Program(Protocol):
    """A recorded step, for batches of `rows` rows."""

    rows: int

    def run(self, rows: Rows, first: int, numbers: Array) -> None:
        """Take as many steps as there are rows in `numbers`.

        Args:
            first: the place in the order of the rows at which the first step begins.
            numbers: of the optimizer's rule and of averages, (steps, NUMBERS).
        """


class TrainingEngine(TrainingMode, Engine, ABC):
    """Arithmetic that is recorded. The arrays that it returns hold their numbers once a step is
    done.

    Attributes:
        cells: what the steps left, (CELLS,), float64.
    """

    _program: Program

    def __init__(self) -> None:
        self.cells = numpy.zeros(CELLS)
        self._measured = MEASURED
        self._buffers = BufferPool(self.empty)
        self._sums = self._doubles(1)
        self._unchanging: Array | None = None

    # What is kept from step to step.

    @abstractmethod
    def empty(self, *shape: int) -> Array:
        """An array of zeros that lies as the engine wants it."""

    @abstractmethod
    def copy(self, X: Array) -> Array:
        """X, an array of the host, where the engine can change it."""

    # What a subclass knows: where numbers lie, and how an operation is written down.

    @abstractmethod
    def _doubles(self, count: int) -> Array:
        """So many zeros, float64."""

    @abstractmethod
    def _memory(self, X: Array) -> Array:
        """All numbers of X as one vector, with whatever lies between its rows."""

    @abstractmethod
    def _begun(self, rows: int) -> Program:
        """An empty program for batches of so many rows."""

    @abstractmethod
    def _end(self) -> None:
        """Write down what is still missing from the program."""

    @abstractmethod
    def _each(self, operation: Operation, out: Array, *arguments: Array | float) -> None:
        """An operation that computes every number of `out` by itself."""

    @abstractmethod
    def _columns(self, operation: Operation, X: Array, out: Array, *numbers: float) -> None:
        """An operation that makes one number, in `out`, of each column of X."""

    @abstractmethod
    def _pieces(self, operation: Operation, count: int, *arguments: Array | float) -> None:
        """An operation in so many pieces, in each of which numbers are added up."""

    @abstractmethod
    def _cost(self, loss: int, Z: Array, dZ: Array, smoothing: float) -> None:
        """The loss of this code."""

    @abstractmethod
    def _update(self, rule: int, g: Array, p: Array, moments: Sequence[Array | int]) -> None:
        """A step of the optimizer of this code, for one parameter; 0 stands for no moment."""

    # Recording.

    def record(self, rows: int, step: Callable[[], Any], *, training: bool = True) -> Program:
        """The program of what `step` asks of this engine, for batches of so many rows.

        Args:
            training: whether dropout leaves anything out.
        """
        self._program, self._training = self._begun(rows), training
        self._buffers.rewind()
        step()
        self._end()
        return self._program

    def batch(self, by: Normalization, **how: Unpack[Form]) -> Array:
        """The samples of a step, normalized: pictures, (m, h, w, c), or rows, (m, n)."""
        shape, m, n = by.shift.shape, self._program.rows, by.shift.size
        shift, factor = (self.copy(part.reshape(-1)) for part in by)
        pictures = how.get("pictures", False)
        k = shape[-1] if pictures else n
        out = self._buffers.lend(m * n // k, k)
        given = shift, factor, out, m, n, k
        if how.get("changed", False):
            self._pieces(Operation.GATHER_CHANGED, m, *given, *shape[1:])
        else:
            gather = Operation.GATHER_FLOATS if how.get("floats", False) else Operation.GATHER
            self._each(gather, out, *given)
        return out.reshape(m, *shape) if pictures else out

    def whole_batch(self, by: Normalization, rows: Rows, **how: Unpack[Form]) -> Array:
        """All samples, normalized now and for every step."""
        recording, training, buffers = self._program, self._training, self._buffers
        self._buffers, found = BufferPool(self.empty), list[Array]()
        once = self.record(len(rows.order), lambda: found.append(self.batch(by, **how)))
        self._program, self._training, self._buffers = recording, training, buffers
        once.run(rows, 0, numbers_of(None, [0.0]))
        (self._unchanging,) = found
        return self._unchanging

    def add_rows(self, dZ: Array) -> Array:
        total = self._buffers.lend(dZ.shape[-1])
        self._columns(Operation.ADD_ROWS, dZ, total)
        return total

    def activate(self, activation: Activation, Z: Array) -> Array:
        A = self._buffers.lend(*Z.shape)
        sizes = matrix_shape(Z.shape)
        self._each(Operation.ACTIVATE, A, activation_code(activation), Z, A, *sizes)
        return A

    def chain(self, activation: Activation, Z: Array, A: Array, dA: Array) -> Array:
        dZ = self._buffers.lend(*Z.shape)
        sizes = matrix_shape(Z.shape)
        self._each(Operation.CHAIN, dZ, activation_code(activation), Z, A, dA, dZ, *sizes)
        return dZ

    def drop(self, X: Array, rate: float, index: int) -> Array:
        if not (self._training and rate):
            return X
        out = self._buffers.lend(*X.shape)
        sizes, places = matrix_shape(X.shape), prod(X.shape[1:-1])
        self._each(Operation.DROP, out, X, out, *sizes, float(rate), index, places)
        return out

    def cost(self, loss: Loss, Z: Array, smoothing: float = 0.0) -> Array:
        """dJ/dZ, (m, k), of logits Z; adds J times m, and how many are right, to the cells."""
        dZ = self._buffers.lend(*Z.shape)
        self._cost(loss_code(loss), Z, dZ, float(smoothing))
        return dZ

    def add_scaled(self, g: Array, factor: float, p: Array) -> None:
        """g ← g + factor · p."""
        G, P = self._memory(g), self._memory(p)
        self._each(Operation.ADD_SCALED, G, G, P, G.size, float(factor))

    def limit(self, gradients: Sequence[Array], most: float) -> None:
        """Scale them down together to this norm, if theirs is larger."""
        cells = [self.squares(g) for g in gradients]
        for G in map(self._memory, gradients):
            self._each(Operation.LIMIT, G, G, G.size, cells[0], cells[-1] + 1, float(most))

    def update(self, optimizer: Optimizer, gradients: Sequence[Array]) -> None:
        """The optimizer's step, with the numbers that each run of the program is given."""
        rule, moments = rule_code(optimizer), optimizer.moments.values()
        for g, p, *own in zip(gradients, optimizer.params, *moments, strict=True):
            self._update(rule, g, p, [*own, *[0] * (MOMENTS - len(own))])

    def average(self, kept: Array, p: Array) -> None:
        """kept ← kept + share · (p − kept), the share being the step's number AVERAGING."""
        K, P = self._memory(kept), self._memory(p)
        self._each(Operation.AVERAGE, K, K, P, K.size)

    # What the steps are to tell.

    def squares(self, X: Array) -> int:
        """The cell in which each step leaves the sum of all squares of X."""
        cell, numbers = self._cells(1), self._memory(X)
        pieces = -(-numbers.size // PIECE)
        if pieces > self._sums.size:
            self._sums = self._doubles(pieces)
        self._pieces(Operation.SQUARES, pieces, numbers, self._sums, numbers.size)
        self._pieces(Operation.TOTAL, 1, self._sums, pieces, cell)
        return cell

    def alive(self, dZ: Array, flags: Array) -> None:
        """A unit's flag becomes 1 where dZ is not 0 on some row."""
        self._columns(Operation.ALIVE, dZ, flags)

    @abstractmethod
    def slopes(self, activation: Activation, Z: Array, A: Array) -> Array:
        """g'(Z)."""

    def saturated(self, slopes: Array, least: float, counts: Array) -> None:
        """On how many rows each unit's slope is less than this, (n,)."""
        self._columns(Operation.SATURATED, slopes, counts, float(least))

    def sample(self, X: Array, count: int) -> Array:
        """Copies of about so many numbers of X, evenly spread."""
        numbers, every = self._memory(X), self._stride(X, count)
        found = self._buffers.lend(numbers.size // every)
        self._each(Operation.SAMPLE, found, numbers, found, found.size, every)
        return found

    def moved(self, X: Array, sample: Array, count: int) -> int:
        """The first of two cells in which each step leaves how far X's numbers are from those of
        the sample, and how large that is, as sums of squares."""
        cell, every = self._cells(2), self._stride(X, count)
        self._pieces(Operation.MOVED, 1, self._memory(X), sample, sample.size, every, cell)
        return cell

    def _stride(self, X: Array, count: int) -> int:
        step = X.strides[-2] // X.itemsize if X.ndim > 1 else 1
        return stride(self._memory(X).size, step, count)

    def _cells(self, count: int) -> int:
        self._measured += count
        return self._measured - count
