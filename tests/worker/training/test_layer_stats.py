from functools import partial
from itertools import pairwise

import numpy as np
import pytest

from tests.worker.nn.engines.computing import blank, computed, exact, rows_of
from worker.jsontypes import Json
from worker.nn.activations import ACTIVATIONS
from worker.nn.arrays import Array
from worker.nn.engines.step_numbers import numbers_of
from worker.nn.losses import LOGISTIC
from worker.nn.network import Network, dense_network
from worker.nn.optimizers import SGD
from worker.nn.regularization import norm
from worker.training.layer_stats import SAMPLE, Vitals

rng = np.random.default_rng(0)
INPUTS = rng.normal(size=(40, 6))
LABELS = rng.integers(0, 2, 40)
LEARNING_RATE = 0.1


def network_of(activation: str, widths: tuple[int, ...] = (6, 4, 3, 1)) -> Network:
    pairs = [(rng.normal(size=(n_in, n_out)), np.zeros(n_out)) for n_in, n_out in pairwise(widths)]
    return dense_network(pairs, ACTIVATIONS[activation])


class Watched:
    """A network whose steps, each on all rows, are watched."""

    def __init__(self, network: Network) -> None:
        self._do, self._network = exact(), network
        network.to(self._do.copy)
        self.vitals, self._optimizer = Vitals(network, self._do), SGD(network.params)
        self._steps = {
            last: self._do.record(len(INPUTS), partial(self._step, last)) for last in (False, True)
        }

    def take(self, *, last: bool) -> None:
        """Take a step, or the last one of an epoch."""
        rows = rows_of(blank(len(LABELS)), LABELS)
        self._steps[last].run(rows, 0, numbers_of(self._optimizer, [LEARNING_RATE]))

    def signs(self) -> list[Json]:
        """Of the epoch that ends with the next step."""
        self.take(last=True)
        return self.vitals.layers()

    def _step(self, last: bool) -> None:
        logits, tape = self._network.forward(self._do.copy(INPUTS), self._do)
        gradients = tape.backward(self._do.cost(LOGISTIC, logits))
        self.vitals.watch(tape)
        if last:
            self.vitals.before_last_step(gradients)
        self._do.update(self._optimizer, gradients)
        if last:
            self.vitals.after_last_step(tape)


def test_a_unit_of_relu_that_no_row_reaches_is_dead() -> None:
    network = network_of("relu")
    network.params[1][...] = [-1e3, 1e3, 1e3, 1e3]
    found = Watched(network).signs()
    assert found[0]["dead"] == 0.25
    assert found[0]["saturated"] == 0.25


def test_a_unit_that_lives_in_one_step_of_the_epoch_is_alive() -> None:
    network = network_of("relu", (6, 1, 1))
    watched = Watched(network)
    watched.take(last=False)
    network.params[1][...] = -1e3
    assert watched.signs()[0]["dead"] == 0
    assert watched.signs()[0]["dead"] == 1


def test_a_unit_that_lives_on_one_row_is_alive() -> None:
    network = network_of("relu", (6, 1, 1))
    W, b = network.params[:2]  # noqa: N806
    second, first = np.sort((INPUTS @ W)[:, 0])[-2:]
    b[...] = -(first + second) / 2
    assert Watched(network).signs()[0]["dead"] == 0


def test_a_unit_of_sigmoid_far_from_0_is_saturated() -> None:
    network = network_of("sigmoid")
    network.params[1][...] = [50, -50, 0, 0]
    network.params[0][...] /= 10
    assert Watched(network).signs()[0]["saturated"] == 0.5


@pytest.mark.parametrize("activation", ["identity", "tanh", "leaky_relu", "gelu", "gelu_tanh"])
def test_in_a_healthy_network_all_units_live(activation: str) -> None:
    network = network_of(activation)
    network.params[0][...] /= 10
    for layer in Watched(network).signs()[:-1]:
        assert (layer["dead"], layer["saturated"]) == (0, 0)


@pytest.mark.parametrize("rows", [37, 39])
def test_a_unit_is_saturated_when_it_is_flat_on_nearly_all_rows(rows: int) -> None:
    network = network_of("relu", (6, 1, 1))
    W, b = network.params[:2]  # noqa: N806
    ordered = np.sort((INPUTS @ W)[:, 0])
    b[...] = -(ordered[rows - 1] + ordered[rows]) / 2  # on so many of 40 rows it is 0
    assert Watched(network).signs()[0]["saturated"] == (rows > 0.95 * 40)


def test_the_layer_of_answers_has_no_units_to_count() -> None:
    *hidden, last = Watched(network_of("relu")).signs()
    assert all(isinstance(layer[sign], float) for layer in hidden for sign in ("saturated", "dead"))
    assert (last["saturated"], last["dead"]) == (None, None)
    assert [list(layer) for layer in hidden] == [list(last)] * 2


def test_the_update_is_measured_in_proportion_to_the_weights_before_it() -> None:
    network = network_of("tanh")
    before = [W.copy() for W in network.params[::2]]
    found = Watched(network).signs()
    for layer, was, now in zip(found, before, network.params[::2], strict=True):
        moved = np.sqrt(((now - was) ** 2).sum()) / np.sqrt((was**2).sum())
        assert moved > 0
        assert layer["update_ratio"] == pytest.approx(moved)
        assert layer["weight_norm"] == pytest.approx(np.sqrt((now**2).sum()))


def test_weights_that_were_0_have_a_finite_update() -> None:
    network = network_of("tanh", (6, 1))
    network.params[0][...] = 0
    assert np.isfinite(Watched(network).signs()[0]["update_ratio"])


def test_the_gradient_norms_are_those_of_the_last_step_layer_by_layer() -> None:
    network = network_of("tanh")
    watched = Watched(network)
    watched.take(last=False)
    logits, tape = network.forward(INPUTS)
    gradients = tape.backward(LOGISTIC.cost(logits, LABELS[:, None], 1)[1])
    watched.take(last=True)
    pairs = zip(gradients[::2], gradients[1::2], strict=True)
    expected = [np.hypot(norm(dW), norm(db)) for dW, db in pairs]
    assert watched.vitals.gradient_norms() == pytest.approx(expected)


@pytest.mark.parametrize("shape", [(200, 100), (784, 10), (12_288, 20), (8, 30_000)])
def test_of_many_weights_a_part_is_looked_at_and_some_of_every_unit(shape: tuple[int, int]) -> None:
    do, units = exact(), np.arange(shape[1]) + 1
    W = do.copy(np.broadcast_to(units, shape))  # noqa: N806
    found: Array = computed(do, lambda: do.sample(W, SAMPLE))
    assert SAMPLE <= found.size <= 2 * SAMPLE
    seen = np.unique(found[found > 0])
    assert len(seen) >= min(shape[1], SAMPLE // 2)
