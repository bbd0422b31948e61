import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from worker.nn.arrays import Array
from worker.nn.normalization import (
    Moments,
    Normalization,
    by_channel,
    center,
    none,
    scale,
    standardize,
)

rng = np.random.default_rng(0)


def moments(X: Array) -> Moments:
    return Moments(len(X), X.sum(axis=0, dtype="int64"), (X.astype("int64") ** 2).sum(axis=0))


def test_standardized_rows_have_mean_0_and_deviation_1() -> None:
    X = rng.integers(0, 256, (50, 4, 3), dtype=np.uint8)
    Z = standardize(moments(X)).apply(X)
    assert_allclose(Z.mean(axis=0), 0, atol=1e-12)
    assert_allclose(Z.std(axis=0), 1)


@given(
    rows=st.integers(1, 200_000),
    low=st.integers(0, 255),
    high=st.integers(0, 255),
    at=st.floats(0, 1),
)
def test_of_two_values_however_many_the_deviation_is_exact(
    rows: int, low: int, high: int, at: float
) -> None:
    X = np.full((rows, 1), low, np.uint8)
    highs = int(rows * at)
    X[:highs] = high
    deviation = abs(high - low) * (highs * (rows - highs)) ** 0.5 / rows
    assert_allclose(standardize(moments(X)).factor, 1 / deviation if deviation else 0, rtol=1e-13)


def test_a_feature_that_never_changes_becomes_0() -> None:
    X = np.array([[7, 1], [7, 3]], np.uint8)
    assert standardize(moments(X)).apply(X).tolist() == [[0, -1], [0, 1]]


def test_no_rows_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one row"):
        standardize(moments(np.zeros((0, 2), np.uint8)))


def test_centered_rows_have_mean_0_and_keep_their_proportions() -> None:
    X = rng.integers(0, 256, (50, 4, 3), dtype=np.uint8) // [1, 2, 50]
    Z = center(moments(X)).apply(X)
    assert_allclose(Z.mean(axis=0), 0, atol=1e-12)
    assert_allclose(Z.var(axis=0).mean(), 1)
    assert_allclose(Z.std(axis=0) / Z.std(), X.std(axis=0) / (X - X.mean(axis=0)).std())


def test_centered_features_that_never_change_become_0() -> None:
    X = np.array([[7, 1], [7, 3]], np.uint8)
    assert_allclose(center(moments(X)).apply(X), [[0, -(2**0.5)], [0, 2**0.5]])
    assert center(moments(X[:1])).factor.tolist() == [0, 0]


KINDS = {
    "standardize": lambda X: standardize(moments(X)),
    "center": lambda X: center(moments(X)),
    "scale": lambda X: scale(X[0]),
    "none": lambda X: none(X[0]),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-12), ("float32", 1e-4)])
def test_a_folded_layer_takes_raw_rows(kind: str, dtype: str, tolerance: float) -> None:
    X = rng.integers(0, 256, (20, 2, 3), dtype=np.uint8)
    made = KINDS[kind](X)
    W, b = rng.normal(size=(6, 4)).astype(dtype), rng.normal(size=4).astype(dtype)
    folded_W, folded_b = made.fold(W, b)
    assert folded_W.dtype == folded_b.dtype == dtype
    expected = made.astype(dtype).apply(X).reshape(20, 6) @ W + b
    assert_allclose(X.reshape(20, 6) @ folded_W + folded_b, expected, atol=tolerance)


def test_without_normalization_folding_changes_nothing() -> None:
    W, b = rng.normal(size=(6, 4)), rng.normal(size=4)
    folded_W, folded_b = none(np.zeros(6)).fold(W, b)
    assert (folded_W == W).all()
    assert (folded_b == b).all()


def test_pixels_become_0_to_1() -> None:
    X = np.array([[0, 51, 255]], np.uint8)
    assert_allclose(scale(X[0]).apply(X), [[0, 0.2, 1]])


def test_the_result_has_the_precision_of_the_normalization() -> None:
    made: Normalization = scale(np.zeros(3)).astype("float32")
    assert made.apply(np.zeros((2, 3), np.uint8)).dtype == np.float32


def test_channels_are_standardized_over_all_places() -> None:
    X = rng.integers(0, 256, (50, 4, 3, 2), dtype=np.uint8) // [1, 9]
    normal = standardize(by_channel(moments(X.astype("uint8"))))
    Z = normal.everywhere((4, 3, 2)).apply(X)
    assert_allclose(Z.mean(axis=(0, 1, 2)), 0, atol=1e-12)
    assert_allclose(Z.std(axis=(0, 1, 2)), 1)
    assert normal.factor.dtype == normal.shift.dtype == "float64"


def test_of_more_places_than_int64_has_products_for_the_deviation_is_exact() -> None:
    rows, half = 10**6, 255 * 10**6 // 2
    picture = np.full((64, 64, 1), half), np.full((64, 64, 1), 255 * half)
    normal = standardize(by_channel(Moments(rows, *picture)))
    assert_allclose(normal.factor, 1 / 127.5, rtol=1e-15)


def test_only_what_is_the_same_at_every_place_is_even() -> None:
    even = Normalization(np.arange(2.0), np.ones(2)).everywhere((4, 3, 2))
    assert even.even
    even.shift[3, 2, 1] = 0
    assert not even.even
