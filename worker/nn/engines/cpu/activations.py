"""The activations, for kernels: what each makes of one number, and its share of the chain rule.

The formulas are those of `activations`; tests hold the two against each other.
"""

from typing import Any, NamedTuple

import numba
import numpy

from worker.nn.activations import LEAK
from worker.nn.engines.cpu.functions import (
    cubic_tanh,
    gelu_slope,
    gelu_tanh_slope,
    normal,
    sigmoid,
    tanh,
)
from worker.nn.engines.cpu.tile import FREELY, HOW

inlined = numba.njit(**HOW, forceinline=True, fastmath=FREELY)


class Kernel(NamedTuple):
    """`value(z)` is a = g(z); `chain(da, z, a)` is da · g'(z)."""

    value: Any
    chain: Any


@inlined
def relu(z):
    return 0 if z <= 0 else z  # what is no number stays so


@inlined
def relu_chain(da, z, a):
    return da * (1 if z > 0 else 0)


@inlined
def leaky_relu(z):
    return z if z > 0 else LEAK * z


@inlined
def leaky_relu_chain(da, z, a):
    return da if z > 0 else LEAK * da


@inlined
def gelu(z):
    x = numpy.float64(z)
    return x * normal(x)


@inlined
def gelu_chain(da, z, a):
    return da * gelu_slope(numpy.float64(z))


@inlined
def gelu_tanh(z):
    x = numpy.float64(z)
    return 0.5 * x * (1 + cubic_tanh(x))


@inlined
def gelu_tanh_chain(da, z, a):
    return da * gelu_tanh_slope(numpy.float64(z))


@inlined
def tanh_chain(da, z, a):
    return da * (1 - a * a)


@inlined
def sigmoid_chain(da, z, a):
    return da * a * (1 - a)


@inlined
def identity(z):
    return z


@inlined
def identity_chain(da, z, a):
    return da


@inlined
def no_number(z):
    return numpy.nan


@inlined
def no_chain(da, z, a):
    return numpy.nan


# By their names in ACTIVATIONS.
KERNELS = {
    "relu": Kernel(relu, relu_chain),
    "leaky_relu": Kernel(leaky_relu, leaky_relu_chain),
    "gelu": Kernel(gelu, gelu_chain),
    "gelu_tanh": Kernel(gelu_tanh, gelu_tanh_chain),
    "tanh": Kernel(tanh, tanh_chain),
    "sigmoid": Kernel(sigmoid, sigmoid_chain),
    "identity": Kernel(identity, identity_chain),
}
