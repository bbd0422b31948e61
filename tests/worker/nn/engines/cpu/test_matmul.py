from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.worker.nn.engines.computing import computed, every_precision, rows_of
from worker.nn.arrays import Array
from worker.nn.engines.cpu.engine import CpuEngine
from worker.nn.engines.layout import DEPTH, STRIP, WIDEST
from worker.nn.normalization import none

pytestmark = pytest.mark.usefixtures("no_step_is_small")

PRODUCTS: dict[str, Callable[[CpuEngine, Array, Array], Array]] = {
    "A @ B": lambda do, A, B: do.product(do.copy(A), do.copy(B)),
    "A.T @ B": lambda do, A, B: do.product(do.copy(A.T).T, do.copy(B)),
    "A @ B.T": lambda do, A, B: do.product(do.copy(A), do.copy(B.T).T),
    "A @ B + b": lambda do, A, B: do.affine(do.copy(A), do.copy(B), do.copy(B[0])),
}
every_product = pytest.mark.parametrize("product", PRODUCTS)

# m, k and n on both sides of where the kernels divide their work.
LARGE = [
    (3, 2 * DEPTH + 1, 50),
    (50, 3, WIDEST + 1),
    (2 * STRIP + 1, 30, 100),
    (STRIP + 9, DEPTH + 1, WIDEST + 49),
]
size = st.integers(1, 70)


def factors(precision: str, m: int, k: int, n: int, seed: int = 0) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    A, B = rng.normal(size=(m, k)), rng.normal(size=(k, n))
    return A.astype(precision), B.astype(precision)


def result(product: str, A: Array, B: Array, threads: int = 1) -> Array:
    return result_by(CpuEngine(A.dtype.name, threads), product, A, B)


def result_by(do: CpuEngine, product: str, A: Array, B: Array) -> Array:
    found: Array = computed(do, lambda: PRODUCTS[product](do, A, B))
    return found


def roundings(found: Array, product: str, A: Array, B: Array) -> float:
    """The largest error, in roundings of the largest sum that there may have been on the way.

    One rounding for each product in a sum is fair, on either side.
    """
    A, B = A.astype("float64"), B.astype("float64")
    b = B[0] if product.endswith("b") else np.zeros_like(B[0])
    most = np.abs(A) @ np.abs(B) + np.abs(b)
    return float((np.abs(found - (A @ B + b)) / most).max() / np.finfo(found.dtype).eps)


@every_product
@every_precision
@settings(deadline=None)
@given(m=size, k=size, n=size, threads=st.integers(1, 3), seed=st.integers(0, 2**32))
def test_a_product_of_any_shape_is_right_to_rounding(
    product: str, precision: str, m: int, k: int, n: int, threads: int, seed: int
) -> None:
    A, B = factors(precision, m, k, n, seed)
    assert roundings(result(product, A, B, threads), product, A, B) <= 2 * (k + 1)


@every_product
@every_precision
@pytest.mark.parametrize("shape", LARGE, ids=str)
def test_a_large_product_is_right_and_the_same_bytes_by_any_number_of_threads(
    product: str, precision: str, shape: tuple[int, int, int]
) -> None:
    A, B = factors(precision, *shape)
    found = result(product, A, B)
    assert roundings(found, product, A, B) <= 2 * (shape[1] + 1)
    assert all((result(product, A, B, threads) == found).all() for threads in (2, 3))


@every_precision
@pytest.mark.parametrize("columns", [1, 40])  # few: the rows are transposed once for all steps
def test_rows_that_never_change_give_the_same_product(precision: str, columns: int) -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (37, 50), dtype="uint8")
    dZ = rng.normal(size=(37, columns)).astype(precision)
    rows, unchanged = rows_of(x), none(x[0]).astype(precision)
    do = CpuEngine(precision, threads=2)
    dW = computed(do, lambda: do.product(do.whole_batch(unchanged, rows).T, do.copy(dZ)), rows)
    assert roundings(dW, "A.T @ B", x.T, dZ) <= 2 * (len(x) + 1)


@every_product
def test_what_is_no_number_reaches_its_row_and_column_and_no_others(product: str) -> None:
    A, B = factors("float64", 20, 30, 40)
    A[7, 3], B[5, 11] = np.nan, np.inf
    hit = np.zeros((20, 40), bool)
    hit[7], hit[:, 11] = True, True
    assert (np.isfinite(result(product, A, B)) != hit).all()


@every_product
def test_a_product_that_was_no_number_leaves_nothing_to_the_next(product: str) -> None:
    do = CpuEngine("float64", threads=1)
    A, B = factors("float64", 20, 30, 41)
    result_by(do, product, A, np.full_like(B, np.nan))
    A, B = A[:, :29], B[:29]  # the last step of a loop that takes a few at a time is half empty
    assert roundings(result_by(do, product, A, B), product, A, B) <= 2 * (29 + 1)
