import multiprocessing
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tests.worker.nn.engines.computing import (
    RULES,
    Rule,
    behind,
    blank,
    computed,
    every_precision,
    every_rule,
    rows_of,
)
from worker.nn.activations import ACTIVATIONS
from worker.nn.arrays import Array
from worker.nn.engines.base import Program
from worker.nn.engines.batch import UNCHANGED
from worker.nn.engines.cpu import cache
from worker.nn.engines.cpu.engine import CpuEngine, warm_up
from worker.nn.engines.layout import LINE_BYTES
from worker.nn.engines.step_numbers import numbers_of
from worker.nn.losses import SOFTMAX
from worker.nn.network import Network, dense_network
from worker.nn.normalization import Normalization, none

pytestmark = pytest.mark.usefixtures("no_step_is_small")

rng = np.random.default_rng(0)
PICTURE = none(np.zeros((1, 1, 11)))
GELU = ACTIVATIONS["gelu"]


@every_precision
@pytest.mark.parametrize("shape", [(1,), (513,), (1, 1), (9, 17), (3, 512), (3, 1024)])
def test_every_row_begins_a_line_of_the_cache_and_rows_are_no_whole_pages_apart(
    precision: str, shape: tuple[int, ...]
) -> None:
    X = CpuEngine(precision, threads=1).empty(*shape)
    assert X.shape == shape
    assert X.dtype == precision
    assert X.ctypes.data % LINE_BYTES == 0
    assert all(step % LINE_BYTES == 0 and step % 4096 for step in X.strides[:-1])


@every_precision
def test_whoever_warms_up_has_the_kernels_and_says_so(precision: str) -> None:
    warm_up(precision)
    assert cache.mark(precision).exists()


COMPUTATIONS: dict[str, Callable[[CpuEngine, Array, Array], Array]] = {
    "affine": lambda do, X, W: do.affine(X, W, do.copy(np.ones(W.shape[1]))),
    "product": lambda do, X, W: do.product(X, W),
    "product, transposed": lambda do, X, W: do.product(X.T, X),
    "product by a transposed one": lambda do, X, W: do.product(X, do.copy(X).T),
    "sum": lambda do, X, W: do.add_rows(X),
    "activation": lambda do, X, W: do.activate(ACTIVATIONS["sigmoid"], X),
    "slope": lambda do, X, W: do.chain(GELU, X, X, X),
    "dropout": lambda do, X, W: do.drop(X, 0.5, 0),
    "cost": lambda do, X, W: do.cost(SOFTMAX, X),
    "batch": lambda do, X, W: do.batch(Normalization(np.full(11, 3), np.ones(11))),
    "batch of pictures": lambda do, X, W: do.batch(PICTURE, pictures=True)[:, 0, 0],
    "changed batch": lambda do, X, W: do.batch(none(np.zeros((1, 11, 1))), changed=True),
}


@every_precision
@pytest.mark.parametrize("computation", COMPUTATIONS.values(), ids=COMPUTATIONS)
def test_what_lies_behind_the_rows_stays_zero(
    computation: Callable[[CpuEngine, Array, Array], Array], precision: str
) -> None:
    do = CpuEngine(precision, threads=2)
    X, W = do.copy(rng.normal(size=(5, 11))), do.copy(rng.normal(size=(11, 7)))
    chance = {"changes": np.tile(UNCHANGED, (5, 1)), "keys": np.full(1, 12345, "uint64")}
    rows = rows_of(np.ones((5, 11), "uint8"), **chance)
    found = computed(do, lambda: computation(do, X, W), rows)
    assert found.any()
    assert not behind(found).any()


@every_rule
@every_precision
def test_nothing_gathers_between_the_rows_of_parameters_and_moments(
    rule: Rule, precision: str
) -> None:
    """Their products share a place to work in, and the second's rows lie a line further apart."""
    do, pages = CpuEngine(precision, threads=2), 4096 // np.dtype(precision).itemsize
    X, dZ = do.copy(rng.normal(size=(64, 40))), do.copy(rng.normal(size=(64, 1900)))
    last = do.copy(dZ[:, :pages])
    optimizer = rule([do.empty(40, 1900), do.empty(40, pages)])
    optimizer.to(do.copy)
    program = do.record(
        1, lambda: do.update(optimizer, [do.product(X.T, dZ), do.product(X.T, last)])
    )
    optimizer.t = 1
    program.run(rows_of(blank()), 0, numbers_of(optimizer, [0.1]))
    kept = [*optimizer.params, *(X for moments in optimizer.moments.values() for X in moments)]
    assert all(X.any() for X in kept)
    assert not any(behind(X).any() for X in kept)


