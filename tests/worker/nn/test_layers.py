import numpy as np
import pytest
from numpy.testing import assert_allclose

from tests.worker.nn.gradcheck import numeric_gradient, relative_error
from worker.nn.activations import ACTIVATIONS
from worker.nn.backend import Generator, Purpose, generator
from worker.nn.layers import Activate, Dense, Dropout


def chance(step: int = 0) -> Generator:
    return generator(1, Purpose.DROPOUT, epoch=0, step=step)


def test_a_dense_layer_worked_by_hand() -> None:
    layer = Dense(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([10.0, 20.0]))
    Z, backward = layer.forward(np.array([[1.0, -1.0]]))
    dZ = np.array([[1.0, 0.5]])
    dW, db = backward.gradients(dZ)
    assert Z.tolist() == [[8, 18]]
    assert dW.tolist() == [[1, 0.5], [-1, -0.5]]
    assert db.tolist() == [1, 0.5]
    assert backward.to_input(dZ).tolist() == [[2, 5]]


@pytest.mark.parametrize("order", ["C", "F"])
def test_the_gradient_of_weights_is_stored_as_they_are(order: str) -> None:
    W = np.asarray(np.ones((4, 3)), order=order)  # type: ignore[call-overload]
    _, backward = Dense(W, np.zeros(3)).forward(np.ones((2, 4)))
    dW, _ = backward.gradients(np.ones((2, 3)))
    assert dW.strides == W.strides


def test_only_a_layer_with_a_bend_has_a_slope() -> None:
    X = np.array([[-1.0, 2.0]])
    slopes = [
        layer.forward(X, None)[1].slope
        for layer in (Dense(np.eye(2), np.zeros(2)), Activate(ACTIVATIONS["relu"]), Dropout(0.5))
    ]
    assert slopes[0] is slopes[2] is None
    assert slopes[1] is not None
    assert slopes[1]().tolist() == [[0, 1]]


@pytest.mark.parametrize("layer", [Activate(ACTIVATIONS["tanh"]), Dropout(0.5)])
def test_a_layer_without_parameters_has_no_gradients(layer: Activate | Dropout) -> None:
    _, backward = layer.forward(np.ones((2, 3)), chance())
    assert layer.params == backward.gradients(np.ones((2, 3))) == []


def test_without_chance_nothing_is_left_out() -> None:
    X = np.arange(6.0).reshape(2, 3)
    out, backward = Dropout(0.9).forward(X)
    assert (out == X).all()
    assert (backward.to_input(X) == X).all()


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_what_stays_makes_up_for_what_goes(rate: float) -> None:
    out, _ = Dropout(rate).forward(np.ones((500, 400)), chance())
    # Of 200,000 numbers, the share that stays is known to within 0.0012: four times that.
    assert (out != 0).mean() == pytest.approx(1 - rate, abs=0.005)
    assert_allclose(out[out != 0], 1 / (1 - rate))
    assert out.mean() == pytest.approx(1, abs=0.005 / (1 - rate))


def test_a_key_leaves_out_the_same_units_and_another_step_others() -> None:
    layer, X = Dropout(0.5), np.ones((20, 30))
    first, again, other = (layer.forward(X, chance(step))[0] for step in (3, 3, 4))
    assert (first == again).all()
    assert (first != other).any()


def test_the_same_units_go_in_either_precision() -> None:
    narrow, wide = (
        Dropout(0.3).forward(np.ones((20, 30), dtype), chance())[0]
        for dtype in ("float32", "float64")
    )
    assert [array.dtype.name for array in (narrow, wide)] == ["float32", "float64"]
    assert ((narrow == 0) == (wide == 0)).all()


def test_the_way_back_through_dropout_is_its_derivative_under_the_same_mask() -> None:
    rng, layer = np.random.default_rng(0), Dropout(0.4)
    X, weight = rng.normal(size=(2, 5, 4))
    _, backward = layer.forward(X, chance())

    def cost() -> float:
        return float((layer.forward(X, chance())[0] * weight).sum())

    assert relative_error(backward.to_input(weight), numeric_gradient(cost, X)) < 1e-7
