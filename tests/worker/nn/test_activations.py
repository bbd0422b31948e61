from statistics import NormalDist

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tests.worker.nn.gradcheck import numeric_gradient, relative_error
from worker.nn.activations import ACTIVATIONS

rng = np.random.default_rng(0)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_slope_is_the_derivative(name: str) -> None:
    g, slope, _ = ACTIVATIONS[name]
    Z = rng.normal(size=(3, 4))
    assert relative_error(slope(Z, g(Z)), numeric_gradient(lambda: g(Z).sum(), Z)) < 1e-7


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_far_values_give_no_warning_and_no_nan(name: str, dtype: str) -> None:
    g, slope, _ = ACTIVATIONS[name]
    Z = np.array([-1e4, -100, -1e-30, 0, 1e-30, 100, 1e4], dtype)
    A = g(Z)
    assert A.dtype == Z.dtype
    assert np.isfinite(A).all()
    assert np.isfinite(slope(Z, A)).all()


def test_sigmoid_is_what_its_name_says() -> None:
    Z = rng.normal(size=100) * 3
    assert_allclose(ACTIVATIONS["sigmoid"].g(Z), 1 / (1 + np.exp(-Z)), rtol=1e-12)


def test_relu_passes_what_is_positive() -> None:
    assert ACTIVATIONS["relu"].g(np.array([-2.0, 0.0, 3.0])).tolist() == [0, 0, 3]


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_no_slope_is_steeper_than_the_steepest(name: str) -> None:
    g, slope, steepest = ACTIVATIONS[name]
    Z = np.linspace(-8, 8, 100_001)
    assert np.abs(slope(Z, g(Z))).max() == pytest.approx(steepest, rel=2e-3)


def test_leaky_relu_lets_a_hundredth_through() -> None:
    assert ACTIVATIONS["leaky_relu"].g(np.array([-2.0, 3.0])).tolist() == [-0.02, 3]


def test_gelu_is_close_to_the_input_times_its_normal_probability() -> None:
    Z = np.linspace(-5, 5, 201)
    exact = [z * NormalDist().cdf(z) for z in Z.tolist()]
    assert_allclose(ACTIVATIONS["gelu"].g(Z), exact, atol=1e-3)