def starting(do: CpuEngine, dropout: float = 0) -> Network:
    chance, widths = np.random.default_rng(1), [6, 20, 9, 3]
    pairs = [
        (chance.normal(size=shape), chance.normal(size=shape[1])) for shape in pairwise(widths)
    ]
    network = dense_network(pairs, GELU, dropout)
    network.to(do.copy)
    return network


class Trained:
    """A network and programs that train it with batches of some sizes, or only answer."""

    def __init__(self) -> None:
        self.do = CpuEngine("float64", threads=2)
        self.network = starting(self.do, dropout=0.3)
        self.optimizer = RULES["adam"](self.network.params)
        self.optimizer.to(self.do.copy)
        self._programs: dict[tuple[int, bool], Program] = {}

    def record(self, size: int, training: bool) -> Program:
        def step() -> None:
            logits, tape = self.network.forward(self.do.batch(none(np.zeros(6))), self.do)
            dZ = self.do.cost(SOFTMAX, logits)
            if training:
                gradients = tape.backward(dZ)
                self.do.limit(gradients, 1.0)
                self.do.update(self.optimizer, gradients)

        return self._programs.setdefault(
            (size, training), self.do.record(size, step, training=training)
        )

    def take(self, size: int, training: bool) -> list[float]:
        """What the steps so far have cost and got right."""
        chance = np.random.default_rng(2)
        x, labels = chance.integers(0, 9, (30, 6), dtype="uint8"), chance.integers(0, 3, 30)
        rows = rows_of(x, labels, keys=chance.integers(2**64, size=2, dtype="uint64"))
        self.optimizer.t += training
        self.record(size, training).run(rows, 2, numbers_of(self.optimizer, [0.01]))
        return [float(cell) for cell in self.do.cells[:2]]


def test_programs_that_share_their_places_do_not_disturb_each_other() -> None:
    kinds = [(16, True), (5, True), (28, True), (11, False)]
    together = Trained()
    for kind in kinds:
        together.record(*kind)
    for kind in [*kinds, *kinds[::-1]]:
        alone = Trained()
        alone.optimizer.t = together.optimizer.t
        for mine, other in zip(everything(alone), everything(together), strict=True):
            mine[...] = other
        assert alone.take(*kind) == together.take(*kind)
        for mine, other in zip(everything(alone), everything(together), strict=True):
            assert (mine == other).all()


def everything(trained: Trained) -> list[Array]:
    moments = [X for kept in trained.optimizer.moments.values() for X in kept]
    return [trained.do.cells[:3], *trained.network.params, *moments]


def test_dropout_leaves_nothing_out_of_an_answer() -> None:
    trained = Trained()
    X = rng.integers(0, 9, (7, 6), dtype="uint8")

    def answer() -> Array:
        inputs = trained.do.batch(none(np.zeros(6)))
        return trained.network.forward(inputs, trained.do)[0]

    logits = computed(trained.do, answer, rows_of(X), training=False)
    assert_allclose(logits, trained.network.logits(X.astype("float64")), atol=1e-12)


def product_by(threads: int) -> None:
    A = rng.normal(size=(40, 40))
    do = CpuEngine("float64", threads)
    assert_allclose(computed(do, lambda: do.product(do.copy(A), do.copy(A))), A @ A, atol=1e-12)


# A process that forks with threads is warned, since 3.12; these threads only wait.
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_threads_work_in_a_process_that_was_forked_after_they_began() -> None:
    product_by(threads=3)
    child = multiprocessing.get_context("fork").Process(target=product_by, args=[3])
    child.start()
    child.join(30)
    try:
        assert child.exitcode == 0
    finally:
        child.kill()
