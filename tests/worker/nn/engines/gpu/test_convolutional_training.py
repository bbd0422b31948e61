"""Networks of layers of pictures, in any order, are trained on a graphics processor as the formulas
say."""

from collections.abc import Callable

import numpy as np
import pytest

from tests.worker.nn.engines.comparing import DeviceOf, close
from tests.worker.nn.engines.computing import RULES, every_precision, rows_of
from tests.worker.nn.engines.simulated.device import SimulatedDevice, descending, shuffled
from tests.worker.nn.test_convolutional_network import CLASSES, network_of
from worker.nn.arrays import Array, on_host
from worker.nn.engine import Eager
from worker.nn.engines.base import COST_SUM, RIGHT
from worker.nn.engines.gpu.device import Device
from worker.nn.engines.gpu.engine import GpuEngine
from worker.nn.engines.step_numbers import numbers_of
from worker.nn.losses import SOFTMAX
from worker.nn.network import Network
from worker.nn.normalization import Normalization
from worker.nn.optimizers import Optimizer

rng = np.random.default_rng(0)
ROWS, STEPS, RATE, PICTURE = 5, 4, 0.02, (6, 5, 3)
SAMPLES = rng.integers(0, 256, (ROWS * STEPS, *PICTURE), dtype="uint8")
LABELS = rng.integers(0, CLASSES, len(SAMPLES))
NORMAL = Normalization(np.full(PICTURE, 128.0), np.full(PICTURE, 0.015))


def starting(seed: int) -> Network:
    return network_of(np.random.default_rng(seed), (ROWS, *PICTURE))


def left(network: Network, optimizer: Optimizer, cost: float, right: float) -> list[Array]:
    # All together: of a bias that a batch normalization takes away again, there is only rounding.
    kinds = network.params, network.running, *optimizer.moments.values()
    arrays = [np.concatenate([on_host(X).ravel() for X in kind]) for kind in kinds]
    return [*arrays, np.array([cost, right])]


def trained(device: Device, seed: int, at_once: int = STEPS) -> list[Array]:
    """What some steps leave, and then all samples cost and how many of them are right."""
    do, network = GpuEngine(device), starting(seed)
    network.to(do.copy)
    optimizer = RULES["momentum"](network.params)
    optimizer.to(lambda moment: do.empty(*moment.shape))

    def logits() -> tuple[Array, Callable[[Array], list[Array]]]:
        Z, tape = network.forward(do.batch(NORMAL, pictures=True), do)
        return Z, tape.backward

    def step() -> None:
        Z, backward = logits()
        do.update(optimizer, backward(do.cost(SOFTMAX, Z)))

    program = do.record(ROWS, step)
    whole = do.record(len(SAMPLES), lambda: do.cost(SOFTMAX, logits()[0]), training=False)
    rows = rows_of(SAMPLES, LABELS)
    for first in range(0, STEPS, at_once):
        optimizer.t += at_once
        program.run(rows, first * ROWS, numbers_of(optimizer, [RATE] * at_once))
    do.cells[:] = 0
    whole.run(rows, 0, numbers_of(None, [0.0]))
    return left(network, optimizer, do.cells[COST_SUM], do.cells[RIGHT])


def by_formulas(precision: str, seed: int) -> list[Array]:
    network = starting(seed)
    network.to(lambda array: array.astype(precision))
    optimizer = RULES["momentum"](network.params)
    X = NORMAL.astype(precision).apply(SAMPLES)
    Y = SOFTMAX.targets(LABELS, CLASSES, X)
    for first in range(0, len(X), ROWS):
        batch = slice(first, first + ROWS)
        Z, tape = network.forward(X[batch], Eager(training=True))
        optimizer.step(tape.backward(SOFTMAX.cost(Z, Y[batch], 1)[1]), RATE)
    Z = network.logits(X)
    right = (SOFTMAX.answers(Z) == LABELS).sum()
    return left(network, optimizer, float(SOFTMAX.cost(Z, Y, 1)[0]) * len(X), right)


@pytest.mark.parametrize("seed", range(6))
@every_precision
def test_a_training_is_that_of_the_formulas(device_of: DeviceOf, precision: str, seed: int) -> None:
    digits = {"float32": 1e-3, "float64": 1e-10}[precision]
    expected = by_formulas(precision, seed)
    for ours, theirs in zip(trained(device_of(precision), seed), expected, strict=True):
        close(ours, theirs, precision, digits)


@every_precision
def test_a_training_repeats_to_the_byte_whatever_is_taken_at_once(
    device_of: DeviceOf, precision: str
) -> None:
    together, again, one_by_one = (
        [X.tobytes() for X in trained(device_of(precision), 0, at_once)]
        for at_once in (STEPS, STEPS, 1)
    )
    assert together == again
    assert together == one_by_one


@pytest.mark.parametrize("order", [descending, shuffled])
@every_precision
def test_the_order_in_which_threads_come_makes_no_difference(
    precision: str, order: Callable[[int], Array]
) -> None:
    found, expected = (
        [X.tobytes() for X in trained(device, 1)]
        for device in (SimulatedDevice(precision, order=order), SimulatedDevice(precision))
    )
    assert found == expected
