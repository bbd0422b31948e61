"""Batch normalization on a graphics processor is what the formulas say."""

from collections.abc import Callable

import numpy as np
import pytest

from tests.worker.nn.engines.comparing import DeviceOf, Given, computed, like_formulas
from tests.worker.nn.engines.computing import every_precision
from tests.worker.nn.engines.simulated.device import SimulatedDevice, descending, shuffled
from worker.nn.arrays import Array
from worker.nn.engine import Engine
from worker.nn.engines.base import TrainingEngine
from worker.nn.engines.gpu.engine import GpuEngine
from worker.nn.engines.gpu.grid import LANES, PIECE_ROWS

rng = np.random.default_rng(0)

SHAPES = [(2, 4), (9, 1), (3, 2 * LANES + 1), (3, 2, 2, 5), (1, 3, 1, 2), (PIECE_ROWS + 7, 2)]


def normalized(
    do: Engine, X: Array, gamma: Array, beta: Array, dZ: Array, mean: Array, variance: Array
) -> list[Array]:
    """All that comes of it both ways, and the running statistics as it leaves them."""
    by = do.statistics(X, [mean, variance], 0.9, 0.3)
    gradients = [do.normalize_scale_gradient(X, by, dZ), do.add_rows(dZ)]
    back = do.normalize_input_gradient(X, by, gamma, gradients, dZ)
    forward = do.normalize(X, by, gamma, beta)
    return [by.mean, by.deviation, forward, *gradients, back, mean, variance]


def arrays_for(shape: tuple[int, ...]) -> list[Array]:
    X, dZ = rng.normal(2, 3, size=(2, *shape))
    gamma, beta, mean = rng.normal(size=(3, shape[-1]))
    return [X, gamma, beta, dZ, mean, rng.uniform(0.5, 2, shape[-1])]


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@every_precision
def test_normalization_forward_and_backward(
    device_of: DeviceOf, precision: str, shape: tuple[int, ...], training: bool
) -> None:
    digits = {"float32": 1e-4, "float64": 1e-12}[precision]
    given = arrays_for(shape)
    like_formulas(device_of, precision, normalized, *given, training=training, digits=digits)


@pytest.mark.parametrize("shape", [(1, 3), (1, 1, 1, 3)], ids=str)
def test_one_row_is_refused_as_a_step_is_recorded(
    device_of: DeviceOf, shape: tuple[int, ...]
) -> None:
    do, given = GpuEngine(device_of("float64")), arrays_for(shape)
    with pytest.raises(ValueError, match="Expected at least two numbers of each column"):
        do.record(1, lambda: normalized(do, *map(do.copy, given)))


def test_running_statistics_follow_step_by_step(device_of: DeviceOf) -> None:
    do, X = GpuEngine(device_of("float64")), rng.normal(size=(8, 3))
    mean, variance = do.copy(np.zeros(3)), do.copy(np.ones(3))

    def step(do: TrainingEngine) -> Given:
        do.statistics(do.copy(X), [mean, variance], 0.75, 0.0)
        return [mean, variance]

    found, spread, _ = computed(do, step)
    assert found == pytest.approx(0.25 * X.mean(axis=0))
    assert spread == pytest.approx(0.75 + 0.25 * X.var(axis=0, ddof=1))


@pytest.mark.parametrize("order", [descending, shuffled])
@pytest.mark.parametrize("shape", [(3, 5, 5, 2 * LANES + 1), (PIECE_ROWS + 7, 2)], ids=str)
@every_precision
def test_the_order_in_which_threads_come_makes_no_difference(
    precision: str, shape: tuple[int, ...], order: Callable[[int], Array]
) -> None:
    given = arrays_for(shape)
    found, expected = (
        computed(GpuEngine(device), lambda do: normalized(do, *map(do.copy, given)))
        for device in (SimulatedDevice(precision, order=order), SimulatedDevice(precision))
    )
    assert [X.tobytes() for X in found] == [X.tobytes() for X in expected]
