from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from tests.worker.nn.engines.computing import (
    NOT_FINITE,
    Rule,
    computed,
    eps,
    every_activation,
    every_precision,
    every_rule,
    key,
    rows_of,
    run,
)
from worker.nn.activations import Activation
from worker.nn.arrays import Array
from worker.nn.engines.base import BAD_STEP, COST_SUM, RIGHT, numbers_of
from worker.nn.engines.cpu.engine import CpuEngine
from worker.nn.losses import loss_for
from worker.nn.normalization import Normalization
from worker.nn.regularization import add_l2, clip

pytestmark = pytest.mark.usefixtures("no_step_is_small")

rng = np.random.default_rng(0)

# The formulas are evaluated in float64, so that only the kernels' roundings are seen.


@every_precision
@pytest.mark.parametrize("classes", [2, 3, 10])
def test_a_cost_is_its_formula_with_weights_and_right_answers_counted(
    precision: str, classes: int
) -> None:
    loss, do = loss_for(classes), CpuEngine(precision, threads=2)
    Z = rng.normal(0, 4, (40, loss.units(classes))).astype(precision)
    Z[:2] = [[1e4], [-1e4]]
    order, weights = rng.permutation(60)[:40], rng.uniform(0.1, 3, classes)
    labels = rng.integers(0, classes, 60)
    rows = rows_of(np.zeros((60, 1), "uint8"), labels, weights=weights, order=order)
    dZ = computed(do, lambda: do.cost(loss, do.copy(Z)), rows)

    wide, taken = Z.astype("float64"), labels[order]
    Y = loss.targets(taken, classes, wide)
    cost, slopes = loss.cost(wide, Y, weights[taken][:, None])
    assert_allclose(dZ, slopes, 8 * eps(precision), eps(precision))
    assert do.cells[COST_SUM] == pytest.approx(cost * 40, rel=1e-13)
    assert do.cells[RIGHT] == (loss.answers(Z) == taken).sum()


@every_precision
@pytest.mark.parametrize(("classes", "unit"), [(2, 0), (3, 0), (3, 2)])
@pytest.mark.parametrize("number", NOT_FINITE)
def test_a_logit_that_is_not_finite_makes_the_cost_so(
    precision: str, classes: int, unit: int, number: float
) -> None:
    loss, do = loss_for(classes), CpuEngine(precision, threads=1)
    Z = np.zeros((1, loss.units(classes)))
    Z[0, unit] = number
    computed(do, lambda: do.cost(loss, do.copy(Z)))
    assert not np.isfinite(do.cells[COST_SUM])


@every_precision
@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("number", [np.inf, np.nan])
def test_the_first_step_whose_cost_is_no_number_is_named(
    precision: str, classes: int, number: float
) -> None:
    loss = loss_for(classes)
    x, labels = np.zeros((12, loss.units(classes)), "uint8"), np.zeros(12, "int64")
    labels[[7, 10]] = 1
    do, as_they_are = CpuEngine(precision, threads=1), Normalization(x[0], x[0] + 1)
    program = do.record(2, lambda: do.cost(loss, do.batch(as_they_are)))
    run(program, rows_of(x, labels, weights=np.array([1, number, 1])), steps=6)
    assert do.cells[BAD_STEP] == 4


def start_of(precision: str) -> list[Array]:
    """A weight of more rows than are taken at once, and a bias."""
    shapes = [(150, 20), (20,)]
    return [rng.normal(size=shape).astype(precision) for shape in shapes]


@every_rule
@every_precision
@pytest.mark.parametrize("watched", [False, True])  # if not, the gradient stays in the cache
def test_twenty_steps_of_an_optimizer_are_its_formulas(
    rule: Rule, precision: str, watched: bool
) -> None:
    rows, rates = 4, np.linspace(0.05, 0.01, 20)
    x, back = rng.integers(0, 256, (80, 150), dtype="uint8"), rng.normal(size=(150, 20))
    normal = Normalization(x.mean(axis=0), np.full(150, 0.01))
    start, do = start_of(precision), CpuEngine(precision, threads=2)
    optimizer = rule([do.copy(p) for p in start])
    optimizer.to(do.copy)

    def step() -> None:
        X = do.batch(normal)
        dZ = do.product(X, do.copy(back))
        gradients = [do.product(X.T, dZ), do.add_rows(dZ)]
        if watched:
            do.squares(gradients[0])
        do.update(optimizer, gradients)

    program = do.record(rows, step)
    optimizer.t += len(rates)
    program.run(rows_of(x), 0, numbers_of(optimizer, rates.tolist()))

    expected = rule([p.astype("float64") for p in start])
    for i, rate in enumerate(rates):
        X = normal.apply(x[rows * i : rows * (i + 1)])
        expected.step([X.T @ (X @ back), (X @ back).sum(axis=0)], rate)
    for found, p in zip(optimizer.params, expected.params, strict=True):
        assert_allclose(found, p, 1e3 * eps(precision), 1e3 * eps(precision))


