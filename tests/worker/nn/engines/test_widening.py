"""Rows in float64 by weights in float32, beside the same weights in float64."""

import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose

from worker.nn.activations import ACTIVATIONS
from worker.nn.arrays import Array
from worker.nn.engine import EAGER
from worker.nn.engines.answering.widening import BLOCK, SMALL, WIDENING, kept
from worker.nn.network import Network, dense_network

RNG = np.random.default_rng(0)
# Weights of less than a block; of several, the last being shorter; of rows that are a block each,
# and more. Of the second to last, blocks are larger, for the rows are.
SIZES = [(1, 30, 20), (5, 700, 300), (260, 700, 300), (1, 3, BLOCK + 5)]


def drawn(*shape: int) -> Array:
    return RNG.normal(size=shape)


@pytest.mark.parametrize(("m", "n_in", "n_out"), SIZES)
def test_products_are_those_of_float64(m: int, n_in: int, n_out: int) -> None:
    X, W, b = drawn(m, n_in), drawn(n_in, n_out).astype("float32"), drawn(n_out)
    wide = W.astype("float64")
    Z = WIDENING.affine(X, W, b)
    assert Z.dtype == "float64"
    assert_allclose(Z, EAGER.affine(X, wide, b), rtol=1e-12, atol=1e-12)
    assert_allclose(WIDENING.product(Z, W.T), Z @ wide.T, rtol=1e-12, atol=1e-9)


def test_of_one_precision_they_are_the_formulas() -> None:
    X, W = drawn(3, 700), drawn(700, 300)
    assert (WIDENING.product(X, W) == X @ W).all()
    assert WIDENING.product(X.astype("float32"), W.astype("float32")).dtype == "float32"


def test_no_more_than_a_block_of_the_weights_is_in_float64() -> None:
    X, W = drawn(1, 2_000), drawn(2_000, 1_000).astype("float32")
    tracemalloc.start()
    try:
        WIDENING.product(X, W)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 1.2 * 8 * BLOCK


def test_large_matrices_are_kept_as_they_are() -> None:
    large = np.ones((SMALL + 1, 1), "float32")
    assert kept(large) is large
    for array in (np.ones((SMALL, 1), "float32"), np.ones(SMALL + 1, "float32")):
        assert kept(array).dtype == "float64"


def networks() -> tuple[Network, Network]:
    """One that has its weights in float32, and the same in float64."""
    pairs = [(drawn(*shape).astype("float32"), drawn(shape[1])) for shape in ((700, 300), (300, 2))]
    wide = [(W.astype("float64"), b) for W, b in pairs]
    g = ACTIVATIONS["tanh"]
    return dense_network([(kept(W), b) for W, b in pairs], g, do=WIDENING), dense_network(wide, g)


def test_an_answer_does_not_depend_on_the_rows_beside_it() -> None:
    network, wide = networks()
    X = drawn(33, 7, 100) / 10
    together, expected = network.hidden_and_logits(X), wide.hidden_and_logits(X)
    for found, right in zip(together, expected, strict=True):
        assert_allclose(found, right, rtol=0, atol=1e-13)
    for row in range(0, len(X), 8):
        alone = network.logits(X[row : row + 1])
        assert_allclose(alone, together[1][row : row + 1], rtol=0, atol=1e-13)


def test_and_the_way_back_is_the_same() -> None:
    network, wide = networks()
    X, dZ = drawn(2, 700) / 10, drawn(2, 2)
    found, right = network.forward(X)[1], wide.forward(X)[1]
    for gradient, expected in zip(found.backward(dZ), right.backward(dZ), strict=True):
        assert_allclose(gradient, expected, rtol=1e-11, atol=1e-12)
    assert_allclose(found.to_input(dZ), right.to_input(dZ), rtol=1e-11, atol=1e-12)
