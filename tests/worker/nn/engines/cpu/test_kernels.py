import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from tests.worker.nn.engines.computing import computed, eps, every_precision, key, rows_of
from worker.nn.arrays import Array
from worker.nn.engines.base import numbers_of
from worker.nn.engines.cpu.engine import CpuEngine
from worker.nn.normalization import Normalization

pytestmark = pytest.mark.usefixtures("no_step_is_small")

rng = np.random.default_rng(0)


@every_precision
def test_rows_are_gathered_in_their_order_and_normalized(precision: str) -> None:
    x, order = rng.integers(0, 256, (30, 19), dtype="uint8"), rng.integers(0, 30, 50)
    normal = Normalization(rng.uniform(0, 255, 19), rng.uniform(0, 0.1, 19)).astype(precision)
    do = CpuEngine(precision, threads=3)
    X = computed(do, lambda: do.batch(normal), rows_of(x, order=order))
    assert_allclose(X, normal.apply(x[order]), 4 * eps(precision), 32 * eps(precision))


def moved(picture: Array, mirrored: bool, down: int, right: int) -> Array:
    """By padding with the edge and cutting out."""
    height, width = picture.shape[:2]
    far = max(abs(down), abs(right))
    wide = np.pad(picture, ((far, far), (far, far), (0, 0)), mode="edge")
    cut = wide[far - down : far - down + height, far - right : far - right + width]
    return cut[:, ::-1] if mirrored else cut


@every_precision
@settings(deadline=None)
@given(shape=st.tuples(*[st.integers(1, 7)] * 3), shift=st.integers(0, 9), seed=st.integers(0, 99))
def test_pictures_are_moved_and_mirrored_by_their_place_in_the_order(
    precision: str, shape: tuple[int, int, int], shift: int, seed: int
) -> None:
    chance = np.random.default_rng(seed)
    x, order = chance.integers(0, 256, (9, *shape), dtype="uint8"), chance.permutation(9)
    moves = np.column_stack([chance.integers(0, 2, 9), chance.integers(-shift, shift + 1, (9, 2))])
    do, as_they_are = CpuEngine(precision, threads=2), Normalization(0 * x[0], 0 * x[0] + 1)
    X = computed(do, lambda: do.batch(as_they_are, shape), rows_of(x, order=order, moves=moves))
    pairs = zip(x[order], moves, strict=True)
    assert_array_equal(X.reshape(x.shape), [moved(picture, *how) for picture, how in pairs])


# Which units a dropout leaves out. Squares are as in the paper, with numbers that have no end.


def squares(key: int, place: int) -> int:
    def transposed(x: int) -> int:
        x %= 2**64
        return x >> 32 | x << 32 & 2**64 - 1

    y = key * place % 2**64
    z = y + key
    x = transposed(y * y + y)
    x = transposed(x * x + z)
    x = transposed(x * x + y)
    return (x * x + z) % 2**64 >> 32


def kept(X: Array, rate: float, key: int, rows_at_once: int | None = None) -> Array:
    """What dropout leaves of X, whose rows are an epoch's."""
    do, count = CpuEngine(X.dtype.name, threads=3), rows_at_once or len(X)
    place, unchanged = do.empty(*X.shape), Normalization(np.zeros(X.shape[1]), np.ones(X.shape[1]))
    found: list[Array] = []
    rows = rows_of(X.astype("uint8"), keys=np.array([0, key], "uint64"))
    program = do.record(count, lambda: found.append(do.drop(do.batch(unchanged), rate, index=1)))
    for first in range(0, len(X), count):
        program.run(rows, first, numbers_of(None, [0.0]))
        place[first : first + count] = found[0]
    return place


@every_precision
@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_dropout_leaves_out_what_the_papers_generator_says_and_scales_the_rest(
    precision: str, rate: float
) -> None:
    X, drawn = rng.integers(1, 256, (24, 17)).astype(precision), key(0)
    numbers = [squares(drawn, place) for place in range(X.size)]
    stays = np.array(numbers).reshape(X.shape) >= int(rate * 2**32)
    assert_allclose(kept(X, rate, drawn), np.where(stays, X / (1 - rate), 0), 4 * eps(precision))


def test_what_is_left_out_depends_on_the_place_in_the_epoch_not_on_the_batch() -> None:
    X = np.ones((24, 17), "float32")
    at_once = kept(X, 0.5, 12345)
    assert all((kept(X, 0.5, 12345, count) == at_once).all() for count in (1, 3, 8))


def surprise(hits: Array) -> float:
    """How far the shares of hits are from a half, over many keys: of independent hits with
    probability 1/2 the sum of squared deviations is χ² with as many degrees as keys. Given in its
    own standard deviations from its mean, which is about normal."""
    count = hits[0].size
    z = (hits.reshape(len(hits), -1).sum(axis=1) - count / 2) / np.sqrt(count / 4)
    return float(abs((z**2).sum() - len(hits)) / np.sqrt(2 * len(hits)))


def test_dropouts_look_independent_from_place_to_place_and_key_to_key() -> None:
    X = np.ones((64, 64), "float32")
    pairs = [(kept(X, 0.5, k), kept(X, 0.5, k ^ 1)) for k in map(key, range(60))]
    out, neighbours = (np.stack(side) == 0 for side in zip(*pairs, strict=True))
    assert surprise(out) < 5
    assert surprise(out[:, :, 1:] ^ out[:, :, :-1]) < 5
    assert surprise(out[:, 1:] ^ out[:, :-1]) < 5
    assert surprise(out ^ neighbours) < 5
    assert surprise(out[1:] ^ out[:-1]) < 5
