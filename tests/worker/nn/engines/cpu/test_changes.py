"""What becomes of parameters is what the formulas say, which are evaluated in float64: so only the
kernels' roundings are seen."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tests.worker.nn.engines.computing import (
    Rule,
    computed,
    eps,
    every_precision,
    every_rule,
    rows_of,
)
from worker.nn.arrays import Array
from worker.nn.engines.cpu.engine import CpuEngine
from worker.nn.engines.step_numbers import numbers_of
from worker.nn.normalization import Normalization
from worker.nn.optimizers import SGD
from worker.nn.regularization import add_l2, clip

pytestmark = pytest.mark.usefixtures("no_step_is_small")

rng = np.random.default_rng(0)


def start_of(precision: str) -> list[Array]:
    """A weight of more rows than are taken at once, and a bias."""
    shapes = [(150, 20), (20,)]
    return [rng.normal(size=shape).astype(precision) for shape in shapes]


@every_rule
@every_precision
@pytest.mark.parametrize("watched", [False, True])  # if not, the gradient stays in the cache
def test_twenty_steps_of_an_optimizer_are_its_formulas(
    rule: Rule, precision: str, watched: bool
) -> None:
    rows, rates = 4, np.linspace(0.05, 0.01, 20)
    x, back = rng.integers(0, 256, (80, 150), dtype="uint8"), rng.normal(size=(150, 20))
    normal = Normalization(x.mean(axis=0), np.full(150, 0.01))
    start, do = start_of(precision), CpuEngine(precision, threads=2)
    optimizer = rule([do.copy(p) for p in start])
    optimizer.to(do.copy)

    def step() -> None:
        X = do.batch(normal)
        dZ = do.product(X, do.copy(back))
        gradients = [do.product(X.T, dZ), do.add_rows(dZ)]
        if watched:
            do.squares(gradients[0])
        do.update(optimizer, gradients)

    program = do.record(rows, step)
    optimizer.t += len(rates)
    program.run(rows_of(x), 0, numbers_of(optimizer, rates.tolist()))

    expected = rule([p.astype("float64") for p in start])
    for i, rate in enumerate(rates):
        X = normal.apply(x[rows * i : rows * (i + 1)])
        expected.step([X.T @ (X @ back), (X @ back).sum(axis=0)], rate)
    for found, p in zip(optimizer.params, expected.params, strict=True):
        assert_allclose(found, p, 1e3 * eps(precision), 1e3 * eps(precision))


@every_precision
def test_averages_follow_the_weights(precision: str) -> None:
    start, do, decay = start_of(precision), CpuEngine(precision, threads=2), 0.3
    optimizer = SGD([do.copy(p) for p in start])
    gradients, averages = [[do.copy(p) for p in start] for _ in range(2)]

    def step() -> None:
        do.update(optimizer, gradients)
        for kept, p in zip(averages, optimizer.params, strict=True):
            do.average(kept, p)

    program = do.record(1, step)
    for _ in range(2):
        optimizer.t += 3
        program.run(rows_of(np.zeros((3, 1), "uint8")), 0, numbers_of(optimizer, [0.1] * 3, decay))
    kept, p = 1.0, 1.0  # in proportion to the start
    for t in range(1, 7):
        p -= 0.1
        kept += (1 - min(decay, (1 + t) / (10 + t))) * (p - kept)
    for found, own in zip(averages, start, strict=True):
        assert_allclose(found, kept * own, 30 * eps(precision), 30 * eps(precision))


@every_precision
def test_l2_is_added_to_the_gradients_of_weights(precision: str) -> None:
    params, gradients, do = start_of(precision), start_of(precision), CpuEngine(precision, 2)
    placed = [do.copy(g) for g in gradients]
    computed(do, lambda: do.add_scaled(placed[0], 0.3, do.copy(params[0])))
    add_l2(gradients, params, 0.3)
    for found, g in zip(placed, gradients, strict=True):
        assert_allclose(found, g, 4 * eps(precision), 4 * eps(precision))


@every_precision
@pytest.mark.parametrize("size", [1.0, 1e-3, 1e20])  # 1e20² is more than float32 can say
def test_gradients_are_clipped_together(precision: str, size: float) -> None:
    gradients, do = start_of(precision), CpuEngine(precision, threads=2)
    for g in gradients:
        g *= size
    placed = [do.copy(g) for g in gradients]
    computed(do, lambda: do.limit(placed, 1.0))
    with np.errstate(over="ignore"):
        clip(gradients, 1.0)
    for found, g in zip(placed, gradients, strict=True):
        assert_allclose(found, g, 8 * eps(precision))
