"""Starting weights: normal, with the deviation that keeps signals the same size layer after layer.

Drawn on the host in float64, whatever the device and precision, so that a seed means one start.
Biases start at zero.
"""

from collections.abc import Callable
from math import sqrt

from worker.nn.arrays import Array, Generator, Purpose, generator, mersenne_twister

# The standard deviation of a layer's weights: of n_in, of n_out, and of the scale that a spec may
# give, which `normal` alone heeds.
Initializer = Callable[[int, int, float], float]


def he(n_in: int, n_out: int, scale: float) -> float:
    """√(2/n_in).

    Source: He, Zhang, Ren and Sun, Delving deep into rectifiers, 2015, equation 10.
    """
    return sqrt(2 / n_in)


def xavier(n_in: int, n_out: int, scale: float) -> float:
    """√(1/n_in).

    Source: LeCun, Bottou, Orr and Müller, Efficient backprop, 1998, equation 16; known as Xavier's
    since Caffe.
    """
    return sqrt(1 / n_in)


def glorot(n_in: int, n_out: int, scale: float) -> float:
    """√(2/(n_in + n_out)).

    Source: Glorot and Bengio, Understanding the difficulty of training deep feedforward neural
    networks, 2010, equation 12.
    """
    return sqrt(2 / (n_in + n_out))


def normal(n_in: int, n_out: int, scale: float) -> float:
    """The scale, whatever the widths: to show what goes wrong."""
    return scale


def zeros(n_in: int, n_out: int, scale: float) -> float:
    """0: the units of a layer then stay alike for ever."""
    return 0.0


def course(n_in: int, n_out: int, scale: float) -> float:
    """√(1/n_in), as `xavier`, of the very numbers that the course's notebook draws."""
    return xavier(n_in, n_out, scale)


# By their names in a spec.
INITIALIZERS: dict[str, Initializer] = {
    "he": he,
    "xavier": xavier,
    "glorot": glorot,
    "normal": normal,
    "zeros": zeros,
    "course": course,
}


def start_generator(rule: Initializer, seed: int) -> Generator:
    """What the weights of a network are drawn by, one layer after another."""
    return mersenne_twister(seed) if rule is course else generator(seed, Purpose.START)


def draw(rng: Generator, n_in: int, n_out: int, deviation: float) -> Array:
    """W, (n_in, n_out), float64, of mean 0 and this standard deviation.

    Drawn unit by unit, the weights of one unit, a column of W, after one another, as the course
    does.
    """
    return rng.normal(0, deviation, (n_out, n_in)).T
