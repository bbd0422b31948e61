import numpy as np
import pytest
from numpy.testing import assert_allclose

from tests.worker.nn.gradcheck import numeric_gradient, relative_error
from worker.nn.regularization import add_l2, clip, l2_cost, norm

rng = np.random.default_rng(0)


def test_what_is_added_to_the_gradients_is_the_derivative_of_what_is_added_to_the_cost() -> None:
    W, b = rng.normal(size=(4, 3)), rng.normal(size=3)
    dW, db = np.zeros_like(W), np.zeros_like(b)
    add_l2([dW, db], [W, b], 0.3)
    assert relative_error(dW, numeric_gradient(lambda: l2_cost([W, b], 0.3), W)) < 1e-7


def test_l2_comes_on_top_of_the_gradient() -> None:
    dW = np.ones((1, 2))
    add_l2([dW], [np.array([[2.0, -4.0]])], 0.5)
    assert dW.tolist() == [[2, -1]]


def test_a_weight_of_2_costs_twice_l2() -> None:
    assert l2_cost([np.full((1, 1), 2.0)], 0.25) == pytest.approx(0.5)


def test_a_bias_is_let_be() -> None:
    b, db = np.full(3, 5.0), np.ones(3)
    add_l2([db], [b], 0.3)
    assert db.tolist() == [1, 1, 1]
    assert l2_cost([b], 0.3) == 0


@pytest.mark.parametrize("most", [5.0, 5.1, 1e9])
def test_gradients_up_to_the_limit_are_untouched(most: float) -> None:
    gradients = [np.array([[3.0]]), np.array([-4.0])]
    clip(gradients, most)
    assert [g.item() for g in gradients] == [3, -4]


def test_larger_ones_come_down_to_the_limit_together_and_keep_their_direction() -> None:
    gradients = [rng.normal(size=(5, 4)) * 10, rng.normal(size=4) * 1e-3]
    before = [g.copy() for g in gradients]
    clip(gradients, 2.0)
    shares = [g / was for g, was in zip(gradients, before, strict=True)]
    assert np.sqrt(sum((g**2).sum() for g in gradients)) == pytest.approx(2)
    assert_allclose(np.concatenate([share.ravel() for share in shares]), shares[0][0, 0])
    assert 0 < shares[0][0, 0] < 1


def test_gradients_of_zero_stay_zero() -> None:
    g = np.zeros(3)
    clip([g], 1e-3)
    assert g.tolist() == [0, 0, 0]


@pytest.mark.filterwarnings("ignore:overflow")
def test_a_gradient_whose_square_float32_cannot_hold_is_clipped_too() -> None:
    g = np.array([3e25, -4e25], np.float32)
    clip([g], 5.0)
    assert_allclose(g, [3, -4], rtol=1e-6)


def test_the_norm_is_that_of_all_numbers() -> None:
    assert norm(np.array([[1.0, 2.0], [2.0, 4.0]])) == 5