@every_precision
def test_l2_is_added_to_the_gradients_of_weights(precision: str) -> None:
    params, gradients, do = start_of(precision), start_of(precision), CpuEngine(precision, 2)
    placed = [do.copy(g) for g in gradients]
    computed(do, lambda: do.add_scaled(placed[0], 0.3, do.copy(params[0])))
    add_l2(gradients, params, 0.3)
    for found, g in zip(placed, gradients, strict=True):
        assert_allclose(found, g, 4 * eps(precision), 4 * eps(precision))


@every_precision
@pytest.mark.parametrize("size", [1.0, 1e-3, 1e20])  # 1e20² is more than float32 can say
def test_gradients_are_clipped_together(precision: str, size: float) -> None:
    gradients, do = start_of(precision), CpuEngine(precision, threads=2)
    for g in gradients:
        g *= size
    placed = [do.copy(g) for g in gradients]
    computed(do, lambda: do.limit(placed, 1.0))
    with np.errstate(over="ignore"):
        clip(gradients, 1.0)
    for found, g in zip(placed, gradients, strict=True):
        assert_allclose(found, g, 8 * eps(precision))


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
    program = do.record(count, lambda: found.append(do.drop(do.batch(unchanged), rate, place=1)))
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


# What is told about a step.


@every_precision
def test_a_unit_is_alive_once_some_row_has_an_error(precision: str) -> None:
    errors, do = np.zeros((9, 21), precision), CpuEngine(precision, threads=3)
    errors[[0, 8, 8], [3, 4, 20]] = [1e-30, np.nan, -1]
    flags = do.empty(21)
    flags[7] = 1
    computed(do, lambda: do.alive(do.copy(errors), flags))
    assert np.flatnonzero(flags).tolist() == [3, 4, 7, 20]


@every_activation
@every_precision
def test_flat_slopes_are_counted_unit_by_unit(g: Activation, precision: str) -> None:
    Z, do = rng.normal(0, 3, (40, 21)).astype(precision), CpuEngine(precision, threads=3)
    counts, A = do.empty(21), g.g(Z)
    counts[:] = 7  # of the epoch before

    def step() -> None:
        do.saturated(do.slopes(g, do.copy(Z), do.copy(A)), 0.01 * g.steepest, counts)

    computed(do, step)
    assert_array_equal(counts, (np.abs(g.slope(Z, A)) < 0.01 * g.steepest).sum(axis=0))


@every_precision
@pytest.mark.parametrize("shape", [(1, 1), (5,), (31, 17), (300, 513)])
def test_squares_are_summed_in_double(precision: str, shape: Sequence[int]) -> None:
    X, do = rng.normal(size=shape).astype(precision) * 1e25, CpuEngine(precision, threads=3)
    cell = computed(do, lambda: do.squares(do.copy(X)))
    assert do.cells[cell] == pytest.approx((X.astype("float64") ** 2).sum(), rel=1e-13)


@every_precision
@pytest.mark.parametrize("count", [10, 1000])
def test_how_far_a_matrix_moved_is_measured_on_a_sample(precision: str, count: int) -> None:
    before, after = rng.normal(size=(2, 30, 16)).astype(precision)
    do = CpuEngine(precision, threads=2)
    W = do.copy(before)
    sample = computed(do, lambda: do.sample(W, count)).copy()
    assert len(sample) >= min(count, W.size)
    W[...] = after
    cell = computed(do, lambda: do.moved(W, sample, count))
    taken = np.isin(before, sample)
    way, size = ((X[taken].astype("float64") ** 2).sum() for X in (after - before, before))
    assert do.cells[cell : cell + 2] == pytest.approx([way, size], rel=1e3 * eps(precision))
