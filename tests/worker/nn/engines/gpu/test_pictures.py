"""What a graphics processor does to pictures is what the formulas say."""

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from tests.worker.nn.engines.comparing import DeviceOf, Given, computed, like_formulas
from tests.worker.nn.engines.computing import every_precision, key, rows_of
from tests.worker.nn.engines.simulated.device import SimulatedDevice, descending, shuffled
from worker.nn.activations import ACTIVATIONS
from worker.nn.arrays import Array
from worker.nn.engine import Engine
from worker.nn.engines.base import TrainingEngine
from worker.nn.engines.gpu import recorded_pictures
from worker.nn.engines.gpu.engine import GpuEngine
from worker.nn.engines.gpu.grid import PIECE_ROWS
from worker.nn.pools import POOLS, Pool
from worker.nn.windows import Window

rng = np.random.default_rng(0)


class Case(NamedTuple):
    """Pictures of a shape, (m, h, w, c), and a window on them."""

    shape: tuple[int, int, int, int]
    window: Window


def drawn(seed: int) -> Case:
    """Any; a kernel that must stay within the pictures fits into them."""
    chance = np.random.default_rng(seed)
    m, h, w, c = (int(chance.integers(1, most)) for most in (5, 10, 10, 10))
    padding: Literal["same", "valid"] = "same" if seed % 2 else "valid"
    height, width = (
        int(chance.integers(1, 6 if padding == "same" else min(6, side + 1))) for side in (h, w)
    )
    return Case((m, h, w, c), Window(height, width, int(chance.integers(1, 4)), padding))


CASES = [
    *map(drawn, range(12)),
    Case((1, 1, 1, 1), Window(1, 1)),
    Case((1, 1, 1, 3), Window(5, 5, 3)),
    Case((2, 4, 5, 3), Window(1, 1)),
    Case((2, 5, 4, 3), Window(1, 1, 2)),
    Case((3, 4, 6, 2), Window(4, 6, padding="valid")),
]
every_case = pytest.mark.parametrize("case", CASES, ids=str)
every_pool = pytest.mark.parametrize("pool", POOLS.values(), ids=POOLS)


def some(*shape: int) -> Array:
    return rng.normal(size=shape)


def convolved(case: Case, filters: int) -> tuple[Callable[..., list[Array]], list[Array]]:
    """A convolution both ways, and what it takes; of no filters, a depthwise one."""
    (m, h, w, c), window = case
    last = filters or c
    places = m, *window.places(h, w), last

    def step(do: Engine, X: Array, W: Array, b: Array, dZ: Array) -> list[Array]:
        return [
            do.convolve(X, W, b, window),
            do.convolve(X, W, None, window),
            do.convolve_kernel_gradient(X, dZ, W, window),
            do.convolve_input_gradient(dZ, W, window, X.shape),
            do.add_rows(dZ),
        ]

    kernel = (*window[:2], c, filters) if filters else (*window[:2], c)
    return step, [some(*case.shape), some(*kernel), some(last), some(*places)]


@every_case
@pytest.mark.parametrize("filters", [0, 1, 7], ids=["depthwise", "one filter", "filters"])
@every_precision
def test_convolutions_forward_and_backward(
    device_of: DeviceOf, precision: str, filters: int, case: Case
) -> None:
    step, arrays = convolved(case, filters)
    like_formulas(device_of, precision, step, *arrays)


@pytest.mark.parametrize("pictures", [0, 1, 2, 3])
@every_precision
def test_patches_are_written_for_parts_of_the_batch_if_they_take_too_much(
    monkeypatch: pytest.MonkeyPatch, device_of: DeviceOf, precision: str, pictures: int
) -> None:
    case = Case((5, 4, 3, 2), Window(3, 2))
    each = 4 * 3 * (3 * 2 * 2) * np.dtype(precision).itemsize
    monkeypatch.setattr(recorded_pictures, "PATCH_BYTES", pictures * each)
    step, arrays = convolved(case, 4)
    like_formulas(device_of, precision, step, *arrays)


