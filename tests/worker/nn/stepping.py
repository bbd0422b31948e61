"""Takes a recorded step, to see what it leaves."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from worker.nn.backend import Array, Purpose, generator
from worker.nn.backend_cpu import Processor, numbers_of
from worker.nn.backend_record import Program
from worker.nn.backend_rows import Rows
from worker.nn.optimizers import SGD


def key(number: int) -> int:
    """What decides which units a dropout leaves out: one of many."""
    return int(generator(number, Purpose.DROPOUT).integers(2**64, dtype="uint64"))


def take(
    program: Program,
    labels: Sequence[int] | Array = (0,),
    keys: Sequence[int] = (key(1),),
    rate: float = 0.0,
) -> None:
    """Take a step that brings inputs of its own: the rows have only their labels.

    Args:
        rate: of gradient descent, if that is the step's optimizer.
    """
    blank = np.zeros((len(labels), 1), "uint8")
    order = np.arange(len(labels))
    rows = Rows(blank, np.array(labels), np.ones(9), order, keys=np.array(keys, "uint64"))
    program.run(rows, 0, numbers_of(SGD([]), [rate]))


def taken(
    do: Processor, count: int, step: Callable[[], Any], *, training: bool = True, **how: Any
) -> Any:
    """What a step on so many rows gives, having been recorded and taken once."""
    given: list[Any] = []
    program = do.record(count, lambda: given.append(step()), training=training)
    take(program, **how)
    return given[0]


def exact() -> Processor:
    """An engine whose numbers can be held against central differences."""
    return Processor("float64", threads=1)


def through(layer: Any, X: Array, dA: Array, **how: Any) -> tuple[Array, Array]:
    """A layer's output and dJ/dX, for inputs X and dJ/d(output) dA, in a step of training."""
    do = Processor(X.dtype.name, threads=1)

    def step() -> tuple[Array, Array]:
        out, backward = layer.forward(do.copy(X), do)
        return out, backward.to_input(do.copy(dA))

    found: tuple[Array, Array] = taken(do, len(X), step, **how)
    return found
