"""Arrays and random numbers; beside it, only `engines` know an array library."""

from enum import IntEnum
from types import ModuleType
from typing import Any

import numpy
import numpy.typing

# A CuPy array may stand in for it: the two share the operators and functions used here.
Array = numpy.typing.NDArray[Any]
Generator = numpy.random.Generator


class Purpose(IntEnum):
    """What random numbers are for. The number is part of the key: never reuse one."""

    START = 0  # starting weights
    SHUFFLE = 1  # the order of the rows in an epoch
    DROPOUT = 2  # which units are left out in an epoch
    AUGMENT = 3  # how the pictures of an epoch are changed
    SPLIT = 4  # which training rows are kept out for validation
    CHECK = 5  # which parameters the gradient check looks at
    EXPLAIN = 6  # how a picture is changed of which an answer is explained
    FOLDS = 7  # which rows are in which fold
    FOLD = 8  # the seed of a training from which a fold is held out


def array_module(X: Array) -> ModuleType:
    """The module that made X; formulas take their functions from it."""
    return numpy


def on_host(X: Array) -> Array:
    """A copy of X, wherever that lives, as a NumPy array."""
    # An array of a device has a way back of its own.
    return X.copy() if isinstance(X, numpy.ndarray) else X.get()


def seen(X: Array) -> Array:
    """X as a NumPy array to look at: itself, or a copy of it if it lives elsewhere."""
    return X if isinstance(X, numpy.ndarray) else on_host(X)


def assign(X: Array, values: Array) -> None:
    """Put a NumPy array's values into X, of the same shape, wherever that lives."""
    if isinstance(X, numpy.ndarray):
        X[...] = values
    else:
        X.set(numpy.ascontiguousarray(values, X.dtype))


def zeros(shape: int | tuple[int, ...], like: Array) -> Array:
    """Zeros of this shape, of `like`'s dtype, where `like` lives."""
    return array_module(like).zeros(shape, dtype=like.dtype)


def zeros_like(X: Array) -> Array:
    """Zeros of X's shape and dtype, where X lives."""
    return array_module(X).zeros_like(X)


def generator(seed: int, purpose: Purpose, epoch: int = 0, step: int = 0) -> Generator:
    """A generator that depends on this key alone, not on what was drawn before.

    So a new use of chance disturbs no old one, and a run that was cut at any step draws
    the same numbers when it goes on.

    Source: Salmon, Moraes, Dror and Shaw, Parallel random numbers: as easy as 1, 2, 3, 2011.
    """
    # Draws advance the two low words of the counter, so keys in the high ones never meet.
    bits = numpy.random.Philox(key=[seed, purpose], counter=[0, 0, step, epoch])
    return numpy.random.Generator(bits)


def mersenne_twister(seed: int) -> Generator:
    """What `numpy.random.seed` begins anew, whose normal numbers are the same in every version of
    NumPy: for starts that others have published. It has less than a Generator has.

    Args:
        seed: below 2⁶⁴; NumPy itself takes those below 2³².

    Source: Matsumoto and Nishimura, Mersenne twister, 1998.
    """
    small = seed < 2**32
    drawing: Any = numpy.random.RandomState(seed if small else [seed % 2**32, seed >> 32])
    return drawing
