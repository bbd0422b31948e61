import numpy as np
import pytest

from tests.worker.nn.engines.computing import computed, every_precision
from tests.worker.nn.engines.cpu.against_eager import agree
from tests.worker.nn.engines.cpu.test_convolution import numbers
from worker.nn.arrays import Array
from worker.nn.engine import Engine
from worker.nn.engines.cpu.engine import CpuEngine
from worker.nn.engines.layout import PIECE_ROWS

pytestmark = pytest.mark.usefixtures("no_step_is_small")

SHAPES = [(2, 1), (7, 33), (2, 1, 1, 1), (1, 1, 2, 5), (3, 4, 5, 17), (2, 20, 20, 3)]


def both_ways(
    do: Engine, X: Array, dZ: Array, gamma: Array, beta: Array, mean: Array, variance: Array
) -> list[Array]:
    by = do.statistics(X, [mean, variance], 0.9, 1e-3)
    gradients = [do.normalize_scale_gradient(X, by, dZ), do.add_rows(dZ)]
    dX = do.normalize_input_gradient(X, by, gamma, gradients, dZ)
    return [by.mean, by.deviation, do.normalize(X, by, gamma, beta), *gradients, dX]


@every_precision
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_rows_are_normalized_as_the_formulas_say_both_ways(
    shape: tuple[int, ...], training: bool, precision: str
) -> None:
    rng = np.random.default_rng(0)
    X, dZ = (numbers(rng, precision, *shape) for _ in "ab")
    params = [numbers(rng, precision, shape[-1]) for _ in ("gamma", "beta", "mean")]
    variance = rng.random(shape[-1]).astype(precision)
    # Of two rows, dX is what is left of much larger numbers.
    digits = 1e-3 if precision == "float32" else 1e-10
    agree(both_ways, [X, dZ, *params, variance], training=training, digits=digits)


@every_precision
def test_numbers_far_from_zero_have_their_variance(precision: str) -> None:
    rng, do = np.random.default_rng(0), CpuEngine(precision, threads=2)
    X = (1000 + rng.integers(-2, 3, (2, 40, 40, 3))).astype(precision)
    assert X.size > 3 * PIECE_ROWS
    running = [do.empty(3), do.empty(3)]
    by = computed(do, lambda: do.statistics(do.copy(X), running, 0.9, 0))
    expected = X.astype("float64").std(axis=(0, 1, 2))
    assert by.deviation == pytest.approx(expected, rel=1e-6)


@every_precision
def test_equal_numbers_have_none(precision: str) -> None:
    do = CpuEngine(precision, threads=1)
    running = [do.empty(2), do.empty(2)]
    X = do.copy(np.full((9, 2), 0.1))
    by = computed(do, lambda: do.statistics(X, running, 0.9, 0.25))
    assert (by.deviation == 0.5).all()


def test_one_row_is_refused_as_a_step_is_recorded() -> None:
    do = CpuEngine("float64", threads=1)
    X, running = do.copy(np.ones((1, 1, 1, 3))), [do.empty(3), do.empty(3)]
    with pytest.raises(ValueError, match="Expected at least two numbers of each column"):
        do.record(1, lambda: do.statistics(X, running, 0.9, 1e-5))