def test_a_depthwise_kernel_sees_more_places_than_one_block_does(device_of: DeviceOf) -> None:
    case = Case((2, 50, PIECE_ROWS // 80, 1), Window(2, 1))
    step, arrays = convolved(case, 0)
    like_formulas(device_of, "float64", step, *arrays)


USES: dict[str, Callable[[Engine, Array], Array]] = {
    "an activation": lambda do, Z: do.activate(ACTIVATIONS["tanh"], Z),
    "rows": lambda do, Z: do.activate(ACTIVATIONS["tanh"], do.flatten(Z)),
    "a pool": lambda do, Z: do.pool(POOLS["average"], Z, Window(2, 2)),
    "a product": lambda do, Z: do.convolve(Z, Z[:1, :1], None, Window(1, 1)),
    "nobody": lambda do, Z: Z,
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
@pytest.mark.parametrize("kernel", [(1, 1, 4, 4), (3, 3, 4, 4), (3, 3, 4)], ids=str)
def test_the_bias_is_there_whoever_looks_first(
    device_of: DeviceOf, kernel: tuple[int, ...], use: Callable[[Engine, Array], Array]
) -> None:
    def step(do: Engine, X: Array, W: Array, b: Array) -> list[Array]:
        Z = do.convolve(X, W, b, Window(*W.shape[:2]))
        return [use(do, Z), Z]

    like_formulas(device_of, "float64", step, some(4, 4, 4, 4), some(*kernel), some(4))


def pooled(case: Case, pool: Pool) -> Callable[..., list[Array]]:
    def step(do: Engine, X: Array, dZ: Array) -> list[Array]:
        Z = do.pool(pool, X, case.window)
        return [Z, do.pool_input_gradient(pool, X, Z, dZ, case.window)]

    return step


@every_case
@every_pool
@every_precision
def test_pools_forward_and_backward(
    device_of: DeviceOf, precision: str, pool: Pool, case: Case
) -> None:
    (m, h, w, c), window = case
    X = rng.integers(-2, 3, case.shape)  # with ties for the largest
    dZ = some(m, *window.places(h, w), c)
    like_formulas(device_of, precision, pooled(case, pool), X, dZ)


@every_pool
def test_what_is_no_number_is_none_in_every_window_that_has_it(
    device_of: DeviceOf, pool: Pool
) -> None:
    case = Case((1, 4, 4, 1), Window(2, 2))
    X = some(*case.shape)
    X[0, 1, 1, 0] = np.nan
    Z, _ = like_formulas(device_of, "float64", pooled(case, pool), X, some(*case.shape))
    assert np.isnan(Z).sum() == 4


def test_a_pool_that_nobody_knows_is_refused(device_of: DeviceOf) -> None:
    do, window = GpuEngine(device_of("float64")), Window(1, 1)
    stranger = Pool(lambda X, window: X, lambda X, Z, dZ, window: dZ)
    with pytest.raises(ValueError, match="Expected one of max, average, got"):
        do.record(1, lambda: do.pool(stranger, do.empty(1, 1, 1, 1), window))


# What is done to every number, or to every column, is done to a matrix of places.

SAME: dict[str, Callable[[TrainingEngine, Array], Given]] = {
    "activations": lambda do, X: [A := do.activate(ACTIVATIONS["gelu"], X), do.add(A, X)],
    "the chain rule": lambda do, X: [
        do.chain(ACTIVATIONS["tanh"], X, X, X), do.slopes(ACTIVATIONS["tanh"], X, X)
    ],
    "sums": lambda do, X: [do.add_rows(X), do.squares(X)],
    "samples": lambda do, X: [do.sample(X, 20), do.moved(X, do.sample(X, 20), 20)],
}  # fmt: skip


@pytest.mark.parametrize("ask", SAME.values(), ids=SAME)
def test_pictures_are_a_matrix_of_places(
    device_of: DeviceOf, ask: Callable[[TrainingEngine, Array], Given]
) -> None:
    X, do = some(3, 4, 5, 6), GpuEngine(device_of("float64"))
    placed = do.copy(X)
    found = computed(do, lambda do: ask(do, placed))
    expected = computed(do, lambda do: ask(do, placed.reshape(-1, 6)))
    for ours, theirs in zip(found, expected, strict=True):
        assert_array_equal(ours.reshape(theirs.shape), theirs)


@pytest.mark.parametrize("steps", [1, 2])
def test_dropout_leaves_out_numbers_of_pictures_as_of_their_rows(
    device_of: DeviceOf, steps: int
) -> None:
    def step(do: TrainingEngine) -> Given:
        ones = do.copy(np.ones((6 // steps, 2, 3, 4)))
        return [do.drop(ones, 0.5, 0), do.drop(do.flatten(ones), 0.5, 0)]

    rows = rows_of(np.zeros((6, 1), "uint8"), keys=np.array([key(0)], "uint64"))
    pictures, flat, _ = computed(GpuEngine(device_of("float64")), step, rows, steps=steps)
    assert_array_equal(pictures.reshape(flat.shape), flat)
    assert set(np.unique(flat)) == {0, 2}


@pytest.mark.parametrize("m", [PIECE_ROWS, PIECE_ROWS + 1, 2 * PIECE_ROWS + 9])
@every_precision
def test_columns_of_any_number_of_rows(device_of: DeviceOf, precision: str, m: int) -> None:
    X = some(m, 1, 1, 2).astype(precision)
    X[:, :, :, 1] = 0
    X[-1, :, :, 1] = np.eye(1)[0]

    def step(do: TrainingEngine) -> Given:
        x, flags, counts = do.copy(X), do.empty(2), do.empty(2)
        do.alive(x, flags)
        do.saturated(x, 0.5, counts)
        return [flags, counts, do.add_rows(x)]

    flags, counts, sums, _ = computed(GpuEngine(device_of(precision)), step)
    assert flags.tolist() == [1, 1]
    assert_array_equal(counts, (np.abs(X) < 0.5).sum(axis=(0, 1, 2)))
    assert sums == pytest.approx(X.sum(axis=(0, 1, 2)), rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("order", [descending, shuffled])
@pytest.mark.parametrize("filters", [0, 3])
@every_precision
def test_the_order_in_which_threads_come_makes_no_difference(
    precision: str, filters: int, order: Callable[[int], Array]
) -> None:
    case = Case((2, 7, 6, 3), Window(3, 2, 2))
    (step, arrays), pull = convolved(case, filters), some(2, 4, 3, 3)

    def all_of(do: TrainingEngine) -> Given:
        X, *others = (do.copy(given) for given in arrays)
        dZ = do.copy(pull)
        pools = [array for pool in POOLS.values() for array in pooled(case, pool)(do, X, dZ)]
        return [*step(do, X, *others), *pools]

    found, expected = (
        computed(GpuEngine(device), all_of)
        for device in (SimulatedDevice(precision, order=order), SimulatedDevice(precision))
    )
    assert [X.tobytes() for X in found] == [X.tobytes() for X in expected]
