"""What a graphics processor does to parameters, and what it tells of them, is what the processor
does and tells."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tests.worker.nn.engines.comparing import DIGITS, DeviceOf, Given, agree, close, computed
from tests.worker.nn.engines.computing import (
    Rule,
    every_activation,
    every_precision,
    every_rule,
    rows_of,
)
from worker.nn.activations import Activation
from worker.nn.arrays import Array, assign, on_host
from worker.nn.engines.base import PIECE, TrainingEngine
from worker.nn.engines.cpu.engine import CpuEngine
from worker.nn.engines.gpu.engine import GpuEngine
from worker.nn.engines.gpu.grid import MOST_BLOCKS, THREADS
from worker.nn.engines.step_numbers import numbers_of
from worker.nn.normalization import Normalization
from worker.nn.optimizers import Optimizer

rng = np.random.default_rng(0)


def some(*shape: int) -> Array:
    return rng.normal(size=shape)


# Parameters and gradients.

ROWS, RATES = 4, np.linspace(0.05, 0.01, 20)
SAMPLES = rng.integers(0, 256, (20 * ROWS, 150), dtype="uint8")
NORMAL = Normalization(SAMPLES.mean(axis=0), np.full(150, 0.01))
BACK, START = some(150, 20), [some(150, 20), some(20)]


def optimized(do: TrainingEngine, rule: Rule) -> tuple[Optimizer, list[Array]]:
    """After twenty steps, in two runs, with falling rates; and averages of the parameters."""
    optimizer = rule([do.copy(p) for p in START])
    optimizer.to(lambda moment: do.empty(*moment.shape))
    averages = [do.copy(p) for p in START]

    def step() -> None:
        X = do.batch(NORMAL)
        dZ = do.product(X, do.copy(BACK))
        do.update(optimizer, [do.product(X.T, dZ), do.add_rows(dZ)])
        for kept, p in zip(averages, optimizer.params, strict=True):
            do.average(kept, p)

    program = do.record(ROWS, step)
    for first in (0, 10):
        optimizer.t += 10
        numbers = numbers_of(optimizer, RATES[first : first + 10].tolist(), 0.5)
        program.run(rows_of(SAMPLES), first * ROWS, numbers)
    return optimizer, averages


@every_rule
@every_precision
def test_twenty_steps_of_an_optimizer(device_of: DeviceOf, precision: str, rule: Rule) -> None:
    expected, expected_averages = optimized(CpuEngine(precision, threads=1), rule)
    found, averages = optimized(GpuEngine(device_of(precision)), rule)
    pairs = [(found.params, expected.params), (averages, expected_averages)]
    pairs += [(found.moments[name], kept) for name, kept in expected.moments.items()]
    for arrays in pairs:
        for ours, theirs in zip(*arrays, strict=True):
            close(on_host(ours), on_host(theirs), precision, 30 * DIGITS[precision])


@every_precision
@pytest.mark.parametrize("count", [1, MOST_BLOCKS * THREADS + 5])
def test_l2_is_added_however_many_numbers_there_are(
    device_of: DeviceOf, precision: str, count: int
) -> None:
    g, p = some(count), some(count)

    def step(do: TrainingEngine) -> Given:
        placed = do.copy(g)
        do.add_scaled(placed, 0.3, do.copy(p))
        return [placed]

    agree(device_of, precision, step)


@every_precision
@pytest.mark.parametrize("size", [1.0, 1e-3, 1e20])  # 1e20² is more than float32 can say
def test_gradients_are_clipped_together(device_of: DeviceOf, precision: str, size: float) -> None:
    gradients = [size * some(7, 30), size * some(30)]

    def step(do: TrainingEngine) -> Given:
        placed = [do.copy(g) for g in gradients]
        do.limit(placed, 1.0)
        return placed

    agree(device_of, precision, step)


# What is told about a step.


@every_precision
@pytest.mark.parametrize("size", [1, PIECE - 1, PIECE, PIECE + 1, 300 * PIECE + 7])
def test_squares_of_any_number_of_pieces(device_of: DeviceOf, precision: str, size: int) -> None:
    X = some(size) * 1e25
    agree(device_of, precision, lambda do: [do.squares(do.copy(X[:9])), do.squares(do.copy(X))])


@every_precision
@pytest.mark.parametrize("shape", [(1, 1), (90, 1), (9, 41)])
def test_a_unit_is_alive_once_some_row_has_an_error(
    device_of: DeviceOf, precision: str, shape: tuple[int, int]
) -> None:
    errors = np.where(some(*shape) > 1.3, 1e-30, 0)
    errors[-1, 0] = np.nan
    before = (some(shape[1]) > 1).astype(float)

    def step(do: TrainingEngine) -> Given:
        flags = do.copy(before)
        do.alive(do.copy(errors), flags)
        return [flags]

    found, _ = agree(device_of, precision, step)
    assert found[0] == 1


@every_activation
@every_precision
def test_flat_slopes_are_counted_unit_by_unit(
    device_of: DeviceOf, precision: str, g: Activation
) -> None:
    Z = rng.normal(0, 3, (77, 41)).astype(precision)

    def step(do: TrainingEngine) -> Given:
        counts = do.copy(np.full(41, 7))  # of the epoch before
        do.saturated(do.slopes(g, do.copy(Z), do.copy(g.g(Z))), 0.01 * g.steepest, counts)
        return [counts]

    agree(device_of, precision, step)


# Where samples are taken depends on how an engine's rows lie.
@every_precision
@pytest.mark.parametrize(("shape", "count"), [((30, 16), 10), ((30, 16), 1000), ((77, 131), 4096)])
def test_how_far_a_matrix_moved_is_measured_on_a_sample_of_every_column(
    device_of: DeviceOf, precision: str, shape: tuple[int, int], count: int
) -> None:
    before, after = some(2, *shape).astype(precision)
    do = GpuEngine(device_of(precision))
    W = do.copy(before)
    sample, _ = computed(do, lambda do: [do.sample(W, count)])
    taken = np.isin(before, sample)
    assert min(count, W.size) <= sample.size <= 2 * count
    assert taken.sum() == sample.size
    assert taken.any(axis=0).all() or sample.size < shape[1]

    assign(W, after)

    def step(do: TrainingEngine) -> Given:
        cell = do.moved(W, do.copy(sample), count)
        return [cell, cell + 1]

    *found, _ = computed(do, step)
    expected = [(X[taken].astype("float64") ** 2).sum() for X in (after - before, before)]
    assert_allclose(found, expected, DIGITS[precision])
