from itertools import pairwise

import numpy as np
import pytest

from worker.nn.activations import ACTIVATIONS
from worker.nn.losses import LOGISTIC
from worker.nn.network import Network, dense_network
from worker.nn.optimizers import SGD
from worker.vitals import Json, Vitals, sampled

rng = np.random.default_rng(0)
INPUTS = rng.normal(size=(40, 6))
TARGETS = rng.integers(0, 2, (40, 1)).astype(float)


def network_of(activation: str, widths: tuple[int, ...] = (6, 4, 3, 1)) -> Network:
    pairs = [(rng.normal(size=(n_in, n_out)), np.zeros(n_out)) for n_in, n_out in pairwise(widths)]
    return dense_network(pairs, ACTIVATIONS[activation])


def signs(network: Network, vitals: Vitals, learning_rate: float = 0.1) -> list[Json]:
    """Of one step on all rows."""
    logits, tape = network.forward(INPUTS)
    gradients = tape.backward(LOGISTIC.cost(logits, TARGETS, 1)[1])
    vitals.watch(tape)
    vitals.before_last_step()
    SGD(network.params).step(gradients, learning_rate)
    return vitals.after_last_step(tape)


def test_a_unit_of_relu_that_no_row_reaches_is_dead() -> None:
    network = network_of("relu")
    network.params[1][...] = [-1e3, 1e3, 1e3, 1e3]
    found = signs(network, Vitals(network))
    assert found[0]["dead"] == 0.25
    assert found[0]["saturated"] == 0.25


def test_a_unit_that_lives_on_one_row_of_the_epoch_is_alive() -> None:
    network = network_of("relu", (6, 1, 1))
    vitals = Vitals(network)
    logits, tape = network.forward(INPUTS)
    tape.backward(LOGISTIC.cost(logits, TARGETS, 1)[1])
    vitals.watch(tape)
    network.params[1][...] = -1e3
    assert signs(network, vitals)[0]["dead"] == 0
    assert signs(network, vitals)[0]["dead"] == 1


def test_a_unit_of_sigmoid_far_from_0_is_saturated() -> None:
    network = network_of("sigmoid")
    network.params[1][...] = [50, -50, 0, 0]
    network.params[0][...] /= 10
    found = signs(network, Vitals(network))
    assert found[0]["saturated"] == 0.5


@pytest.mark.parametrize("activation", ["identity", "tanh", "leaky_relu"])
def test_in_a_healthy_network_all_units_live(activation: str) -> None:
    network = network_of(activation)
    network.params[0][...] /= 10
    for layer in signs(network, Vitals(network))[:-1]:
        assert (layer["dead"], layer["saturated"]) == (0, 0)


def test_the_layer_of_answers_has_no_units_to_count() -> None:
    network = network_of("relu")
    assert [sorted(layer) for layer in signs(network, Vitals(network))] == [
        ["dead", "saturated", "update_ratio", "weight_norm"],
        ["dead", "saturated", "update_ratio", "weight_norm"],
        ["update_ratio", "weight_norm"],
    ]


def test_the_update_is_measured_in_proportion_to_the_weights_before_it() -> None:
    network = network_of("tanh")
    before = [W.copy() for W in network.params[::2]]
    found = signs(network, Vitals(network))
    for layer, was, now in zip(found, before, network.params[::2], strict=True):
        moved = np.sqrt(((now - was) ** 2).sum()) / np.sqrt((was**2).sum())
        assert layer["update_ratio"] == pytest.approx(moved)
        assert layer["weight_norm"] == pytest.approx(np.sqrt((now**2).sum()))


def test_weights_that_were_0_have_a_finite_update() -> None:
    network = network_of("tanh", (6, 1))
    network.params[0][...] = 0
    assert np.isfinite(signs(network, Vitals(network))[0]["update_ratio"])


@pytest.mark.parametrize("order", ["C", "F"])
def test_of_many_weights_a_part_spread_evenly_is_looked_at(order: str) -> None:
    weights = np.asarray(np.ones((200, 100)), order=order)  # type: ignore[call-overload]
    weights[:, ::2] = 3
    some = sampled(weights)
    assert 4_096 <= some.size <= 2 * 4_096
    assert np.shares_memory(some, weights)
