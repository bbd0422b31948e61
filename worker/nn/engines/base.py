"""What is asked of the engines that train: they write down what a step does, do it again and again,
and leave in their cells what came of it."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy

from worker.nn.activations import Activation
from worker.nn.arrays import Array
from worker.nn.engine import Engine
from worker.nn.engines.batch import Rows
from worker.nn.losses import Loss
from worker.nn.normalization import Normalization
from worker.nn.optimizers import Optimizer

# What the steps leave: the sum of the rows' costs, how many answers were right, and which step was
# the first whose cost is no number, counted from 1. Behind them, what else was measured.
COST_SUM, RIGHT, BAD_STEP, MEASURED = range(4)
CELLS = 4_096

NUMBERS = 6  # of an optimizer's rule in a step, at most


class Program(Protocol):
    """A step that was written down."""

    def run(self, rows: Rows, first: int, numbers: Array) -> None:
        """Take as many steps as there are rows in `numbers`.

        Args:
            first: the place in the order of the rows at which the first step begins.
            numbers: of the optimizer's rule, (steps, NUMBERS).
        """


class TrainingEngine(Engine, Protocol):
    """Arithmetic that is written down. The arrays that it gives are places for what will be there
    when a step is done.

    Attributes:
        cells: what the steps left, (CELLS,).
    """

    cells: Array

    def empty(self, *shape: int) -> Array:
        """A vector or matrix of zeros that lies as the engine wants it."""

    def copy(self, X: Array) -> Array:
        """X, an array of the host, where the engine can change it."""

    def record(self, rows: int, step: Callable[[], Any], *, training: bool = True) -> Program:
        """The program of what `step` asks, for batches of so many rows.

        Args:
            training: whether dropout leaves anything out.
        """

    def batch(self, normalization: Normalization, picture: Sequence[int] = ()) -> Array:
        """The rows of a step, normalized; with a picture's shape, moved."""

    def whole_batch(self, normalization: Normalization, rows: Rows) -> Array:
        """All rows, normalized now and for every step."""

    def cost(self, loss: Loss, Z: Array) -> Array:
        """dJ/dZ, (m, k), of logits Z; adds J times m, and how many are right, to the cells."""

    def add_scaled(self, g: Array, factor: float, p: Array) -> None:
        """g ← g + factor · p."""

    def limit(self, gradients: Sequence[Array], most: float) -> None:
        """Scale them down together to this norm, if theirs is larger."""

    def update(self, optimizer: Optimizer, gradients: Sequence[Array]) -> None:
        """The optimizer's step, with the numbers that each run of the program is given."""

    def squares(self, X: Array) -> int:
        """Leaves the sum of all squares of X in a cell; gives which."""

    def alive(self, dZ: Array, flags: Array) -> None:
        """A unit's flag becomes 1 where dZ is not 0 on some row."""

    def slopes(self, activation: Activation, Z: Array, A: Array) -> Array:
        """g'(Z)."""

    def flat(self, slopes: Array, least: float, counts: Array) -> None:
        """On how many rows each unit's slope is less than this."""

    def sample(self, X: Array, count: int) -> Array:
        """Copies of about so many numbers of X, evenly spread."""

    def moved(self, X: Array, sample: Array, count: int) -> int:
        """Leaves, in a cell and the next, how far X's numbers are from those of the sample and how
        large that is, as sums of squares; gives the first cell."""


def numbers_of(optimizer: Optimizer | None, rates: Sequence[float]) -> Array:
    """What a run of a program needs to know of steps at these learning rates, (steps, NUMBERS);
    `optimizer.t` counts them already. Without an optimizer, as many rows of zeros."""
    found = numpy.zeros((len(rates), NUMBERS))
    if optimizer is not None:
        t = numpy.arange(optimizer.t - len(rates), optimizer.t) + 1.0
        for column, number in enumerate(optimizer.numbers(numpy.array(rates), t)):
            found[:, column] = number
    return found
