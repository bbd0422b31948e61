"""What is told about a step."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from tests.worker.nn.engines.computing import computed, eps, every_activation, every_precision
from worker.nn.activations import Activation
from worker.nn.engines.cpu.engine import CpuEngine
from worker.nn.engines.layout import PIECE_ROWS

pytestmark = pytest.mark.usefixtures("no_step_is_small")

rng = np.random.default_rng(0)


@every_precision
def test_a_unit_is_alive_once_some_row_has_an_error(precision: str) -> None:
    errors, do = np.zeros((9, 21), precision), CpuEngine(precision, threads=3)
    errors[[0, 8, 8], [3, 4, 20]] = [1e-30, np.nan, -1]
    flags = do.empty(21)
    flags[7] = 1
    computed(do, lambda: do.alive(do.copy(errors), flags))
    assert np.flatnonzero(flags).tolist() == [3, 4, 7, 20]


@every_precision
def test_a_late_error_is_seen_where_some_units_had_one_before(precision: str) -> None:
    errors, do = np.zeros((3 * PIECE_ROWS, 40), precision), CpuEngine(precision, threads=2)
    errors[0], errors[-1, 7] = 1, 1
    errors[0, [7, 30]] = 0
    flags = do.empty(40)
    computed(do, lambda: do.alive(do.copy(errors), flags))
    assert np.flatnonzero(flags == 0).tolist() == [30]


@every_activation
@every_precision
def test_flat_slopes_are_counted_unit_by_unit(g: Activation, precision: str) -> None:
    Z, do = rng.normal(0, 3, (40, 21)).astype(precision), CpuEngine(precision, threads=3)
    counts, A = do.empty(21), g.g(Z)
    counts[:] = 7  # of the epoch before

    def step() -> None:
        do.saturated(do.slopes(g, do.copy(Z), do.copy(A)), 0.01 * g.steepest, counts)

    computed(do, step)
    assert_array_equal(counts, (np.abs(g.slope(Z, A)) < 0.01 * g.steepest).sum(axis=0))


@every_precision
@pytest.mark.parametrize("shape", [(1, 1), (5,), (31, 17), (300, 513)])
def test_squares_are_summed_in_double(precision: str, shape: Sequence[int]) -> None:
    X, do = rng.normal(size=shape).astype(precision) * 1e25, CpuEngine(precision, threads=3)
    cell = computed(do, lambda: do.squares(do.copy(X)))
    assert do.cells[cell] == pytest.approx((X.astype("float64") ** 2).sum(), rel=1e-13)


@every_precision
@pytest.mark.parametrize("count", [10, 1000])
def test_how_far_a_matrix_moved_is_measured_on_a_sample(precision: str, count: int) -> None:
    before, after = rng.normal(size=(2, 30, 16)).astype(precision)
    do = CpuEngine(precision, threads=2)
    W = do.copy(before)
    sample = computed(do, lambda: do.sample(W, count)).copy()
    assert len(sample) >= min(count, W.size)
    W[...] = after
    cell = computed(do, lambda: do.moved(W, sample, count))
    taken = np.isin(before, sample)
    way, size = ((X[taken].astype("float64") ** 2).sum() for X in (after - before, before))
    assert do.cells[cell : cell + 2] == pytest.approx([way, size], rel=1e3 * eps(precision))
