"""What steps on a graphics processor take of the data, and leave to chance, is what the processor
does; and nobody sees whether the data was there as a whole."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from tests.worker.nn.engines.comparing import (
    DeviceOf,
    Given,
    agree,
    close,
    computed,
    short_of_memory,
)
from tests.worker.nn.engines.computing import RULES, blank, every_precision, key, rows_of
from tests.worker.nn.engines.simulated.device import SimulatedDevice, descending, shuffled
from worker.nn.activations import ACTIVATIONS
from worker.nn.arrays import Array, on_host
from worker.nn.engines.base import MEASURED, TrainingEngine, numbers_of
from worker.nn.engines.batch import Rows
from worker.nn.engines.cpu.engine import CpuEngine
from worker.nn.engines.gpu.engine import GpuEngine
from worker.nn.losses import LOGISTIC, SOFTMAX
from worker.nn.network import dense_network
from worker.nn.normalization import Normalization

rng = np.random.default_rng(0)
PICTURE = (5, 7, 3)
SAMPLES = rng.integers(0, 256, (40, 5 * 7 * 3), dtype="uint8")
LABELS = rng.integers(0, 3, 40)
NORMAL = Normalization(rng.uniform(0, 255, PICTURE), rng.uniform(0, 0.01, PICTURE))


def epoch(number: int = 0, places: int = 60) -> Rows:
    """Rows with all that chance can decide."""
    chance = np.random.default_rng(number)
    moves = np.column_stack([chance.integers(0, 2, places), chance.integers(-9, 10, (places, 2))])
    order, weights = chance.integers(0, 40, places), chance.uniform(0.5, 2, 3)
    keys = np.array([key(number), key(number + 1)], "uint64")
    return rows_of(SAMPLES, LABELS, order=order, moves=moves, keys=keys, weights=weights)


@every_precision
@pytest.mark.parametrize("picture", [(), PICTURE], ids=["as they are", "moved"])
@pytest.mark.parametrize("steps", [1, 4, 60])
def test_batches_of_an_epoch(
    device_of: DeviceOf, precision: str, picture: tuple[int, ...], steps: int
) -> None:
    normal = NORMAL.astype(precision)
    agree(device_of, precision, lambda do: [do.batch(normal, picture)], epoch(), steps=steps)


@every_precision
@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5, 0.9])
@pytest.mark.parametrize("steps", [1, 4])
def test_dropout_leaves_out_the_same_units(
    device_of: DeviceOf, precision: str, rate: float, steps: int
) -> None:
    def step(do: TrainingEngine) -> Given:
        ones = do.copy(np.ones((60 // steps, 17)))
        return [do.drop(ones, rate, place) for place in (0, 1)]

    agree(device_of, precision, step, epoch(), steps=steps)


def test_an_answer_leaves_nothing_out(device_of: DeviceOf) -> None:
    X = np.ones((4, 9))
    do = GpuEngine(device_of("float64"))
    found, _ = computed(do, lambda do: [do.drop(do.copy(X), 0.5, 0)], training=False)
    assert (found == X).all()


@every_precision
def test_a_batch_of_all_rows_is_normalized_once_and_for_all(
    device_of: DeviceOf, precision: str
) -> None:
    rows, normal = rows_of(SAMPLES, LABELS), NORMAL.astype(precision)

    def step(do: TrainingEngine) -> Given:
        X = do.whole_batch(normal, rows)
        return [X, do.product(X.T, X)]

    agree(device_of, precision, step, rows)


def test_samples_that_are_no_bytes_are_refused(device_of: DeviceOf) -> None:
    do = GpuEngine(device_of("float32"))
    with pytest.raises(TypeError, match="uint8, got float64"):
        computed(do, lambda do: [], rows_of(np.zeros((1, 1))))


def test_more_rows_of_the_same_memory_are_another_dataset(device_of: DeviceOf) -> None:
    do, normal = GpuEngine(device_of("float64")), Normalization(*np.eye(2, 105))
    for count in (7, 40):
        found, _ = computed(do, lambda do: [do.batch(normal)], rows_of(SAMPLES[:count]))
        assert (found == normal.apply(SAMPLES[:count])).all()


def test_programs_of_an_engine_work_in_the_same_places(device_of: DeviceOf) -> None:
    device, found = device_of("float64"), []
    do = GpuEngine(device)
    X = do.copy(np.ones((4, 9)))
    for _ in range(2):
        do.record(4, lambda: found.append(device.address(do.add_rows(X))))
    assert found[0] == found[1]


# Whole trainings: of batches of two sizes, in which all that steps are made of takes part.


def trained(
    do: TrainingEngine, at_once: int = 3, picture: tuple[int, ...] = PICTURE
) -> list[Array]:
    """What three epochs leave.

    Args:
        at_once: steps of an epoch's first three that are taken at once.
    """
    chance, widths = np.random.default_rng(1), [SAMPLES.shape[1], 41, 9, 3]
    pairs = [
        (chance.normal(size=sizes), chance.normal(size=sizes[1])) for sizes in pairwise(widths)
    ]
    network = dense_network(pairs, ACTIVATIONS["gelu"], dropout=0.3)
    network.to(do.copy)
    optimizer = RULES["adam"](network.params)
    optimizer.to(lambda moment: do.empty(*moment.shape))
    alive = do.empty(41)

    def step() -> None:
        logits, tape = network.forward(do.batch(NORMAL, picture), do)
        gradients = tape.backward(do.cost(SOFTMAX, logits))
        do.alive(tape.errors[0], alive)
        do.limit(gradients, 1.0)
        do.update(optimizer, gradients)

    def look() -> None:
        do.cost(SOFTMAX, network.forward(do.batch(NORMAL), do)[0])

    usual, last = do.record(16, step), do.record(12, step)
    whole = do.record(40, look, training=False)
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
@pytest.mark.parametrize("picture", [(), PICTURE], ids=["as they are", "moved"])
def test_data_that_comes_batch_by_batch_makes_no_difference(
    device_of: DeviceOf, precision: str, at_once: int, picture: tuple[int, ...]
) -> None:
    resident, streamed = (
        trained(GpuEngine(device), at_once, picture)
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
