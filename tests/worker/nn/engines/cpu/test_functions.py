import numpy as np
import pytest
from numpy.testing import assert_allclose

from tests.worker.nn.engines.computing import (
    NOT_FINITE,
    computed,
    eps,
    every_activation,
    every_precision,
)
from worker.nn.activations import ACTIVATIONS, Activation
from worker.nn.arrays import Array
from worker.nn.engines.cpu.engine import CpuEngine
from worker.nn.engines.cpu.functions import exp

pytestmark = pytest.mark.usefixtures("no_step_is_small")

rng = np.random.default_rng(0)


def extreme(precision: str) -> Array:
    """Ordinary numbers, and those at which formulas end."""
    tiny = float(np.finfo(precision).smallest_subnormal)
    ends = [0.0, tiny, 9 * tiny, 1e-8, 20.0, 88.0, 89.0, 709.0, 710.0, 1e4]
    numbers = [*ends, *(-end for end in ends), *rng.normal(0, 3, 490)]
    return np.array(numbers).reshape(30, 17).astype(precision)


# The formulas are evaluated in float64, so that only the kernels' roundings are seen.


@every_activation
@every_precision
def test_an_activation_is_its_formula(g: Activation, precision: str) -> None:
    Z, do = extreme(precision), CpuEngine(precision, threads=3)
    A = computed(do, lambda: do.activate(g, do.copy(Z)))
    assert_allclose(A, g.g(Z.astype("float64")), 8 * eps(precision), 32 * eps(precision))


@every_activation
@every_precision
def test_the_way_back_through_it_is_its_slope(g: Activation, precision: str) -> None:
    Z, do = extreme(precision), CpuEngine(precision, threads=3)
    A, dA = g.g(Z.astype("float64")), rng.uniform(-2, 2, Z.shape).astype(precision)
    dZ = computed(do, lambda: do.chain(g, do.copy(Z), do.copy(A), do.copy(dA)))
    expected = dA * g.slope(Z.astype("float64"), A)
    # That of gelu_tanh multiplies 1 − tanh², a difference, by up to 23 before it vanishes.
    assert_allclose(dZ, expected, 8 * eps(precision), 256 * eps(precision))


@every_activation
@every_precision
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_what_is_not_finite_becomes_what_the_formula_makes_of_it(
    g: Activation, precision: str
) -> None:
    Z, do = np.array([NOT_FINITE], precision), CpuEngine(precision, threads=1)
    A = computed(do, lambda: do.activate(g, do.copy(Z)))
    assert_allclose(A, g.g(Z), atol=1e-300)


def test_an_exponential_is_right_to_the_last_two_digits() -> None:
    X = np.linspace(-700, 700, 20_001)
    found = np.array([exp(x) for x in X])
    # Where there is no longer number than a double, NumPy's own is within one.
    exact = np.exp(X.astype("longdouble"))
    assert (np.abs(found - exact) <= 2 * np.spacing(exact.astype("float64"))).all()


def test_a_small_probability_keeps_its_digits() -> None:
    Z, do = np.linspace(-700, -40, 10_000).reshape(100, 100), CpuEngine("float64", threads=1)
    A = computed(do, lambda: do.activate(ACTIVATIONS["sigmoid"], do.copy(Z)))
    assert_allclose(A, np.exp(Z), rtol=8 * eps("float64"))
