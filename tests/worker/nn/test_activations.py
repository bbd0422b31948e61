import numpy as np
import pytest
from numpy.testing import assert_allclose

from tests.worker.nn.fixtures.recording import recorded
from tests.worker.nn.gradcheck import numeric_gradient, relative_error
from worker.nn.activations import ACTIVATIONS, TAIL

GELU = recorded("gelu")

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


@pytest.mark.parametrize("name", ["gelu", "gelu_tanh"])
def test_both_forms_of_gelu_are_those_of_fifty_digits(name: str) -> None:
    g, slope, _ = ACTIVATIONS[name]
    Z = np.array([case["z"] for case in GELU["cases"]])
    values, slopes = np.array([case[name] for case in GELU["cases"]]).T
    assert_allclose(g(Z), values, rtol=1e-12, atol=1e-15)
    assert_allclose(slope(Z, g(Z)), slopes, rtol=1e-12, atol=1e-14)


def test_gelu_keeps_its_digits_where_it_is_small() -> None:
    Z = np.array([case["z"] for case in GELU["cases"]])
    values = [case["gelu"][0] for case in GELU["cases"]]
    assert_allclose(ACTIVATIONS["gelu"].g(Z), values, rtol=1e-13, atol=0)


def test_the_coefficients_of_the_normal_distribution_are_those_that_were_computed() -> None:
    assert list(TAIL) == GELU["tail"]
