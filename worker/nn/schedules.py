"""Learning rates over time: what the optimizer's own is multiplied by.

A schedule is a function of the epoch, counted from 0, with the part of it that is done as its
fraction: 1.5 is half-way through the second.
"""

from collections.abc import Callable
from math import cos, floor, pi

Schedule = Callable[[float], float]


def constant() -> Schedule:
    """1 throughout."""
    return lambda epoch: 1.0


def stepwise(every: int, gamma: float) -> Schedule:
    """Times gamma after every so many epochs."""
    return lambda epoch: gamma ** (floor(epoch) // every)


def exponential(gamma: float) -> Schedule:
    """Times gamma with every epoch, evenly from step to step."""
    return lambda epoch: gamma**epoch


def cosine(epochs: int, final: float) -> Schedule:
    """Half a cosine wave from 1 down to `final` at the end of so many epochs.

    Source: Loshchilov and Hutter, SGDR: stochastic gradient descent with warm restarts, 2017,
    equation 5, without restarts.
    """
    return lambda epoch: final + (1 - final) * (1 + cos(pi * min(epoch / epochs, 1))) / 2


def warmed_up(schedule: Schedule, epochs: float, step: float) -> Schedule:
    """The schedule, times a factor that grows evenly to 1 over the first epochs.

    Args:
        step: how much of an epoch one step is; the first step already has its share of the rate.

    Source: Goyal et al., Accurate, large minibatch SGD, 2017, section 2.2.
    """
    return lambda epoch: schedule(epoch) * min(1.0, (epoch + step) / epochs)
