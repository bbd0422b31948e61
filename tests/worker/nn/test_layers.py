from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tests.worker.nn.engines.computing import blank, computed, key, rows_of
from tests.worker.nn.gradcheck import numeric_gradient, relative_error
from worker.nn.activations import ACTIVATIONS
from worker.nn.arrays import Array
from worker.nn.engines.cpu.engine import CpuEngine
from worker.nn.layers import Activate, Dense, Dropout, Flatten, Layer, once


def through(
    layer: Dropout, X: Array, dA: Array, keys: Sequence[int] = (key(1),), *, training: bool = True
) -> tuple[Array, Array]:
    """The layer's output and dJ/dX, for inputs X and dJ/d(output) dA, in a step of training."""
    do, rows = CpuEngine(X.dtype.name, threads=1), rows_of(blank(len(X)), keys=keys)

    def step() -> tuple[Array, Array]:
        out, backward = layer.forward(do.copy(X), do)
        return out, backward.to_input(do.copy(dA))

    found: tuple[Array, Array] = computed(do, step, rows, training=training)
    return found


def dropped(X: Array, rate: float, **how: Any) -> Array:
    """X in a step of training."""
    return through(Dropout(rate), X, X, **how)[0]


def test_a_dense_layer_worked_by_hand() -> None:
    layer = Dense(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([10.0, 20.0]))
    Z, backward = layer.forward(np.array([[1.0, -1.0]]))
    dZ = np.array([[1.0, 0.5]])
    dW, db = backward.gradients(dZ)
    assert Z.tolist() == [[8, 18]]
    assert dW.tolist() == [[1, 0.5], [-1, -0.5]]
    assert db.tolist() == [1, 0.5]
    assert backward.to_input(dZ).tolist() == [[2, 5]]


def test_flatten_makes_a_row_of_each_sample_and_gives_derivatives_their_shape_back() -> None:
    X = np.arange(24.0).reshape(2, 3, 4)
    rows, backward = Flatten().forward(X)
    assert rows.tolist() == [[*range(12)], [*range(12, 24)]]
    assert (backward.to_input(rows) == X).all()


def test_flatten_leaves_rows_as_they_are() -> None:
    X = np.ones((2, 3))
    assert Flatten().forward(X)[0] is X


def test_only_a_layer_with_a_bend_tells_of_it() -> None:
    X, relu = np.array([[-1.0, 2.0]]), ACTIVATIONS["relu"]
    layers = (Dense(np.eye(2), np.zeros(2)), Activate(relu), Dropout(0.5))
    bends = [layer.forward(X)[1].bends for layer in layers]
    assert bends[0] == bends[2] == ()
    ((activation, Z, A),) = bends[1]
    assert activation is relu
    assert Z is X
    assert A.tolist() == [[0, 2]]


@pytest.mark.parametrize("layer", [Flatten(), Activate(ACTIVATIONS["tanh"]), Dropout(0.5)])
def test_a_layer_without_parameters_has_no_gradients(layer: Layer) -> None:
    _, backward = layer.forward(np.ones((2, 3)))
    assert layer.params == backward.gradients(np.ones((2, 3))) == []


def test_what_is_computed_once_is_computed_again_for_another_array() -> None:
    asked: list[Array] = []

    def double(dZ: Array) -> Array:
        asked.append(dZ)
        return 2 * dZ

    back, first, second = once(double), np.ones(2), np.ones(2)
    assert back(first) is back(first)
    assert (back(second) == 2).all()
    assert [array is own for array, own in zip(asked, (first, second), strict=True)] == [True, True]


def test_who_answers_leaves_nothing_out() -> None:
    X = np.arange(6.0).reshape(2, 3)
    out, backward = Dropout(0.9).forward(X)
    assert (out == X).all()
    assert (backward.to_input(X) == X).all()


def test_who_looks_during_training_leaves_nothing_out() -> None:
    X = np.arange(6.0).reshape(2, 3)
    out, dX = through(Dropout(0.9), X, X, training=False)
    assert (out == X).all()
    assert (dX == X).all()


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_what_stays_makes_up_for_what_goes(rate: float) -> None:
    out = dropped(np.ones((500, 400)), rate)
    # Of 200,000 numbers, the share that stays is known to within 0.0012: four times that.
    assert (out != 0).mean() == pytest.approx(1 - rate, abs=0.005)
    assert_allclose(out[out != 0], 1 / (1 - rate))
    assert out.mean() == pytest.approx(1, abs=0.005 / (1 - rate))


def test_a_key_leaves_out_the_same_units_and_another_key_others() -> None:
    X = np.ones((20, 30))
    first, again, other = (dropped(X, 0.5, keys=[key(number)]) for number in (3, 3, 4))
    assert (first == again).all()
    assert (first != other).any()


def test_each_dropout_of_a_network_has_its_own_key() -> None:
    X, keys = np.ones((20, 30)), [key(1), key(2)]
    first, second = (through(Dropout(0.5, place), X, X, keys=keys)[0] for place in (0, 1))
    assert (first == dropped(X, 0.5, keys=keys[:1])).all()
    assert (second == dropped(X, 0.5, keys=keys[1:])).all()


def test_the_same_units_go_in_either_precision() -> None:
    narrow, wide = (dropped(np.ones((20, 30), dtype), 0.3) for dtype in ("float32", "float64"))
    assert [array.dtype.name for array in (narrow, wide)] == ["float32", "float64"]
    assert ((narrow == 0) == (wide == 0)).all()


def test_the_way_back_through_dropout_is_its_derivative_under_the_same_mask() -> None:
    rng, layer = np.random.default_rng(0), Dropout(0.4)
    X, weight = rng.normal(size=(2, 5, 4))

    def cost() -> float:
        return float((through(layer, X, weight)[0] * weight).sum())

    _, dX = through(layer, X, weight)
    assert 0 < (dX == 0).sum() < dX.size
    assert relative_error(dX, numeric_gradient(cost, X)) < 1e-7
