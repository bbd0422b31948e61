"""Activations g and their slopes g', elementwise."""

from collections.abc import Callable
from typing import NamedTuple

from worker.nn.backend import Array, array_module


class Activation(NamedTuple):
    """A function and its derivative.

    `g(Z)` gives A. `slope(Z, A)` gives g'(Z); it gets A = g(Z) too, because for most functions
    the slope is a few operations on A and nothing is computed twice.
    """

    g: Callable[[Array], Array]
    slope: Callable[[Array, Array], Array]


def sigmoid(Z: Array) -> Array:
    """1 / (1 + e^-Z), without overflow at either end."""
    # The tanh form needs no exponential of a large number and no branch.
    half = Z.dtype.type(0.5)
    return half * array_module(Z).tanh(half * Z) + half


def sigmoid_slope(Z: Array, A: Array) -> Array:
    return A * (1 - A)


def tanh(Z: Array) -> Array:
    return array_module(Z).tanh(Z)


def tanh_slope(Z: Array, A: Array) -> Array:
    return 1 - A * A


def relu(Z: Array) -> Array:
    """max(Z, 0). Source: Nair and Hinton, Rectified linear units, 2010."""
    return array_module(Z).maximum(Z, 0)


def relu_slope(Z: Array, A: Array) -> Array:
    """1 where Z > 0, else 0; at Z = 0, where no derivative exists, 0."""
    return A > 0


ACTIVATIONS = {
    "relu": Activation(relu, relu_slope),
    "tanh": Activation(tanh, tanh_slope),
    "sigmoid": Activation(sigmoid, sigmoid_slope),
}
