import numpy as np
import pytest
from numpy.testing import assert_allclose

from tests.worker.nn.gradcheck import numeric_gradient, relative_error
from worker.nn.activations import ACTIVATIONS

rng = np.random.default_rng(0)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_slope_is_the_derivative(name: str) -> None:
    g, slope = ACTIVATIONS[name]
    Z = rng.normal(size=(3, 4))
    assert relative_error(slope(Z, g(Z)), numeric_gradient(lambda: g(Z).sum(), Z)) < 1e-7


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_far_values_give_no_warning_and_no_nan(name: str, dtype: str) -> None:
    g, slope = ACTIVATIONS[name]
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
