"""What tests share that have the engine record steps and take them."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import pytest
from numpy.lib.stride_tricks import as_strided

from worker.nn.activations import ACTIVATIONS
from worker.nn.arrays import Array, Purpose, generator
from worker.nn.engines.base import Program
from worker.nn.engines.batch import Rows
from worker.nn.engines.cpu.engine import CpuEngine
from worker.nn.engines.layout import LINE_BYTES
from worker.nn.engines.step_numbers import numbers_of
from worker.nn.optimizers import OPTIMIZERS, Optimizer

Rule = Callable[[Sequence[Array]], Optimizer]

MEAN, MEANS = {"beta": 0.9}, {"beta1": 0.9, "beta2": 0.99, "eps": 1e-3}
HOW: dict[str, dict[str, float]] = {
    "sgd": {},
    "momentum": MEAN,
    "nesterov": MEAN,
    "rmsprop": {"beta": 0.75, "eps": 1e-3},
    "adam": MEANS,
    "adamw": {**MEANS, "weight_decay": 0.5},
}
# Every one there is: one that is not above has nothing to be made with.
RULES: dict[str, Rule] = {name: partial(rule, **HOW[name]) for name, rule in OPTIMIZERS.items()}

NOT_FINITE = [np.inf, -np.inf, np.nan]

every_activation = pytest.mark.parametrize("g", ACTIVATIONS.values(), ids=ACTIVATIONS)
every_precision = pytest.mark.parametrize("precision", ["float32", "float64"])
every_rule = pytest.mark.parametrize("rule", RULES.values(), ids=RULES)


def eps(precision: str) -> float:
    return float(np.finfo(precision).eps)


def exact() -> CpuEngine:
    """An engine whose numbers can be held against central differences."""
    return CpuEngine("float64", threads=1)


def key(epoch: int) -> int:
    """What decides which units a dropout leaves out: another in every epoch."""
    return int(generator(1, Purpose.DROPOUT, epoch).integers(2**64, dtype="uint64"))


def rows_of(x: Array, labels: Sequence[int] | Array = (), **how: Any) -> Rows:
    """These samples, one after the other; every class counts once."""
    given = np.zeros(len(x), "int64")
    given[: len(labels)] = labels
    how = {"weights": np.ones(given.max() + 1), "order": np.arange(len(x)), **how}
    return Rows(x, given, **how)


def blank(rows: int = 1) -> Array:
    """Samples for steps that bring inputs of their own."""
    return np.zeros((rows, 1), "uint8")


def run(program: Program, rows: Rows | None = None, steps: int = 1) -> None:
    """Take steps that no optimizer takes part in."""
    program.run(rows or rows_of(blank()), 0, numbers_of(None, [0.0] * steps))


def computed(
    do: CpuEngine, step: Callable[[], Any], rows: Rows | None = None, *, training: bool = True
) -> Any:
    """What a step on all of these rows gives, recorded and taken once."""
    rows, found = rows or rows_of(blank()), []
    run(do.record(len(rows.order), lambda: found.append(step()), training=training), rows)
    return found[0]


def behind(X: Array) -> Array:
    """The numbers between the end of each row of X and the next one's beginning."""
    line = LINE_BYTES // X.itemsize
    if X.ndim == 1:
        return as_strided(X, (-(-len(X) // line) * line,))[len(X) :]
    return as_strided(X, (len(X), X.strides[0] // X.itemsize))[:, X.shape[1] :]
