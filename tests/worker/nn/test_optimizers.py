from typing import Literal

import numpy as np
import pytest
from numpy.testing import assert_allclose

from worker.nn.optimizers import SGD, Adam


def test_sgd_steps_against_the_gradient() -> None:
    W, b = np.array([[1.0, 2.0]]), np.array([3.0])
    SGD([W, b]).step([np.array([[10.0, -10.0]]), np.array([1.0])], learning_rate=0.1)
    assert (W.tolist(), b.tolist()) == ([[0.0, 3.0]], [2.9])


def test_the_first_adam_step_is_the_learning_rate_whatever_the_gradient() -> None:
    p = np.zeros(3)
    Adam([p], 0.9, 0.999, 1e-8).step([np.array([5.0, -0.2, 1e-3])], learning_rate=0.1)
    assert_allclose(p, [-0.1, 0.1, -0.1], rtol=1e-4)


def test_adam_follows_algorithm_1_of_its_paper() -> None:
    rng = np.random.default_rng(0)
    p, theta = np.ones(4), np.ones(4)
    optimizer = Adam([p], beta1=0.9, beta2=0.99, eps=1e-6)
    m, v = np.zeros(4), np.zeros(4)
    for t in range(1, 51):
        g = rng.normal(size=4)
        optimizer.step([g], learning_rate=0.01)
        m = 0.9 * m + (1 - 0.9) * g
        v = 0.99 * v + (1 - 0.99) * g**2
        theta = theta - 0.01 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.99**t)) + 1e-6)
        assert_allclose(p, theta, rtol=1e-12)


@pytest.mark.parametrize("kind", [SGD, lambda params: Adam(params, 0.9, 0.999, 1e-8)])
def test_parameters_change_in_place_and_keep_their_dtype(kind: type[SGD]) -> None:
    p = np.ones(2, np.float32)
    kind([p]).step([np.ones(2, np.float32)], learning_rate=0.5)
    assert p.dtype == np.float32
    assert (p < 1).all()


@pytest.mark.parametrize("kind", [SGD, lambda params: Adam(params, 0.9, 0.999, 1e-8)])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("other", ["C", "F"])
def test_a_step_depends_neither_on_how_arrays_are_stored_nor_on_their_size(
    kind: type[SGD], order: Literal["C", "F"], other: Literal["C", "F"]
) -> None:
    rng = np.random.default_rng(0)
    W, g = rng.normal(size=(2, 300, 400))
    stored, whole = np.array(W, order=order), W.reshape(-1).copy()
    kind([stored]).step([np.array(g, order=other)], learning_rate=0.1)
    pieces = np.array_split(whole, 10)
    kind(pieces).step(np.array_split(g.reshape(-1), 10), learning_rate=0.1)
    assert (stored == whole.reshape(300, 400)).all()
    assert (stored != W).all()


def test_a_parameter_that_is_a_piece_of_a_larger_array_is_refused() -> None:
    with pytest.raises(ValueError, match="copy"):
        SGD([np.ones((4, 4))[:, :2]]).step([np.ones((4, 2))], learning_rate=0.1)
