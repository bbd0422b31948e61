"""Activations g and their slopes g', elementwise."""

from collections.abc import Callable
from math import pi, sqrt
from typing import NamedTuple

from worker.nn.backend import Array, array_module


class Activation(NamedTuple):
    """A function and its derivative.

    `g(Z)` gives A. `slope(Z, A)` gives g'(Z); it gets A = g(Z) too, because for most functions
    the slope is a few operations on A and nothing is computed twice. `steepest` is the largest
    slope there is.
    """

    g: Callable[[Array], Array]
    slope: Callable[[Array, Array], Array]
    steepest: float


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


LEAK = 0.01


def leaky_relu(Z: Array) -> Array:
    """Z where it is positive, else a hundredth of it. Source: Maas, Hannun and Ng, Rectifier
    nonlinearities improve neural network acoustic models, 2013."""
    return array_module(Z).maximum(Z, Z.dtype.type(LEAK) * Z)


def leaky_relu_slope(Z: Array, A: Array) -> Array:
    """1 where Z > 0, else 0.01."""
    return array_module(Z).where(Z > 0, Z.dtype.type(1), Z.dtype.type(LEAK))


GELU_SCALE, GELU_CUBIC = sqrt(2 / pi), 0.044715


def gelu_tanh(Z: Array) -> Array:
    return array_module(Z).tanh(GELU_SCALE * (Z + GELU_CUBIC * Z * Z * Z))


def gelu(Z: Array) -> Array:
    """Z Φ(Z), Φ the normal distribution, in its tanh form. Source: Hendrycks and Gimpel, Gaussian
    error linear units, 2016, section 2."""
    return 0.5 * Z * (1 + gelu_tanh(Z))


def gelu_slope(Z: Array, A: Array) -> Array:
    """Of the tanh form, by the product and chain rules."""
    T = gelu_tanh(Z)
    # Where tanh has reached ±1, the square of a large Z would meet a 0, and float32 its end.
    inner = GELU_SCALE * (1 + 3 * GELU_CUBIC * array_module(Z).minimum(Z * Z, 1e4))
    return 0.5 * (1 + T) + 0.5 * Z * (1 - T * T) * inner


def identity(Z: Array) -> Array:
    """Z itself: layers without a bend between them are one layer."""
    return Z


def identity_slope(Z: Array, A: Array) -> Array:
    """1 everywhere."""
    return array_module(Z).ones_like(Z)


ACTIVATIONS = {
    "relu": Activation(relu, relu_slope, steepest=1),
    "leaky_relu": Activation(leaky_relu, leaky_relu_slope, steepest=1),
    "gelu": Activation(gelu, gelu_slope, steepest=1.13),
    "tanh": Activation(tanh, tanh_slope, steepest=1),
    "sigmoid": Activation(sigmoid, sigmoid_slope, steepest=0.25),
    "identity": Activation(identity, identity_slope, steepest=1),
}
