import numpy as np
import pytest
from numpy.testing import assert_allclose

from tests.worker.nn.gradcheck import layer_errors
from worker.nn.arrays import Array
from worker.nn.batch_normalization import BatchNormalization
from worker.nn.engine import EAGER, Eager

RNG = np.random.default_rng(17)
SHAPES = [(6, 3), (4, 3, 2, 3), (1, 3, 2, 3), (5, 1, 1, 3), (5, 1), (1, 2, 2, 1)]


def plain(n: int, **how: float) -> BatchNormalization:
    return BatchNormalization(np.ones(n), np.zeros(n), **how)


def drawn(n: int) -> BatchNormalization:
    """With other numbers than those of a start."""
    layer = BatchNormalization(RNG.normal(size=n), RNG.normal(size=n), eps=0.1)
    layer.running = [RNG.normal(size=n), RNG.random(n)]
    return layer


def test_batch_normalization_worked_by_hand() -> None:
    layer = BatchNormalization(np.array([2.0]), np.array([10.0]), decay=0.75, eps=7)
    Z, backward = layer.forward(np.array([[2.0], [8.0]]), Eager(training=True))
    dZ = np.array([[4.0], [8.0]])
    # The mean is 5, the variance 9, the deviation 4: the rows become −0.75 and 0.75.
    assert Z.tolist() == [[8.5], [11.5]]
    assert [g.tolist() for g in backward.gradients(dZ)] == [[3], [12]]
    assert backward.to_input(dZ).tolist() == [[-0.4375], [0.4375]]
    # A quarter of the way to 5, and from 1 to the variance of a sample, 18.
    assert [kept.tolist() for kept in layer.running] == [[1.25], [5.25]]


@pytest.mark.parametrize("shape", SHAPES)
def test_while_training_each_column_has_the_mean_beta_and_the_deviation_gamma(
    shape: tuple[int, ...],
) -> None:
    layer, n = plain(shape[-1], eps=0), shape[-1]
    layer.params = [np.arange(n) + 2.0, np.arange(n) - 7.0]
    Z, _ = layer.forward(RNG.normal(3, 5, shape), Eager(training=True))
    rows = Z.reshape(-1, n)
    assert_allclose(rows.mean(axis=0), layer.params[1])
    assert_allclose(rows.std(axis=0), layer.params[0])


def test_who_answers_normalizes_by_the_running_statistics_and_leaves_them() -> None:
    layer, X = drawn(3), RNG.normal(size=(4, 3))
    kept = [array.copy() for array in layer.running]
    (mean, variance), (gamma, beta) = kept, layer.params
    assert_allclose(layer.forward(X)[0], gamma * (X - mean) / np.sqrt(variance + 0.1) + beta)
    assert_allclose(layer.running, kept, rtol=0)


def test_a_rows_answer_does_not_depend_on_the_others() -> None:
    layer, X = drawn(3), RNG.normal(size=(4, 3))
    assert (layer.forward(X)[0][:1] == layer.forward(X[:1])[0]).all()


def test_the_running_statistics_come_to_those_of_all_rows() -> None:
    layer, do = plain(2, decay=0.99), Eager(training=True)
    for _ in range(2_000):
        layer.forward(RNG.normal([3, -1], [2, 0.5], (8, 2)), do)
    mean, variance = layer.running
    assert_allclose(mean, [3, -1], atol=0.3)
    assert_allclose(variance, [4, 0.25], rtol=0.3)


def test_a_channel_is_normalized_over_all_places_of_all_pictures() -> None:
    X, layer, do = RNG.normal(size=(2, 3, 4, 5)), plain(5), Eager(training=True)
    found, backward = layer.forward(X, do)
    rows, back = plain(5).forward(X.reshape(-1, 5), do)
    assert_allclose(found.reshape(-1, 5), rows)
    assert_allclose(backward.to_input(X).reshape(-1, 5), back.to_input(X.reshape(-1, 5)))


@pytest.mark.parametrize("do", [EAGER, Eager(training=True)], ids=["answering", "training"])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_way_back_is_the_derivative(shape: tuple[int, ...], do: Eager) -> None:
    assert max(layer_errors(drawn(shape[-1]), RNG.normal(size=shape), do)) < 1e-7


def test_one_row_is_enough_to_answer() -> None:
    assert max(layer_errors(drawn(3), RNG.normal(size=(1, 3)))) < 1e-7


def test_what_all_rows_have_in_common_has_no_derivative() -> None:
    X, dZ = RNG.normal(size=(2, 6, 3))
    _, backward = drawn(3).forward(X, Eager(training=True))
    assert_allclose(backward.to_input(dZ).sum(axis=0), 0, atol=1e-12)


def test_a_column_that_never_changes_becomes_beta() -> None:
    layer = drawn(3)
    Z, backward = layer.forward(np.full((4, 3), 1e3), Eager(training=True))
    assert Z.tolist() == [layer.params[1].tolist()] * 4
    assert np.isfinite(backward.to_input(RNG.normal(size=(4, 3)))).all()


@pytest.mark.parametrize("shape", [(1, 3), (1, 1, 1, 3)])
def test_to_train_on_one_number_of_each_column_is_refused(shape: tuple[int, ...]) -> None:
    layer = plain(3)
    with pytest.raises(ValueError, match="at least two numbers of each column"):
        layer.forward(np.ones(shape), Eager(training=True))
    assert [kept.tolist() for kept in layer.running] == [[0, 0, 0], [1, 1, 1]]


@pytest.mark.parametrize("shape", [(4, 2), (4, 2, 2, 1)])
def test_other_columns_than_gamma_has_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="Expected 3 columns or channels to normalize, got an"):
        plain(3).forward(np.ones(shape))


@pytest.mark.parametrize("do", [EAGER, Eager(training=True)], ids=["answering", "training"])
def test_the_precision_stays(do: Eager) -> None:
    X: Array = RNG.normal(size=(4, 3)).astype("float32")
    layer = BatchNormalization(X[0], X[1])
    Z, backward = layer.forward(X, do)
    found = [Z, *layer.running, *backward.gradients(Z), backward.to_input(Z)]
    assert {array.dtype.name for array in found} == {"float32"}
