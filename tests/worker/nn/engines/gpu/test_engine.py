"""What a graphics processor computes is what the processor does, operation by operation."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tests.worker.nn.engines.comparing import DIGITS, DeviceOf, Given, agree, computed
from tests.worker.nn.engines.computing import (
    NOT_FINITE,
    blank,
    eps,
    every_activation,
    every_precision,
    rows_of,
)
from worker.nn.activations import ACTIVATIONS, Activation
from worker.nn.arrays import Array
from worker.nn.engines.base import BAD_STEP, TrainingEngine
from worker.nn.engines.gpu.engine import GpuEngine
from worker.nn.engines.gpu.grid import COLUMN_THREADS, LANES, THREADS
from worker.nn.losses import SOFTMAX, loss_for
from worker.nn.normalization import Normalization

rng = np.random.default_rng(0)

every_shape = pytest.mark.parametrize(
    "shape", [(1, 1), (1, 7), (9, 1), (37, 33), (2 * COLUMN_THREADS // LANES + 1, 3 * LANES)]
)


def some(*shape: int) -> Array:
    return rng.normal(size=shape)


# Layers.


@every_shape
@every_precision
def test_products_of_matrices_and_of_transposes(
    device_of: DeviceOf, precision: str, shape: tuple[int, int]
) -> None:
    X, W, dZ = some(*shape), some(shape[1], 5), some(shape[0], 5)

    def step(do: TrainingEngine) -> Given:
        x, w, dz = do.copy(X), do.copy(W), do.copy(dZ)
        return [do.product(x, w), do.product(x.T, dz), do.product(dz, w.T)]

    agree(device_of, precision, step)


@every_shape
@every_precision
def test_sums_of_rows(device_of: DeviceOf, precision: str, shape: tuple[int, int]) -> None:
    X = some(*shape)
    agree(device_of, precision, lambda do: [do.add_rows(do.copy(X))])


@every_shape
@every_activation
@every_precision
def test_a_layer_forward_and_backward(
    device_of: DeviceOf, precision: str, g: Activation, shape: tuple[int, int]
) -> None:
    X, W, b, dA = some(*shape), some(shape[1], 6), some(6), some(shape[0], 6)

    def step(do: TrainingEngine) -> Given:
        Z = do.affine(do.copy(X), do.copy(W), do.copy(b))
        A = do.activate(g, Z)
        return [Z, A, do.chain(g, Z, A, do.copy(dA)), do.slopes(g, Z, A)]

    agree(device_of, precision, step)


def biased(do: TrainingEngine, X: Array) -> Array:
    return do.affine(X, X, do.copy(np.arange(9.0)))


def activations_of_another(do: TrainingEngine, X: Array) -> Given:
    Z = do.product(X, X)
    return [biased(do, X), do.activate(ACTIVATIONS["tanh"], Z)]


USES: dict[str, Callable[[TrainingEngine, Array], Given]] = {
    "nobody": lambda do, X: [biased(do, X)],
    "a product": lambda do, X: [do.product(biased(do, X), X)],
    "another layer": lambda do, X: [biased(do, biased(do, X))],
    "a sum": lambda do, X: [do.add_rows(biased(do, X))],
    "the cost": lambda do, X: [do.cost(SOFTMAX, biased(do, X))],
    "another's activation": activations_of_another,
}  # fmt: skip


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_a_bias_is_there_whoever_looks_first(
    device_of: DeviceOf, use: Callable[[TrainingEngine, Array], Given]
) -> None:
    X, rows = some(9, 9), rows_of(blank(9), weights=np.ones(9))
    agree(device_of, "float64", lambda do: use(do, do.copy(X)), rows)


def far_out(precision: str) -> Array:
    """Numbers at which functions overflow, lose their digits, or are none."""
    ends = [float(end) for end in (np.finfo(precision).tiny, np.finfo(precision).max)]
    sizes = np.array([0, *ends, eps(precision), 1e-3, 1, 9, 20, 90, 709, 1e13])
    return np.array([[*sizes, *-sizes, *NOT_FINITE]], precision)


@every_activation
@every_precision
@np.errstate(all="ignore")
def test_activations_and_slopes_are_their_formulas_where_numbers_end(
    device_of: DeviceOf, precision: str, g: Activation
) -> None:
    Z, digits = far_out(precision), DIGITS[precision]

    def step(do: TrainingEngine) -> Given:
        z = do.copy(Z)
        A = do.activate(g, z)
        return [A, do.slopes(g, z, A)]

    A, slopes, _ = computed(GpuEngine(device_of(precision)), step)
    assert_allclose(A, g.g(Z), digits, digits)
    assert_allclose(slopes, g.slope(Z, A), digits, digits)


# Costs.


@every_precision
@pytest.mark.parametrize("classes", [2, 3, LANES, LANES + 1, THREADS + 44])
@pytest.mark.parametrize("m", [1, THREADS + 44])
@pytest.mark.parametrize("smoothing", [0, 0.2])
def test_costs_and_how_many_answers_are_right(
    device_of: DeviceOf, precision: str, classes: int, m: int, smoothing: float
) -> None:
    loss, weights = loss_for(classes), rng.uniform(0.1, 3, classes)
    Z = rng.integers(-9, 9, (m, loss.units(classes)))  # with ties for the largest
    labels, order = rng.integers(0, classes, 400), rng.permutation(400)[:m]
    labels[order[::2]] = loss.answers(Z)[::2]
    Z[0] *= 1000
    rows = rows_of(np.zeros((400, 1), "uint8"), labels, weights=weights, order=order)
    agree(device_of, precision, lambda do: [do.cost(loss, do.copy(Z), smoothing)], rows)


@every_precision
@pytest.mark.parametrize("classes", [2, 3, LANES + 1])
@pytest.mark.parametrize("unit", [0, -1])
@pytest.mark.parametrize("number", NOT_FINITE)
def test_a_logit_that_is_not_finite_makes_the_cost_so(
    device_of: DeviceOf, precision: str, classes: int, unit: int, number: float
) -> None:
    loss, do = loss_for(classes), GpuEngine(device_of(precision))
    Z = np.zeros((2, loss.units(classes)))
    Z[1, unit] = number
    rows = rows_of(np.zeros((2, 1), "uint8"), weights=np.ones(classes))
    _, cells = computed(do, lambda do: [do.cost(loss, do.copy(Z))], rows)
    assert not np.isfinite(cells[0])
    assert cells[BAD_STEP] == 1


@every_precision
@pytest.mark.parametrize("classes", [2, 3])
def test_the_first_step_whose_cost_is_no_number_is_named(
    device_of: DeviceOf, precision: str, classes: int
) -> None:
    loss = loss_for(classes)
    x, labels = np.zeros((12, loss.units(classes)), "uint8"), np.zeros(12, "int64")
    labels[[7, 10]] = 1
    rows = rows_of(x, labels, weights=np.array([1, np.nan, 1]))
    plain = Normalization(x[0], x[0] + 1)

    def step(do: TrainingEngine) -> Given:
        return [do.cost(loss, do.batch(plain))]

    *_, cells = agree(device_of, precision, step, rows, steps=6)
    assert cells[BAD_STEP] == 4
