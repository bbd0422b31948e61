import numpy as np
import pytest
from numpy.testing import assert_allclose

from tests.worker.nn.gradcheck import layer_errors
from worker.nn.arrays import Array
from worker.nn.convolution import Convolution
from worker.nn.layers import Dense, Layer
from worker.nn.pooling import GlobalAverage, Pooling
from worker.nn.pools import POOLS
from worker.nn.windows import Padding, Window

RNG = np.random.default_rng(11)
X = RNG.normal(size=(2, 5, 4, 3))
W, b = RNG.normal(size=(3, 2, 3, 4)), RNG.normal(size=4)


def test_a_convolution_worked_by_hand() -> None:
    layer = Convolution(
        np.array([[1.0, 0.0], [0.0, -1.0]]).reshape(2, 2, 1, 1), np.array([10.0]), padding="valid"
    )
    Z, backward = layer.forward(np.array([[1.0, 2, 3], [4, 5, 7]]).reshape(1, 2, 3, 1))
    dZ = np.array([2.0, 3.0]).reshape(1, 1, 2, 1)
    dW, db = backward.gradients(dZ)
    assert Z.ravel().tolist() == [6, 5]
    assert dW[:, :, 0, 0].tolist() == [[8, 13], [23, 31]]
    assert db.tolist() == [5]
    assert backward.to_input(dZ)[0, :, :, 0].tolist() == [[2, 3, 0], [0, -2, -3]]


def test_a_kernel_with_a_single_one_in_its_middle_changes_nothing() -> None:
    W = np.zeros((3, 3, 3, 3))
    W[1, 1] = np.eye(3)
    assert (Convolution(W).forward(X)[0] == X).all()


def test_a_kernel_of_one_place_is_a_dense_layer_at_each_place() -> None:
    Z, backward = Convolution(W[:1, :1], b).forward(X)
    rows, back = Dense(W[0, 0], b).forward(X.reshape(-1, 3))
    assert_allclose(Z.reshape(-1, 4), rows)
    dW, db = backward.gradients(Z)
    assert_allclose(dW[0, 0], back.gradients(rows)[0])
    assert_allclose(db, back.gradients(rows)[1])
    assert_allclose(backward.to_input(Z).reshape(-1, 3), back.to_input(rows))


def test_kernels_as_large_as_the_picture_are_a_dense_layer() -> None:
    W = RNG.normal(size=(5, 4, 3, 6))
    Z, _ = Convolution(W, padding="valid").forward(X)
    assert_allclose(Z.reshape(2, 6), X.reshape(2, -1) @ W.reshape(-1, 6))


def test_a_depthwise_convolution_is_one_whose_kernels_see_a_channel_each() -> None:
    each = RNG.normal(size=(3, 2, 3))
    found, _ = Convolution(each, b[:3]).forward(X)
    assert_allclose(found, Convolution(each[..., None] * np.eye(3), b[:3]).forward(X)[0])


@pytest.mark.parametrize("stride", [2, 3, 4])
def test_a_stride_leaves_places_out(stride: int) -> None:
    whole, _ = Convolution(W, b, padding="valid").forward(X)
    found, _ = Convolution(W, b, stride=stride, padding="valid").forward(X)
    assert_allclose(found, whole[:, ::stride, ::stride])


def test_the_same_padding_keeps_the_size_and_counts_as_zeros() -> None:
    around = np.pad(X, ((0, 0), (1, 1), (0, 1), (0, 0)))
    found, _ = Convolution(W, b).forward(X)
    assert found.shape == (2, 5, 4, 4)
    assert_allclose(found, Convolution(W, b, padding="valid").forward(around)[0])


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("kernel", [(1, 1), (2, 2), (3, 3), (2, 4)])
@pytest.mark.parametrize("filters", [(), (1,), (4,)], ids=["depthwise", "one", "four"])
@pytest.mark.parametrize("bias", [False, True])
def test_the_way_back_is_the_derivative(
    stride: int, padding: Padding, kernel: tuple[int, int], filters: tuple[int, ...], bias: bool
) -> None:
    W = RNG.normal(size=(*kernel, 2, *filters))
    layer = Convolution(
        W, RNG.normal(size=W.shape[-1:]) if bias else None, stride=stride, padding=padding
    )
    errors = layer_errors(layer, RNG.normal(size=(2, 3, 5, 2)))
    assert len(errors) == 2 + bias
    assert max(errors) < 1e-7


@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (1, 1, 1, 2), (3, 1, 1, 1), (1, 2, 1, 1)])
@pytest.mark.parametrize("depthwise", [False, True])
def test_one_place_one_channel_and_one_row_are_enough(
    shape: tuple[int, ...], depthwise: bool
) -> None:
    W = RNG.normal(size=(3, 3, shape[-1], *([] if depthwise else [2])))
    layer = Convolution(W, RNG.normal(size=W.shape[-1:]), stride=2)
    assert max(layer_errors(layer, RNG.normal(size=shape))) < 1e-7


@pytest.mark.parametrize("W", [W, W[..., 0]])
def test_other_channels_than_the_kernels_have_are_refused(W: Array) -> None:
    with pytest.raises(ValueError, match=r"Expected pictures of 3 channels, .*, got 1"):
        Convolution(W).forward(X[..., :1])


@pytest.mark.parametrize(
    "layer", [Convolution(W), Pooling(POOLS["max"], Window(1, 1)), GlobalAverage()]
)
def test_rows_are_no_pictures(layer: Layer) -> None:
    with pytest.raises(ValueError, match=r"Expected pictures .*, got an array of \(2, 60\)"):
        layer.forward(X.reshape(2, 60))


def test_the_precision_stays() -> None:
    layer = Convolution(W.astype("float32"), b.astype("float32"))
    Z, backward = layer.forward(X.astype("float32"))
    found = [Z, backward.to_input(Z), *backward.gradients(Z)]
    assert {array.dtype.name for array in found} == {"float32"}
