"""Learning rates over time: what the optimizer's own is multiplied by.

A schedule is a function of the epoch, counted from 0, with the part of it that is done as its
fraction: 1.5 is half-way through the second.
"""

from collections.abc import Callable
from math import cos, floor, pi

Schedule = Callable[[float], float]

CYCLE_START, CYCLE_END = 1 / 25, 1 / 10_000


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
    return lambda epoch: half_wave(1, final, min(epoch / epochs, 1))


def one_cycle(epochs: int, warmup_fraction: float) -> Schedule:
    """Half a cosine wave up from 1/25 to 1 over this fraction of so many epochs, then half a wave
    down to 1/10,000 at their end.

    Source: Smith, A disciplined approach to neural network hyper-parameters, 2018, which has
    straight lines; the waves in their place are those of Loshchilov and Hutter, 2017.
    """
    top = warmup_fraction * epochs

    def share(epoch: float) -> float:
        if epoch < top:
            return half_wave(CYCLE_START, 1, epoch / top)
        return half_wave(1, CYCLE_END, min((epoch - top) / (epochs - top), 1))

    return share


def half_wave(first: float, last: float, done: float) -> float:
    """From `first` to `last`, of which this part is done, flat at both ends."""
    return last + (first - last) * (1 + cos(pi * done)) / 2


def warmed_up(schedule: Schedule, epochs: float, step: float) -> Schedule:
    """The schedule, times a factor that grows evenly to 1 over the first epochs.

    Args:
        step: how much of an epoch one step is; the first step already has its share of the rate.

    Source: Goyal et al., Accurate, large minibatch SGD, 2017, section 2.2.
    """
    return lambda epoch: schedule(epoch) * min(1.0, (epoch + step) / epochs)
