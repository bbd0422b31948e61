"""A step as it was recorded: the table that the interpreter goes through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy

from worker.nn.arrays import Array
from worker.nn.engines.batch import Rows
from worker.nn.engines.layout import PIECE_ROWS, bits, matrix
from worker.nn.engines.operations import Operation

# Numbers in a row of the table. The last is how many rows are done together, sample by sample, of
# which it is the first: 1, if it is done at once for all samples.
WIDTH = 20
SMALL = 50_000_000  # multiplications
MANY = 16  # samples: of fewer, some threads would have more to do than others

# What computes each picture from others of the same sample alone.
BY_SAMPLE = {
    Operation.PAD,
    Operation.CONVOLVE_DEPTHWISE,
    Operation.POOL,
    Operation.POOL_INPUT_GRADIENT,
    Operation.ADD,
    Operation.REARRANGE,
    Operation.NORMALIZE,
    Operation.NORMALIZE_INPUT_GRADIENT,
    Operation.ACTIVATE,
    Operation.CHAIN,
    Operation.DROP,
}
# And what adds up each picture apart, if that is made of whole pieces.
BY_PIECE = {Operation.ROW_SUMS, Operation.SCALE_SUMS}


class Engine(Protocol):
    """Whoever does what is written."""

    def do(
        self, table: Array, rows: Rows, first: int, size: int, numbers: Array, work: int
    ) -> None: ...


class Program:
    """A recorded step, for batches of `rows` rows.

    Attributes:
        work: multiplications in its products.
    """

    def __init__(self, engine: Engine, rows: int) -> None:
        self.rows, self.work, self._engine = rows, 0, engine
        self._lines: list[list[int]] = []
        self._arrays: list[Array] = []  # the table has only their addresses
        self._delayed: dict[int, tuple[Array, ...]] = {}
        self._joining: int | None = None  # the first of the lines that the next may be done with
        self._behind = 0  # the place behind the arguments of the last line
        self._bendable: tuple[Array, int] | None = None  # what the last line writes, see `may_bend`
        self._table: Array | None = None  # once all is written

    def write(self, operation: Operation, *arguments: Array | float) -> None:
        """Add a row to the table. A matrix, or what lies as one, becomes two numbers, its address
        and how far its rows are apart; a vector its address; a fraction its bits."""
        numbers, self._bendable = [int(operation)], None
        for entry in arguments:
            if isinstance(entry, numpy.ndarray):
                if factors := self.withdraw(entry):
                    self.write_gradient(*factors)
                self._arrays.append(entry)
                steps = [step // entry.itemsize for step in matrix(entry).strides[:-1]]
                numbers += [entry.ctypes.data, *steps]
            else:
                numbers.append(bits(entry) if isinstance(entry, float) else int(entry))
        self._behind = len(numbers)
        self._lines.append(numbers + [0] * (WIDTH - 1 - len(numbers)) + [1])
        self._join(self._by_sample(operation, arguments))

    def may_bend(self, Z: Array) -> None:
        """The last line, which writes Z, does relu to that if the number behind its arguments says
        so."""
        self._bendable = Z, self._behind

    def bend(self, Z: Array) -> bool:
        """Whether Z will be relu of what it is: if nothing has been written since that could need
        it otherwise."""
        if self._bendable is None or self._bendable[0] is not Z:
            return False
        self._lines[-1][self._bendable[1]] = 1
        self._bendable = None
        return True

    def _by_sample(self, operation: Operation, arguments: Sequence[Array | float]) -> bool:
        """Whether the operation may be done sample by sample."""
        pictures = [X for X in arguments if isinstance(X, numpy.ndarray) and X.ndim == 4]
        if self.rows < MANY or not pictures or len(pictures[0]) != self.rows:
            return False
        places = pictures[0].shape[1] * pictures[0].shape[2]
        return operation in BY_SAMPLE or (operation in BY_PIECE and places % PIECE_ROWS == 0)

    def _join(self, by_sample: bool) -> None:
        """Have the last line done together with those before it."""
        if by_sample and self._joining is not None:
            self._lines[self._joining][-1] += 1
        else:
            self._joining = len(self._lines) - 1 if by_sample else None

    def write_gradient(self, X: Array, dZ: Array, out: Array) -> None:
        """Add the product Xᵀ @ dZ."""
        sizes = X.shape[1], *dZ.shape
        self.write(Operation.MULTIPLY_TRANSPOSED, X, dZ, out, *sizes)

    def delay(self, X: Array, dZ: Array, out: Array) -> None:
        """Add that product when somebody uses it; it may be that only an optimizer does."""
        self._delayed[out.ctypes.data] = X, dZ, out

    def withdraw(self, X: Array) -> tuple[Array, ...] | None:
        """What was delayed until X is used, if anything was: it is for the caller now."""
        return self._delayed.pop(X.ctypes.data, None)

    def settle(self) -> None:
        """Add all that was delayed."""
        while self._delayed:
            self.write_gradient(*self._delayed.popitem()[1])

    def run(self, rows: Rows, first: int, numbers: Array) -> None:
        """Take as many steps as there are rows in `numbers`.

        Args:
            first: the place in the order at which the first step begins.
            numbers: of the optimizer's rule, (steps, NUMBERS).
        """
        begun = self._table is not None
        if self._table is None:
            self._table = numpy.array(self._lines, "int64").reshape(-1, WIDTH)
        # At first the system hands out memory page by page, for which threads wait for one another:
        # together they would take longer over a small step than one alone.
        work = self.work if begun or self.work >= SMALL else 0
        self._engine.do(self._table, rows, first, self.rows, numbers, work)
