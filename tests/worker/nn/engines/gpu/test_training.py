"""Whole trainings on a graphics processor, with batches of two sizes, are the processor's."""

from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pytest

from tests.worker.nn.engines.comparing import DeviceOf, Given, close, computed, short_of_memory
from tests.worker.nn.engines.computing import RULES, blank, every_precision, rows_of
from tests.worker.nn.engines.gpu.test_transfer import LABELS, NORMAL, SAMPLES, epoch
from tests.worker.nn.engines.simulated.device import SimulatedDevice, descending, shuffled
from worker.nn.activations import ACTIVATIONS
from worker.nn.arrays import Array, on_host
from worker.nn.engines.base import MEASURED, Program, TrainingEngine
from worker.nn.engines.cpu.engine import CpuEngine
from worker.nn.engines.gpu.engine import GpuEngine
from worker.nn.engines.step_numbers import numbers_of
from worker.nn.losses import LOGISTIC, SOFTMAX
from worker.nn.network import Network, dense_network
from worker.nn.optimizers import Optimizer

rng = np.random.default_rng(0)


def starting(do: TrainingEngine) -> tuple[Network, Optimizer]:
    """A network with dropout, and what trains it, where the engine can change them."""
    chance, widths = np.random.default_rng(1), [SAMPLES.shape[1], 41, 9, 3]
    pairs = [
        (chance.normal(size=sizes), chance.normal(size=sizes[1])) for sizes in pairwise(widths)
    ]
    network = dense_network(pairs, ACTIVATIONS["gelu"], dropout=0.3)
    network.to(do.copy)
    optimizer = RULES["adam"](network.params)
    optimizer.to(lambda moment: do.empty(*moment.shape))
    return network, optimizer


class Programs(NamedTuple):
    """A step with 16 rows, the last one of an epoch with 12, and a look at all 40."""

    usual: Program
    last: Program
    whole: Program


def recorded(
    do: TrainingEngine,
    network: Network,
    optimizer: Optimizer,
    alive: Array,
    changed: bool,
) -> Programs:
    """Programs in which all that steps are made of takes part; `alive` has the flags of the first
    layer's units."""

    def step() -> None:
        logits, tape = network.forward(do.batch(NORMAL, changed=changed), do)
        gradients = tape.backward(do.cost(SOFTMAX, logits))
        do.alive(tape.errors[0], alive)
        do.limit(gradients, 1.0)
        do.update(optimizer, gradients)

    def look() -> None:
        do.cost(SOFTMAX, network.forward(do.batch(NORMAL), do)[0])

    return Programs(do.record(16, step), do.record(12, step), do.record(40, look, training=False))


def trained(do: TrainingEngine, at_once: int = 3, changed: bool = True) -> list[Array]:
    """What three epochs leave.

    Args:
        at_once: steps of an epoch's first three that are taken at once.
    """
    (network, optimizer), alive = starting(do), do.empty(41)
    usual, last, whole = recorded(do, network, optimizer, alive, changed)
    for number in range(3):
        rows = epoch(number)
        for first in range(0, 3, at_once):
            optimizer.t += at_once
            usual.run(rows, first * 16, numbers_of(optimizer, [0.01] * at_once))
        optimizer.t += 1
        last.run(rows, 48, numbers_of(optimizer, [0.01]))
        whole.run(rows_of(SAMPLES, LABELS), 0, numbers_of(None, [0.0]))
    moments = [X for kept in optimizer.moments.values() for X in kept]
    found = [on_host(X) for X in (*network.params, *moments, alive)]
    return [*found, do.cells[:MEASURED].copy()]


def same_bytes(found: list[Array], expected: list[Array]) -> bool:
    return [X.tobytes() for X in found] == [X.tobytes() for X in expected]


@every_precision
def test_a_training_is_that_of_the_processor(device_of: DeviceOf, precision: str) -> None:
    found = trained(GpuEngine(device_of(precision)))
    digits = {"float32": 1e-3, "float64": 1e-10}[precision]
    for ours, theirs in zip(found, trained(CpuEngine(precision, threads=1)), strict=True):
        close(ours, theirs, precision, digits)


@every_precision
def test_a_training_repeats_to_the_byte_whatever_is_taken_at_once(
    device_of: DeviceOf, precision: str
) -> None:
    together, again, one_by_one = (
        trained(GpuEngine(device_of(precision)), at_once) for at_once in (3, 3, 1)
    )
    assert same_bytes(together, again)
    assert same_bytes(together, one_by_one)


@every_precision
@pytest.mark.parametrize("at_once", [1, 3])
@pytest.mark.parametrize("changed", [False, True], ids=["as they are", "changed"])
def test_data_that_comes_batch_by_batch_makes_no_difference(
    device_of: DeviceOf, precision: str, at_once: int, changed: bool
) -> None:
    resident, streamed = (
        trained(GpuEngine(device), at_once, changed)
        for device in (device_of(precision), short_of_memory(device_of(precision)))
    )
    assert same_bytes(resident, streamed)


def test_a_dataset_that_fits_is_brought_once(monkeypatch: pytest.MonkeyPatch) -> None:
    device = SimulatedDevice("float64")
    brought, upload = [], device.upload

    def noted(X: Array) -> Array:
        brought.append(X.dtype)
        return upload(X)

    monkeypatch.setattr(device, "upload", noted)
    trained(GpuEngine(device))
    assert brought.count(SAMPLES.dtype) == 1


# A race between the threads of a block, or between blocks, would show here.
@every_precision
@pytest.mark.parametrize("order", [descending, shuffled])
def test_the_order_in_which_threads_come_makes_no_difference(
    precision: str, order: Callable[[int], Array]
) -> None:
    found, expected = (
        trained(GpuEngine(device))
        for device in (SimulatedDevice(precision, order=order), SimulatedDevice(precision))
    )
    assert same_bytes(found, expected)


@every_precision
@pytest.mark.parametrize("order", [descending, shuffled])
@pytest.mark.parametrize("shape", [(3, 300), (300, 3), (40, 1)])
def test_neither_does_it_for_costs_and_what_is_told(
    precision: str, order: Callable[[int], Array], shape: tuple[int, int]
) -> None:
    X, rows = rng.normal(size=shape), rows_of(blank(shape[0]), weights=np.ones(300))
    loss = SOFTMAX if shape[1] > 1 else LOGISTIC

    def step(do: TrainingEngine) -> Given:
        x = do.copy(X)
        cell = do.moved(x, do.sample(x, 50), 50)
        return [do.cost(loss, x), do.add_rows(x), do.squares(x), cell, cell + 1]

    found, expected = (
        computed(GpuEngine(device), step, rows)
        for device in (SimulatedDevice(precision, order=order), SimulatedDevice(precision))
    )
    assert same_bytes(found, expected)
