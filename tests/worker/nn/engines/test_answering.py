"""Networks of pictures as they answer, beside the formulas."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from math import isqrt
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from worker.nn.activations import ACTIVATIONS
from worker.nn.arrays import Array
from worker.nn.convolution import Convolution
from worker.nn.engine import EAGER
from worker.nn.engines.answering import LANE_BYTES, patches, winograd
from worker.nn.engines.answering.by_blas import BlasNetwork
from worker.nn.engines.answering.by_kernels import KernelNetwork
from worker.nn.engines.answering.network import answering_network
from worker.nn.engines.answering.products import ALONE, LEAST, multiply
from worker.nn.engines.answering.scratch import KEPT, Scratch
from worker.nn.engines.answering.threads import mapping
from worker.nn.engines.cpu import cache
from worker.nn.folding import Normalize
from worker.nn.layers import Activate, Dense, Layer
from worker.nn.network import Network
from worker.nn.normalization import scale
from worker.nn.pooling import GlobalAverage, Pooling
from worker.nn.pools import POOLS
from worker.nn.residual import Residual
from worker.nn.windows import Padding, Window

RNG = np.random.default_rng(0)
THREADS = mapping(2)
PADDINGS: tuple[Padding, ...] = ("same", "valid")
FIELDS = "h, w, c, filters"


def drawn(*shape: int) -> Array:
    return RNG.normal(size=shape)


@pytest.mark.parametrize("padding", PADDINGS)
# One tile, tiles over the end of both sides, several strips of which the last is shorter.
@pytest.mark.parametrize(FIELDS, [(3, 4, 9, 1), (5, 7, 8, 70), (34, 20, 64, 64), (6, 6, 8, 300)])
def test_winograds_convolution_is_the_convolution(
    h: int, w: int, c: int, filters: int, padding: Padding
) -> None:
    X, W, b = drawn(1, h, w, c), drawn(3, 3, c, filters), drawn(filters)
    window = Window(3, 3, padding=padding)
    assert winograd.fits(W, window)
    U, (P,) = winograd.transformed_kernels(W), window.pad(X)
    for bias in (b, None):
        for each in (map, THREADS):
            found = winograd.convolve(P, U, bias, each)
            assert_allclose(found, EAGER.convolve(X, W, bias, window)[0], rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(
    ("shape", "stride"), [((5, 5, 8, 2), 1), ((3, 3, 8, 2), 2), ((3, 3, 7, 2), 1), ((3, 3, 9), 1)]
)
def test_other_kernels_do_not_fit(shape: tuple[int, ...], stride: int) -> None:
    assert not winograd.fits(drawn(*shape), Window(shape[0], shape[1], stride))


@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("kernel", [1, 2, 3, 5])
def test_patches_are_convolved(kernel: int, stride: int, padding: Padding) -> None:
    X, W, b = drawn(1, 23, 24, 6), drawn(kernel, kernel, 6, 40), drawn(40)
    window = Window(kernel, kernel, stride, padding)
    for bias in (b, None):
        for each in (map, THREADS):
            found = patches.convolve(window.pad(X)[0], W, bias, window, each)
            assert_allclose(found, EAGER.convolve(X, W, bias, window)[0], rtol=1e-10, atol=1e-10)


def test_a_product_is_cut_where_one_thread_would_ask_others() -> None:
    asked: list[int] = []

    def each(call: Callable[[Any], Any], of: Iterable[Any], /) -> Iterator[Any]:
        begins = [*of]
        asked.extend(begins)
        return map(call, begins)

    A, B = drawn(2, 32, 64), drawn(2, 64, 300)
    multiply(A, B, out := np.empty((2, 32, 300)), each)
    assert asked == [0, ALONE // (32 * 64), 2 * ALONE // (32 * 64)]
    assert_allclose(out, A @ B, rtol=1e-12, atol=1e-12)
    asked.clear()
    multiply(drawn(1024, 512), drawn(512, LEAST + 1), np.empty((1024, LEAST + 1)), each)
    assert asked == [0, LEAST]


def test_a_thread_is_lent_its_memory_again_but_not_much_of_it() -> None:
    scratch, dtype = Scratch(), np.dtype("float32")
    small = scratch.lend("V", (2, 3), dtype)
    large = scratch.lend("V", (4, 3), dtype)
    assert np.shares_memory(large, scratch.lend("V", (3, 2), dtype))
    assert not np.shares_memory(large, small)
    assert not np.shares_memory(large, scratch.lend("V", (2, 3), np.dtype("float64")))
    huge = scratch.lend("V", (KEPT + 1,), dtype)
    assert not np.shares_memory(huge, scratch.lend("V", (KEPT + 1,), dtype))


SHAPE = 18, 14, 3


def layers() -> list[Layer]:
    relu = Activate(ACTIVATIONS["relu"])
    inner: list[Layer] = [Convolution(drawn(3, 3, 16, 16) / 9, drawn(16)), relu]
    return [
        Convolution(drawn(3, 3, 3, 16) / 99, drawn(16)),
        relu,
        Pooling(POOLS["max"], Window(2, 2, 2, "valid")),
        Residual(inner, Convolution(drawn(1, 1, 16, 16) / 4)),
        Convolution(drawn(3, 3, 16) / 9, drawn(16)),  # depthwise
        GlobalAverage(),
        Dense(drawn(16, 3), drawn(3)),
    ]


def by_blas(own: list[Layer], threads: int) -> Network:
    return BlasNetwork(own, threads)


def by_kernels(own: list[Layer], threads: int) -> Network:
    return KernelNetwork(own, SHAPE, threads)


@pytest.mark.parametrize("make", [by_blas, by_kernels])
@pytest.mark.parametrize("before", [[], [Normalize(scale(np.zeros(SHAPE)))]], ids=len)
def test_a_network_answers_as_the_formulas_do_whatever_stands_beside_a_picture(
    make: Callable[[list[Layer], int], Network], before: list[Layer]
) -> None:
    X, own = RNG.integers(0, 256, (21, *SHAPE)).astype("uint8"), before + layers()
    expected = Network(own).logits(X.astype("float64"))
    network = make(own, 1)
    found = network.logits(X)
    assert {array.dtype.name for array in network.arrays} == {"float32"}
    assert network.memory > sum(array.nbytes for array in network.arrays)
    assert found.dtype == "float64"
    assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
    for threads in (1, 3):
        again = make(own, threads)
        assert (again.logits(X.astype("float64")) == found).all()
        assert (again.logits(X[2:3]) == found[2:3]).all()


def test_blas_is_given_transformed_kernels_where_they_help() -> None:
    network = BlasNetwork(layers(), threads=1)
    assert [U.shape for U in network.transformed.values()] == [(16, 16, 16)]


def test_those_who_answer_at_once_do_not_disturb_one_another() -> None:
    network, X = by_kernels(layers(), threads=2), RNG.normal(size=(40, *SHAPE))
    expected = network.logits(X)
    with ThreadPoolExecutor(8) as clients:
        asked = [slice(at, at + 1 + at % 11) for at in range(30)] * 4
        answers = clients.map(lambda rows: network.logits(X[rows]), asked)
        assert all(
            (found == expected[rows]).all() for found, rows in zip(answers, asked, strict=True)
        )


def test_pictures_too_large_for_several_at_a_time_are_answered_one_by_one() -> None:
    side = isqrt(LANE_BYTES // (2 * 4 * 16)) + 1
    wide: list[Layer] = [Convolution(drawn(3, 3, 1, 16)), GlobalAverage()]
    network, X = KernelNetwork(wide, (side, side, 1), threads=1), RNG.random((2, side, side, 1))
    assert network.memory < 3 * LANE_BYTES
    assert_allclose(network.logits(X), Network(wide).logits(X.astype("float32")), rtol=1e-4)


@pytest.mark.parametrize(("missing", "kind"), [(["float32"], BlasNetwork), ([], KernelNetwork)])
def test_without_compiled_kernels_blas_answers(
    missing: list[str], kind: type[Network], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "missing", lambda: missing)
    assert type(answering_network(layers(), SHAPE, threads=1)) is kind


def test_a_picture_without_a_place_for_the_kernel_is_refused() -> None:
    network = BlasNetwork([Convolution(drawn(3, 3, 9, 2), padding="valid")], threads=1)
    with pytest.raises(ValueError, match=r"at least 3 × 3 for this kernel"):
        network.logits(np.zeros((1, 2, 3, 9)))
