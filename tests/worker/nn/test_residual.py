import numpy as np
import pytest
from numpy.testing import assert_allclose

from tests.worker.nn.gradcheck import layer_errors
from worker.nn.activations import ACTIVATIONS
from worker.nn.arrays import Array
from worker.nn.batch_normalization import BatchNormalization
from worker.nn.convolution import Convolution
from worker.nn.engine import EAGER, Eager, Engine
from worker.nn.layers import Activate, Backward, Dense, Layer
from worker.nn.network import Network
from worker.nn.pooling import Pooling
from worker.nn.pools import POOLS
from worker.nn.residual import Residual, simple_layers
from worker.nn.windows import Window

RNG = np.random.default_rng(19)
TANH = ACTIVATIONS["tanh"]


def kernel(*shape: int) -> Array:
    return RNG.normal(size=shape)


def block(stride: int, filters: int) -> Residual:
    """Of pictures with two channels."""
    layers: list[Layer] = [
        Convolution(kernel(3, 3, 2, filters), stride=stride),
        BatchNormalization(kernel(filters), kernel(filters), eps=0.1),
        Activate(TANH),
        Convolution(kernel(3, 3, filters), kernel(filters)),
    ]
    same = stride == 1 and filters == 2
    return Residual(layers, None if same else Convolution(kernel(1, 1, 2, filters), stride=stride))


def test_a_residual_worked_by_hand() -> None:
    layer = Residual([Dense(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([10.0, 20.0]))])
    Z, backward = layer.forward(np.array([[1.0, -1.0]]))
    dZ = np.array([[1.0, 0.5]])
    dW, db = backward.gradients(dZ)
    assert Z.tolist() == [[9, 17]]
    assert dW.tolist() == [[1, 0.5], [-1, -0.5]]
    assert db.tolist() == [1, 0.5]
    assert backward.to_input(dZ).tolist() == [[3, 5.5]]


def test_layers_that_return_zero_let_the_input_pass() -> None:
    X = kernel(2, 3, 3, 2)
    Z, backward = Residual([Convolution(np.zeros((3, 3, 2, 2)))]).forward(X)
    assert (Z == X).all()
    assert (backward.to_input(X) == X).all()


def test_no_layers_double_their_input() -> None:
    layer, X = Residual([]), kernel(2, 3)
    Z, backward = layer.forward(X)
    assert layer.params == layer.running == backward.gradients(Z) == []
    assert_allclose(Z, 2 * X)
    assert_allclose(backward.to_input(Z), 2 * Z)


@pytest.mark.parametrize("do", [EAGER, Eager(training=True)], ids=["answering", "training"])
@pytest.mark.parametrize(("stride", "filters"), [(1, 2), (2, 2), (1, 3), (3, 1)])
@pytest.mark.parametrize("shape", [(2, 3, 4, 2), (1, 4, 4, 2), (5, 1, 1, 2)])
def test_the_way_back_is_the_derivative(
    stride: int, filters: int, shape: tuple[int, ...], do: Eager
) -> None:
    assert max(layer_errors(block(stride, filters), kernel(*shape), do)) < 1e-7


@pytest.mark.parametrize("layers", [[Activate(TANH)], [Activate(TANH), Residual([Activate(TANH)])]])
def test_a_residual_may_have_nothing_to_train(layers: list[Layer]) -> None:
    assert max(layer_errors(Residual(layers), kernel(2, 3))) < 1e-7


def test_residuals_may_lie_in_residuals() -> None:
    layer = Residual([Activate(TANH), block(1, 2), block(2, 3)], block(2, 3))
    assert max(layer_errors(layer, kernel(2, 3, 3, 2))) < 1e-7


