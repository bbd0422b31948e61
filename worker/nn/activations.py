"""Activations g and their slopes g', elementwise."""

from collections.abc import Callable
from math import pi, sqrt
from typing import NamedTuple

from worker.nn.arrays import Array, array_module


class Activation(NamedTuple):
    """A function and its derivative; arrays have any shape.

    Attributes:
        g: of Z, A = g(Z).
        slope: of Z and A, g'(Z). For most functions it is a few operations on A, so nothing is
            computed twice.
        steepest: the largest slope there is.
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


# Φ(−x) = e^(−x²/2) u p(t) for x ≥ 0, where u = 5 / (x + 5) and t = 1 − 2u; of p, the highest power
# first. The numbers are those of tests/worker/nn/fixtures/make_gelu.py. Source of the form:
# Shepherd and Laframboise, Chebyshev approximation of (1 + 2x) exp(x²) erfc x in 0 ≤ x < ∞, 1981.
TAIL_TURN = 5.0
TAIL = (
    -1.5708917166495314e-10,
    1.0118594975933391e-10,
    1.8550164483074685e-09,
    -1.0054463861933964e-09,
    -1.3483378103647207e-08,
    7.16890931217432e-09,
    8.669532857027513e-08,
    -6.622057088663622e-08,
    -5.537757567344183e-07,
    7.955876524686853e-07,
    3.336170543985079e-06,
    -9.952356748037579e-06,
    -1.1875117666755534e-05,
    0.00010897976695137192,
    -0.00015957388554950594,
    -0.0005986753477871946,
    0.004159013360646807,
    -0.013823727741748365,
    0.03300407323403903,
    -0.06270663133424344,
    0.0990611231939961,
    -0.13307650057801151,
    0.15383860995001258,
)
DENSITY = 1 / sqrt(2 * pi)  # of the normal distribution at 0


def tail_ratio(X: Array) -> Array:
    """Φ(−X) e^(X²/2) of X ≥ 0, Φ the normal distribution."""
    u = TAIL_TURN / (X + TAIL_TURN)
    t = 1 - 2 * u
    P = TAIL[0] * t + TAIL[1]
    for coefficient in TAIL[2:]:
        P *= t
        P += coefficient
    P *= u
    return P


def bell(Z: Array) -> Array:
    """e^(−Z²/2)."""
    return array_module(Z).exp(-0.5 * Z * Z)


def normal(Z: Array) -> Array:
    """Φ(Z), also where it is small, to the last digits."""
    T = tail_ratio(abs(Z))
    T *= bell(Z)
    return array_module(Z).where(Z < 0, T, 1 - T)


def gelu(Z: Array) -> Array:
    """Z Φ(Z). Source: Hendrycks and Gimpel, Gaussian error linear units, 2016."""
    return Z * normal(Z)


def gelu_slope(Z: Array, A: Array) -> Array:
    """Φ(Z) + Z Φ'(Z)."""
    return normal(Z) + DENSITY * Z * bell(Z)


GELU_SCALE, GELU_CUBIC = sqrt(2 / pi), 0.044715


def cubic_tanh(Z: Array) -> Array:
    """About 2 Φ(Z) − 1."""
    return array_module(Z).tanh(GELU_SCALE * (Z + GELU_CUBIC * Z * Z * Z))


def gelu_tanh(Z: Array) -> Array:
    """Z Φ(Z) in its tanh form, which is within 0.0005 of it. Source: the same, section 2."""
    return 0.5 * Z * (1 + cubic_tanh(Z))


def gelu_tanh_slope(Z: Array, A: Array) -> Array:
    """Of the tanh form, by the product and chain rules."""
    T = cubic_tanh(Z)
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
    "gelu_tanh": Activation(gelu_tanh, gelu_tanh_slope, steepest=1.13),
    "tanh": Activation(tanh, tanh_slope, steepest=1),
    "sigmoid": Activation(sigmoid, sigmoid_slope, steepest=0.25),
    "identity": Activation(identity, identity_slope, steepest=1),
}
