"""The engine that trains on a graphics processor: it writes down what a step does, has it captured
as a graph, and asks for that again and again.

The arrays that it gives to layers are places on the device, and nothing comes back from there until
a run of steps is over.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy

from worker.nn.activations import ACTIVATIONS, Activation
from worker.nn.arrays import Array
from worker.nn.engines.base import (
    CELLS,
    MEASURED,
    numbers_of,
)
from worker.nn.engines.batch import Rows
from worker.nn.engines.buffers import BufferPool
from worker.nn.engines.codes import MOMENTS, activation_code, loss_code, rule_code
from worker.nn.engines.gpu.device import Device
from worker.nn.engines.gpu.transfer import Transfer
from worker.nn.engines.layout import bits, stride
from worker.nn.losses import LOSSES, Loss
from worker.nn.normalization import Normalization
from worker.nn.optimizers import OPTIMIZERS, Optimizer

THREADS, MOST_BLOCKS, PIECE, LANES = 256, 4_096, 2**15, 32  # PIECE, LANES: as in the kernels
COLUMN_THREADS = 1_024
ADD, ALIVE, FLAT = range(3)
SOURCE = Path(__file__).with_name("kernels.cu")


def source() -> str:
    """The kernels' code, behind the tables of what there is: it has a function for each entry, and
    cannot be compiled if one is missing."""
    tables: dict[str, Iterable[str]] = {
        "ACTIVATIONS": ACTIVATIONS, "LOSSES": LOSSES, "OPTIMIZERS": OPTIMIZERS
    }  # fmt: skip
    lines = [
        f"#define {name}(EACH_ONE) {' '.join(f'EACH_ONE({entry})' for entry in table)}\n"
        for name, table in tables.items()
    ]
    return "".join(lines) + SOURCE.read_text()


class Graph:
    """A recorded step, for batches of `rows` rows."""

    def __init__(self, transfer: Transfer, rows: int) -> None:
        self.rows, self._transfer = rows, transfer
        self._operations: list[Callable[[], None]] = []
        self._kept: list[Array | int] = []  # the operations have only their addresses
        self._step: Callable[[], None] | None = None

    def write(self, operation: Callable[[], None], *kept: Array | int) -> None:
        """Add an operation."""
        self._operations.append(operation)
        self._kept += kept

    def run(self, rows: Rows, first: int, numbers: Array) -> None:
        """Take as many steps as there are rows in `numbers`.

        Args:
            first: the place in the order at which the first step begins.
            numbers: of the optimizer's rule, (steps, NUMBERS).
        """
        for _ in self._transfer.steps(rows, first, self.rows, numbers):
            if self._step is not None:
                self._step()
                continue
            self._directly()  # whatever is loaded at its first use is loaded now
            self._step = self._transfer.device.capture(self._directly)

    def _directly(self) -> None:
        for operation in self._operations:
            operation()


class GpuEngine:
    """Records what layers, losses and optimizers ask of it.

    Attributes:
        cells: what the steps left.
    """

    def __init__(self, device: Device) -> None:
        self._device = device
        self.cells = numpy.zeros(CELLS)
        self._measured = MEASURED
        self._transfer = Transfer(device, self.cells)
        self._buffers = BufferPool(device.empty)
        self._sums = device.empty(1, dtype="float64")
        self._unbiased: tuple[Array, Array] | None = None  # Z = X @ W, and b that is still missing
        self._program, self._training = Graph(self._transfer, 0), True

    # What is kept from step to step.

    def empty(self, *shape: int) -> Array:
        """A vector or matrix of zeros on the device."""
        return self._device.empty(*shape)

    def copy(self, X: Array) -> Array:
        """X, an array of the host, where the engine can change it."""
        return self._device.upload(X.astype(self._device.dtype))

    # Recording.

    def record(self, rows: int, step: Callable[[], Any], *, training: bool = True) -> Graph:
        """The program of what `step` asks of this engine, for batches of so many rows.

        Args:
            training: whether dropout leaves anything out.
        """
        self._program, self._training = Graph(self._transfer, rows), training
        self._buffers.rewind()
        step()
        self._launch("tick", 1, 1, rows)
        return self._program

    def batch(self, normalization: Normalization, picture: Sequence[int] = ()) -> Array:
        """The rows of a step, normalized; with a picture's shape, moved."""
        out = self._buffers.lend(self._program.rows, normalization.shift.size)
        shift, factor = (self.copy(part.reshape(-1)) for part in normalization)
        name = "gather_moved" if picture else "gather"
        self._each(name, out.size, shift, factor, out, *out.shape, *picture[1:])
        return out

    def whole_batch(self, normalization: Normalization, rows: Rows) -> Array:
        """All rows, normalized now and for every step."""
        recording, training, buffers = self._program, self._training, self._buffers
        self._buffers = BufferPool(self._device.empty)
        once = self.record(len(rows.order), lambda: self.batch(normalization))
        (unchanging,) = self._buffers.places
        self._program, self._training, self._buffers = recording, training, buffers
        once.run(rows, 0, numbers_of(None, [0.0]))
        return unchanging

    def affine(self, X: Array, W: Array, b: Array) -> Array:
        Z = self.product(X, W)
        self._unbiased = Z, b
        return Z

    def product(self, A: Array, B: Array) -> Array:
        self._settle()
        out = self._buffers.lend(A.shape[0], B.shape[1])
        self._program.write(lambda: self._device.multiply(A, B, out))
        return out

    def add_rows(self, dZ: Array) -> Array:
        total = self._buffers.lend(dZ.shape[1])
        self._columns(dZ, total, ADD)
        return total

    def activate(self, activation: Activation, Z: Array) -> Array:
        A = self._buffers.lend(*Z.shape)
        b: Array | int = 0
        if self._unbiased is not None and self._unbiased[0] is Z:
            # One pass over Z instead of two.
            (_, b), self._unbiased = self._unbiased, None
        self._each("activate", Z.size, Z, b, A, *Z.shape, activation_code(activation))
        return A

    def chain(self, activation: Activation, Z: Array, A: Array, dA: Array | None) -> Array:
        dZ = self._buffers.lend(*Z.shape)
        errors: Array | int = 0 if dA is None else dA
        self._each("chain", Z.size, Z, A, errors, dZ, Z.size, activation_code(activation))
        return dZ

    def drop(self, X: Array, rate: float, place: int) -> Array:
        if not self._training:
            return X
        kept = self._buffers.lend(*X.shape)
        self._each("drop", X.size, X, kept, *X.shape, bits(rate), place)
        return kept

    def cost(self, loss: Loss, Z: Array) -> Array:
        """dJ/dZ, (m, k), of logits Z; adds J times m, and how many are right, to the cells."""
        (m, k), dZ = Z.shape, self._buffers.lend(*Z.shape)
        found = self._device.empty(2 * m, dtype="float64")
        threads = LANES if k <= LANES else THREADS
        self._launch("cost", m, threads, Z, dZ, found, m, k, loss_code(loss))
        self._launch("add_cost", 1, THREADS, found, m)
        return dZ

    def add_scaled(self, g: Array, factor: float, p: Array) -> None:
        """g ← g + factor · p."""
        self._each("add_scaled", g.size, g, p, g.size, bits(factor))

    def limit(self, gradients: Sequence[Array], most: float) -> None:
        """Scale them down together to this norm, if theirs is larger."""
        cells = [self.squares(g) for g in gradients]
        for g in gradients:
            self._each("limit", g.size, g, g.size, cells[0], cells[-1] + 1, bits(most))

    def update(self, optimizer: Optimizer, gradients: Sequence[Array]) -> None:
        """The optimizer's step, with the numbers that each run of the program is given."""
        rule, moments = rule_code(optimizer), optimizer.moments.values()
        for g, p, *kept in zip(gradients, optimizer.params, *moments, strict=True):
            remembered = [*kept, *[0] * (MOMENTS - len(kept))]
            self._each("update", p.size, g, p, *remembered, p.size, rule)

    # What the steps are to tell.

    def squares(self, X: Array) -> int:
        """Leaves the sum of all squares of X in a cell; gives which."""
        cell, pieces = self._cells(1), -(-X.size // PIECE)
        if pieces > self._sums.size:
            self._sums = self._device.empty(pieces, dtype="float64")
        self._launch("squares", pieces, THREADS, X, self._sums, X.size)
        self._launch("total", 1, THREADS, self._sums, pieces, cell)
        return cell

    def alive(self, dZ: Array, flags: Array) -> None:
        """A unit's flag becomes 1 where dZ is not 0 on some row."""
        self._columns(dZ, flags, ALIVE)

    def slopes(self, activation: Activation, Z: Array, A: Array) -> Array:
        """g'(Z)."""
        return self.chain(activation, Z, A, None)

    def flat(self, slopes: Array, least: float, counts: Array) -> None:
        """On how many rows each unit's slope is less than this."""
        self._columns(slopes, counts, FLAT, least)

    def sample(self, X: Array, count: int) -> Array:
        """Copies of about so many numbers of X, evenly spread."""
        every = stride(X.size, X.shape[-1], count)
        found = self._buffers.lend(X.size // every)
        self._each("sample", found.size, X, found, found.size, every)
        return found

    def moved(self, X: Array, sample: Array, count: int) -> int:
        """Leaves, in a cell and the next, how far X's numbers are from those of the sample and how
        large that is, as sums of squares; gives the first cell."""
        cell, every = self._cells(2), stride(X.size, X.shape[-1], count)
        self._launch("moved", 1, THREADS, X, sample, sample.size, every, cell)
        return cell

    # How it is written down.

    def _each(self, name: str, count: int, *arguments: Array | int) -> None:
        """A kernel that does something to each of so many numbers."""
        blocks = min(MOST_BLOCKS, -(-count // THREADS))
        self._launch(name, blocks, THREADS, *arguments)

    def _columns(self, X: Array, out: Array, what: int, least: float = 0.0) -> None:
        blocks = -(-X.shape[1] // LANES)
        self._launch("columns", blocks, COLUMN_THREADS, X, out, *X.shape, what, bits(least))

    def _launch(self, name: str, blocks: int, threads: int, *arguments: Array | int) -> None:
        self._settle()
        kernel, address = self._device.kernel(name), self._device.address
        words = (a if isinstance(a, int) else address(a) for a in arguments)
        given = address(self._transfer.table), *words
        self._program.write(lambda: kernel(blocks, threads, given), *arguments)

    def _settle(self) -> None:
        """Add a bias that no activation took with it."""
        if self._unbiased is not None:
            (Z, b), self._unbiased = self._unbiased, None
            self._each("add_bias", Z.size, Z, b, *Z.shape)

    def _cells(self, count: int) -> int:
        self._measured += count
        return self._measured - count
