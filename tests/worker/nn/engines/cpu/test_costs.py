"""Costs are those of the formulas, which are evaluated in float64: so only the kernels' roundings
are seen."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tests.worker.nn.engines.computing import (
    NOT_FINITE,
    computed,
    eps,
    every_precision,
    rows_of,
    run,
)
from worker.nn.engines.base import BAD_STEP, COST_SUM, RIGHT
from worker.nn.engines.cpu.engine import CpuEngine
from worker.nn.losses import loss_for, smoothed
from worker.nn.normalization import Normalization

pytestmark = pytest.mark.usefixtures("no_step_is_small")

rng = np.random.default_rng(0)


@every_precision
@pytest.mark.parametrize("classes", [2, 3, 10])
@pytest.mark.parametrize("smoothing", [0, 0.1, 0.4])
def test_a_cost_is_its_formula_with_weights_and_right_answers_counted(
    precision: str, classes: int, smoothing: float
) -> None:
    loss, do = loss_for(classes), CpuEngine(precision, threads=2)
    Z = rng.normal(0, 4, (40, loss.units(classes))).astype(precision)
    Z[:2] = [[1e4], [-1e4]]
    order, weights = rng.permutation(60)[:40], rng.uniform(0.1, 3, classes)
    labels = rng.integers(0, classes, 60)
    rows = rows_of(np.zeros((60, 1), "uint8"), labels, weights=weights, order=order)
    dZ = computed(do, lambda: do.cost(loss, do.copy(Z), smoothing), rows)

    wide, taken = Z.astype("float64"), labels[order]
    Y = smoothed(loss.targets(taken, classes, wide), smoothing)
    cost, slopes = loss.cost(wide, Y, weights[taken][:, None])
    assert_allclose(dZ, slopes, 8 * eps(precision), eps(precision))
    assert do.cells[COST_SUM] == pytest.approx(cost * 40, rel=1e-13)
    assert do.cells[RIGHT] == (loss.answers(Z) == taken).sum()


@every_precision
@pytest.mark.parametrize(("classes", "unit"), [(2, 0), (3, 0), (3, 2)])
@pytest.mark.parametrize("number", NOT_FINITE)
def test_a_logit_that_is_not_finite_makes_the_cost_so(
    precision: str, classes: int, unit: int, number: float
) -> None:
    loss, do = loss_for(classes), CpuEngine(precision, threads=1)
    Z = np.zeros((1, loss.units(classes)))
    Z[0, unit] = number
    computed(do, lambda: do.cost(loss, do.copy(Z)))
    assert not np.isfinite(do.cells[COST_SUM])


@every_precision
@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("number", [np.inf, np.nan])
def test_the_first_step_whose_cost_is_no_number_is_named(
    precision: str, classes: int, number: float
) -> None:
    loss = loss_for(classes)
    x, labels = np.zeros((12, loss.units(classes)), "uint8"), np.zeros(12, "int64")
    labels[[7, 10]] = 1
    do, as_they_are = CpuEngine(precision, threads=1), Normalization(x[0], x[0] + 1)
    program = do.record(2, lambda: do.cost(loss, do.batch(as_they_are)))
    run(program, rows_of(x, labels, weights=np.array([1, number, 1])), steps=6)
    assert do.cells[BAD_STEP] == 4
