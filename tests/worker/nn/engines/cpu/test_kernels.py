import numpy as np
import pytest
from numpy.testing import assert_allclose

from tests.worker.nn.engines.computing import eps, every_precision, key, rows_of
from worker.nn.arrays import Array
from worker.nn.engines.cpu.engine import CpuEngine
from worker.nn.engines.step_numbers import numbers_of
from worker.nn.normalization import Normalization

pytestmark = pytest.mark.usefixtures("no_step_is_small")

rng = np.random.default_rng(0)


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
