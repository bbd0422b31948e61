"""Functions of one number, for kernels to work on whole vectors of them."""

import math
from typing import Any

import numba
import numpy
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from worker.nn.activations import DENSITY, GELU_CUBIC, GELU_SCALE, TAIL, TAIL_TURN
from worker.nn.engines.cpu.tile import HOW, compiled, exact

# 1/k! from 13 down: eʳ for |r| ≤ (ln 2)/2 to the last digit of a double; and ln 2 in two parts, of
# which the first has so few digits that its products are exact: they must not become one again.
EXP = tuple(1 / math.factorial(k) for k in range(13, -1, -1))
LN2_HIGH, LN2_LOW = 6.93145751953125e-1, 1.42860682030941723212e-6

# Whatever it costs: a loop that calls something does not work on vectors.
inlined = numba.njit(**HOW, forceinline=True, fastmath={"contract"})


@intrinsic
def double_of(context: Any, bits: Any) -> Any:
    """The double that has these bits."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(bits), code


@intrinsic
def tail_series(context: Any, t: Any) -> Any:
    """The polynomial of TAIL. A loop over so many coefficients would stay one."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        series, *others = (ir.Constant(ir.DoubleType(), c) for c in TAIL)
        for coefficient in others:
            product = builder.fmul(series, arguments[0], flags=["contract"])
            series = builder.fadd(product, coefficient, flags=["contract"])
        return series

    return types.float64(t), code


@compiled
def real(like, x):
    """x as a number of `like`'s dtype: with doubles among them, vectors would be half as long."""
    return like.dtype.type(x)


@exact
def exp_parts(x):
    """eˣ = scale · (1 + less), as doubles: a small less keeps its digits. No call, no branch: so a
    loop over it works on whole vectors.

    Source: Cody and Waite, Software manual for the elementary functions, 1980, chapter 6.
    """
    x = min(max(numpy.float64(x), -700.0), 700.0)
    n = math.floor(x * 1.4426950408889634 + 0.5)
    r = (x - n * LN2_HIGH) - n * LN2_LOW
    series = EXP[0]
    for k in range(1, 13):
        series = series * r + EXP[k]
    return double_of(numpy.int64(n + 1023) << 52), series * r


@exact
def exp(x):
    """eˣ, as a double."""
    scale, less = exp_parts(x)
    return scale + scale * less


@compiled
def sigmoid(x):
    return 1 / (1 + exp(-x))


@exact
def tanh(x):
    scale, less = exp_parts(-2 * abs(x))
    small = scale * less + (scale - 1)  # e^(−2|x|) − 1
    return math.copysign(-small / (2 + small), x)


@exact
def bell(x):
    """e^(−x²/2); beyond what exp can say, 1e-304."""
    return exp(-0.5 * x * x)


@inlined
def normal(x):
    """Φ(x), Φ the normal distribution."""
    u = TAIL_TURN / (abs(x) + TAIL_TURN)
    tail = bell(x) * tail_series(1 - 2 * u) * u
    sign = math.copysign(1.0, x)
    return max(sign, 0.0) - sign * tail  # without a branch: the tail, or 1 less it


@inlined
def gelu_slope(x):
    # Where the bell is 0, a large x must not make more of what exp says.
    return normal(x) + DENSITY * min(max(x, -40.0), 40.0) * bell(x)


@compiled
def cubic_tanh(x):
    return tanh(GELU_SCALE * (x + GELU_CUBIC * x * x * x))


@compiled
def gelu_tanh_slope(x):
    t = cubic_tanh(x)
    inner = GELU_SCALE * (1 + 3 * GELU_CUBIC * min(x * x, 1e4))
    return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * inner