def test_its_arrays_are_those_of_the_layers_and_then_of_the_projection() -> None:
    norm = BatchNormalization(np.ones(3), np.zeros(3))
    inner, projection = Convolution(kernel(3, 3, 2, 3)), Convolution(kernel(1, 1, 2, 3))
    layer = Residual([inner, norm], projection)
    found = [*inner.params, *norm.params, *projection.params]
    assert [p is own for p, own in zip(layer.params, found, strict=True)] == [True] * 4
    assert [kept is own for kept, own in zip(layer.running, norm.running, strict=True)] == [
        True
    ] * 2


def test_a_network_of_copies_has_the_arrays_of_its_residuals_copied() -> None:
    network, X = Network([block(2, 3)]), kernel(2, 3, 3, 2)
    before, given = network.logits(X), network.params + network.running
    network.to(np.copy)
    assert (network.logits(X) == before).all()
    for array in given:
        array[...] = 0
    assert (network.logits(X) == before).all()


class Counted(Activate):
    """A layer that counts how often it is gone back through."""

    ways = 0

    def forward(self, X: Array, do: Engine = EAGER) -> tuple[Array, Backward]:
        def count(dX: Array) -> Array:
            self.ways += 1
            return dX

        return X, Backward(lambda dZ: [], count)


def test_its_layers_are_gone_back_through_once() -> None:
    counted = Counted(TANH)
    layer = Residual([Dense(np.eye(2), np.zeros(2)), counted])
    Z, backward = layer.forward(kernel(3, 2))
    backward.gradients(Z)
    backward.to_input(Z)
    assert counted.ways == 1


def test_layers_that_return_another_shape_without_a_projection_are_refused() -> None:
    layer = Residual([Convolution(kernel(3, 3, 1, 2))])
    with pytest.raises(
        ValueError, match=r"return \(2, 3, 3, 1\), as its shortcut does, got \(2, 3, 3, 2\)"
    ):
        layer.forward(kernel(2, 3, 3, 1))


def nested() -> tuple[Network, list[Layer]]:
    """A network with a residual in a residual, and its layers in the order of their parameters."""
    layers: list[Layer] = [
        Convolution(kernel(3, 3, 2, 2)),
        Activate(TANH),
        BatchNormalization(np.ones(2), np.zeros(2)),
        Activate(TANH),
        Pooling(POOLS["max"], Window(2, 2)),
        Convolution(kernel(3, 3, 2, 3)),
        Convolution(kernel(1, 1, 2, 3)),
        Activate(TANH),
    ]
    inside = Residual(layers[1:4])
    return Network([layers[0], Residual([inside, *layers[4:6]], layers[6]), layers[7]]), layers


def test_the_layers_within_residuals_stand_in_the_order_of_their_parameters() -> None:
    network, layers = nested()
    found = [*simple_layers(network.layers)]
    assert [layer is own for layer, own in zip(found, layers, strict=True)] == [True] * len(layers)
    params = [p for layer in found for p in layer.params]
    assert [p is own for p, own in zip(network.params, params, strict=True)] == [True] * len(params)


def test_the_tape_tells_of_layers_within_residuals_in_that_order() -> None:
    network, layers = nested()
    X = kernel(2, 4, 4, 2)
    Z, tape = network.forward(X, Eager(training=True))
    tape.backward(Z)
    with_parameters = [layer for layer in layers if layer.params]
    units = [layer.params[0].shape[-1] for layer in with_parameters]
    assert [error.shape[-1] for error in tape.errors] == units
    # Of the last two, the convolution and the projection, both get what comes to their sum.
    assert tape.errors[-1] is tape.errors[-2]
    assert [A.shape for _, _, A in tape.bends()] == [(2, 4, 4, 2), (2, 4, 4, 2), (2, 4, 4, 3)]
    assert len(tape.slopes()) == 4


def test_arrays_can_be_put_in_the_place_of_others() -> None:
    network, _ = nested()
    params, running = ([a + 1 for a in group] for group in (network.params, network.running))
    network.params, network.running = params, running
    for found, given in ((network.params, params), (network.running, running)):
        assert [a is own for a, own in zip(found, given, strict=True)] == [True] * len(given)
