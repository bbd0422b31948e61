"""What each step of a run is told anew."""

from collections.abc import Sequence

import numpy

from worker.nn.arrays import Array
from worker.nn.optimizers import Optimizer

# Numbers of a step: those of an optimizer's rule, and by how much of the way averages follow.
NUMBERS = 7
AVERAGING = NUMBERS - 1


def numbers_of(
    optimizer: Optimizer | None, rates: Sequence[float], decay: float | None = None
) -> Array:
    """What a run of a program needs to know of steps at these learning rates, (steps, NUMBERS);
    `optimizer.t` counts them already. Without an optimizer, as many rows of zeros.

    Args:
        decay: of the averages of the weights, per step, once there have been many steps.
    """
    found = numpy.zeros((len(rates), NUMBERS))
    if optimizer is not None:
        t = numpy.arange(optimizer.t - len(rates), optimizer.t) + 1.0
        for column, number in enumerate(optimizer.numbers(numpy.array(rates), t)):
            found[:, column] = number
        if decay is not None:
            # At first an average over few steps, or it would be one of the starting weights.
            found[:, AVERAGING] = 1 - numpy.minimum(decay, (1 + t) / (10 + t))
    return found
