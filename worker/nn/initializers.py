"""Starting weights: normal, with the variance that keeps signals the same size from layer to layer.

Drawn on the host in float64, whatever the device and precision, so that a seed means one start.
Drawn unit by unit, the weights of one unit, a column of W, after one another, as the course does.
Biases start at zero.
"""

from collections.abc import Callable
from math import sqrt

from worker.nn.arrays import Array, Generator

Initializer = Callable[[Generator, int, int], Array]


def he(rng: Generator, n_in: int, n_out: int) -> Array:
    """W, (n_in, n_out), of variance 2/n_in. Source: He et al., Delving deep into rectifiers, 2015,
    equation 10."""
    return rng.normal(0, sqrt(2 / n_in), (n_out, n_in)).T


def xavier(rng: Generator, n_in: int, n_out: int) -> Array:
    """W, (n_in, n_out), of variance 1/n_in. Source: LeCun et al., Efficient backprop, 1998,
    equation 16; known as Xavier's since Caffe."""
    return rng.normal(0, sqrt(1 / n_in), (n_out, n_in)).T


def glorot(rng: Generator, n_in: int, n_out: int) -> Array:
    """W, (n_in, n_out), of variance 2/(n_in + n_out). Source: Glorot and Bengio, Understanding the
    difficulty of training deep feedforward neural networks, 2010, equation 12."""
    return rng.normal(0, sqrt(2 / (n_in + n_out)), (n_out, n_in)).T


def normal(rng: Generator, n_in: int, n_out: int, deviation: float) -> Array:
    """W, (n_in, n_out), of this deviation whatever the widths: to show what goes wrong."""
    return rng.normal(0, deviation, (n_out, n_in)).T


def zeros(rng: Generator, n_in: int, n_out: int) -> Array:
    """W, (n_in, n_out), all 0: the units of a layer then stay alike for ever."""
    return normal(rng, n_in, n_out, 0)
