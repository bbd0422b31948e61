"""What tests of pictures share: the same step by the engine and by the formulas."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from tests.worker.nn.engines.comparing import close
from tests.worker.nn.engines.computing import computed
from worker.nn.arrays import Array
from worker.nn.engine import Eager
from worker.nn.engines.cpu.engine import CpuEngine

Step = Callable[..., Sequence[Array]]

THREADS = (1, 2, 3)


def agree(step: Step, given: Sequence[Array], *, training: bool = True, **how: Any) -> None:
    """The engine's results are those of the formulas to rounding, and the same bits by any number
    of threads; so is what a step changes of what it is given.

    Args:
        step: of an engine and arrays like those given, the arrays to compare.
    """
    own = [X.copy() for X in given]
    expected = [*step(Eager(training=training), *own), *own]
    precision = given[0].dtype.name
    first: list[Array] = []
    for threads in THREADS:
        do = CpuEngine(precision, threads)
        inputs = [do.copy(X) for X in given]
        found = [*computed(do, partial(step, do, *inputs), training=training), *inputs]
        for ours, theirs in zip(found, expected, strict=True):
            assert ours.shape == theirs.shape
            close(ours, theirs, precision, **how)
        first = first or found
        for ours, theirs in zip(found, first, strict=True):
            assert np.array_equal(ours, theirs)
