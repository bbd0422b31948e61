"""Pools: one number for each place of a window, channel by channel."""

from collections.abc import Callable
from functools import reduce
from typing import NamedTuple

from worker.nn.arrays import Array, array_module, zeros
from worker.nn.windows import Window


class Pool(NamedTuple):
    """A function of what lies in a window, and its chain rule. What is padded is no part of it.

    Attributes:
        forward: of X, (m, h, w, c), and the window, Z: a number for each place and channel.
        input_gradient: of X, Z, dJ/dZ and the window, dJ/dX.
    """

    forward: Callable[[Array, Window], Array]
    input_gradient: Callable[[Array, Array, Array, Window], Array]


def largest(X: Array, window: Window) -> Array:
    """The largest number in the window."""
    parts = window.parts(window.pad(X, -float("inf")))
    return reduce(array_module(X).maximum, (part for _, part in parts))


def largest_input_gradient(X: Array, Z: Array, dZ: Array, window: Window) -> Array:
    """dZ where the largest number came from: the first of equals, row by row."""
    xp = array_module(X)
    free = xp.ones(Z.shape, bool)  # where it has not been met yet
    P, dP = window.pad(X, -float("inf")), zeros(window.padded(X.shape), X)
    for (_, part), (_, found) in zip(window.parts(P), window.parts(dP), strict=True):
        taken = free & (part == Z)
        found += xp.where(taken, dZ, 0)
        free &= ~taken
    return window.inner(dP, X.shape)


def mean(X: Array, window: Window) -> Array:
    """The mean of the numbers in the window."""
    parts = window.parts(window.pad(X))
    return reduce(array_module(X).add, (part for _, part in parts)) / counts(X, window)


def mean_input_gradient(X: Array, Z: Array, dZ: Array, window: Window) -> Array:
    """dZ, in equal shares to all numbers in the window."""
    share, dP = dZ / counts(X, window), zeros(window.padded(X.shape), X)
    for _, found in window.parts(dP):
        found += share
    return window.inner(dP, X.shape)


def counts(X: Array, window: Window) -> Array:
    """How many numbers of the picture each window has, (1, places down, places across, 1)."""
    xp = array_module(X)
    inside = xp.ones_like(X[:1, :, :, :1])
    return reduce(xp.add, (part for _, part in window.parts(window.pad(inside))))


# By their names in a spec.
POOLS = {
    "max": Pool(largest, largest_input_gradient),
    "average": Pool(mean, mean_input_gradient),
}
