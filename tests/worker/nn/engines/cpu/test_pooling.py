from functools import partial

import numpy as np
import pytest

from tests.worker.nn.engines.computing import computed, every_precision
from tests.worker.nn.engines.cpu.against_eager import agree
from tests.worker.nn.engines.cpu.test_convolution import drawn_window, numbers
from worker.nn.arrays import Array
from worker.nn.engine import Engine
from worker.nn.engines.codes import pool_code
from worker.nn.engines.cpu.engine import CpuEngine
from worker.nn.engines.cpu.pooling import KERNELS
from worker.nn.engines.operations import Operation
from worker.nn.pools import POOLS, Pool
from worker.nn.windows import Window

pytestmark = pytest.mark.usefixtures("no_step_is_small")

every_pool = pytest.mark.parametrize("pool", POOLS.values(), ids=POOLS)


def both_ways(pool: Pool, window: Window, do: Engine, X: Array, dZ: Array) -> list[Array]:
    Z = do.pool(pool, X, window)
    return [Z, do.pool_input_gradient(pool, X, Z, dZ, window)]


@every_pool
@every_precision
@pytest.mark.parametrize("seed", range(40))
def test_a_pool_of_any_shape_is_right_both_ways(seed: int, precision: str, pool: Pool) -> None:
    rng = np.random.default_rng(seed)
    window, size = drawn_window(rng)
    m, c = (int(rng.integers(1, most)) for most in (6, 40))
    X = rng.integers(-2, 3, (m, *size, c)).astype(precision)  # many equals
    dZ = numbers(rng, precision, m, *window.places(*size), c)
    agree(partial(both_ways, pool, window), [X, dZ])


@every_precision
def test_what_is_no_number_is_the_largest(precision: str) -> None:
    X, do = np.zeros((1, 2, 4, 1), precision), CpuEngine(precision, threads=1)
    X[0, 0, 0] = X[0, 1, 3] = np.nan
    Z = computed(do, lambda: do.pool(POOLS["max"], do.copy(X), Window(2, 2, 2)))
    assert np.isnan(Z).all()


def test_each_pool_has_its_kernels_and_one_of_nobody_leaves_what_is_no_number() -> None:
    assert set(KERNELS) == set(POOLS)
    with pytest.raises(ValueError, match=r"Expected one of max, .* no kernel knows"):
        pool_code(POOLS["max"]._replace(forward=lambda X, window: X))
    do = CpuEngine("float64", threads=1)
    X, Z, dX = do.copy(np.ones((1, 1, 1, 3))), do.empty(1, 1, 1, 3), do.empty(1, 1, 1, 3)
    table, *sizes = do._pooled(X, Window(1, 1))

    def step() -> None:
        do._program.write(Operation.POOL, len(POOLS), X, Z, table, *sizes)
        do._program.write(Operation.POOL_INPUT_GRADIENT, len(POOLS), X, Z, X, dX, table, *sizes)

    computed(do, step)
    assert np.isnan(Z).all()
    assert np.isnan(dX).all()
