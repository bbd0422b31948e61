"""What kernels of matrices make of pictures, and whole networks of all layers."""

from math import prod

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from tests.worker.nn.engines.comparing import close
from tests.worker.nn.engines.computing import RULES, computed, every_precision, key, rows_of
from tests.worker.nn.engines.cpu.against_eager import agree
from tests.worker.nn.engines.cpu.test_convolution import numbers
from tests.worker.nn.test_convolutional_network import CLASSES, network_of
from worker.nn.activations import ACTIVATIONS, Activation
from worker.nn.arrays import Array
from worker.nn.convolution import Convolution
from worker.nn.engine import Eager, Engine
from worker.nn.engines.cpu.engine import CpuEngine
from worker.nn.engines.cpu.program import MANY
from worker.nn.engines.layout import PIECE_ROWS, matrix, memory
from worker.nn.engines.step_numbers import numbers_of
from worker.nn.layers import Activate, Layer
from worker.nn.losses import loss_for
from worker.nn.network import Network
from worker.nn.residual import Residual
from worker.nn.windows import Window

pytestmark = pytest.mark.usefixtures("no_step_is_small")

SHAPES = [(1, 1, 1, 1), (2, 3, 4, 5), (3, 8, 8, 16), (1, 1, 1, 40)]
# The last two have samples enough to be taken one by one, the very last also pieces of sums.
TRAINED = [(5, 6, 5, 3), (4, 1, 1, 1), (MANY + 1, 7, 5, 2), (MANY, 16, PIECE_ROWS // 16, 2)]
every_shape = pytest.mark.parametrize("shape", SHAPES, ids=str)
GELU, RELU, TANH = (ACTIVATIONS[name] for name in ("gelu", "relu", "tanh"))
LOSS, STEPS = loss_for(CLASSES), 3


def every_number(do: Engine, X: Array, Y: Array) -> list[Array]:
    A = do.activate(GELU, X)
    rows = do.flatten(X)
    back = do.unflatten(rows, X.shape)
    return [A, do.chain(GELU, X, A, Y), do.add(X, Y), do.drop(X, 0, 0), rows, back]


@every_precision
@every_shape
def test_kernels_of_rows_work_on_places(shape: tuple[int, ...], precision: str) -> None:
    rng = np.random.default_rng(0)
    agree(every_number, [numbers(rng, precision, *shape) for _ in "XY"], digits=1e-5)


def bent_where_written(do: Engine, X: Array, W: Array, gamma: Array, mean: Array) -> list[Array]:
    """Relu of what a convolution and a batch normalization return, and the way back through it."""
    Z = do.convolve(X, W, None, Window(3, 3))
    A = do.activate(RELU, Z)
    Y = do.normalize(A, do.statistics(A, [mean, gamma], 0.9, 1e-5), gamma, mean)
    B = do.activate(RELU, Y)
    return [A, B, do.chain(RELU, Z, A, B), do.chain(RELU, Y, B, A)]


@every_precision
def test_relu_is_done_where_its_input_is_written(precision: str) -> None:
    rng = np.random.default_rng(0)
    shapes = (MANY, 5, 4, 16), (3, 3, 16, 9), (9,), (9,)
    given = [numbers(rng, precision, *shape) for shape in shapes]
    agree(bent_where_written, given, digits=1e-4)
    do = CpuEngine(precision, threads=1)
    X, W = map(do.copy, given[:2])
    for activation, same in ((RELU, True), (GELU, False)):
        found: list[Array] = []

        def step(g: Activation = activation, to: list[Array] = found) -> None:
            to.append(do.convolve(X, W, None, Window(3, 3)))
            to.append(do.activate(g, to[0]))

        do.record(MANY, step)
        Z, A = found
        assert np.shares_memory(Z, A) is same


@every_precision
def test_what_is_no_number_stays_so_where_relu_is_done(precision: str) -> None:
    do = CpuEngine(precision, threads=1)
    X, W = do.copy(np.full((1, 2, 2, 16), np.nan)), do.copy(np.ones((3, 3, 16, 4)))
    (A,) = computed(do, lambda: [do.activate(RELU, do.convolve(X, W, None, Window(3, 3)))])
    assert np.isnan(A).all()


@every_precision
def test_a_shortcut_is_of_what_came_before_the_activation_behind_it(precision: str) -> None:
    rng = np.random.default_rng(0)
    X, W, V = (numbers(rng, precision, *s) for s in ((2, 4, 4, 16), (3, 3, 16, 5), (3, 3, 5, 5)))

    def step(do: Engine, X: Array, W: Array, V: Array) -> list[Array]:
        layers: list[Layer] = [Convolution(W), Residual([Activate(RELU), Convolution(V)])]
        return [Network(layers).forward(X, do)[0]]

    agree(step, [X, W, V], digits=1e-4)


@every_shape
def test_pictures_lie_as_matrices(shape: tuple[int, ...]) -> None:
    do = CpuEngine("float32", threads=1)
    X = do.empty(*shape)
    rows = matrix(X)
    assert rows.shape == (prod(shape[:-1]), shape[-1])
    assert all(step % 64 == 0 for step in rows.strides[:-1])
    rows[...] = np.arange(rows.size).reshape(rows.shape)
    assert_array_equal(X.ravel(), np.arange(X.size))
    assert memory(X).sum() == X.sum()


@every_precision
def test_places_of_a_picture_are_left_out_apart(precision: str) -> None:
    do, shape = CpuEngine(precision, threads=2), (2, 5, 4, 6)
    rows = rows_of(np.zeros((5, 1), "uint8"), keys=np.array([key(1)], "uint64"))
    X, found, kept = do.copy(np.ones(shape)), list[Array](), list[Array]()
    program = do.record(2, lambda: found.append(do.drop(X, 0.5, 0)))
    for first in (0, 1):
        program.run(rows, first, numbers_of(None, [0.0]))
        kept.append(found[0].copy())
    # The sample in the middle is left out in the same places, whichever is first in its step.
    assert_array_equal(kept[0][1], kept[1][0])
    assert not np.array_equal(kept[0][0], kept[0][1])
    assert 0.3 < (kept[0] == 0).mean() < 0.7


@every_precision
def test_a_unit_of_pictures_is_a_channel(precision: str) -> None:
    do, errors = CpuEngine(precision, threads=2), np.zeros((2, 3, 3, 5))
    errors[1, 2, 0, [1, 4]] = 1
    flags, counts = do.empty(5), do.empty(5)
    Z = np.zeros((2, 3, 3, 5))
    Z[..., 2] = 100
    cells: list[int] = []

    def step() -> None:
        do.alive(do.copy(errors), flags)
        z = do.copy(Z)
        do.saturated(do.slopes(TANH, z, do.activate(TANH, z)), 0.5, counts)
        cells.append(do.squares(z))

    computed(do, step)
    assert flags.tolist() == [0, 1, 0, 0, 1]
    assert counts.tolist() == [0, 0, 18, 0, 0]
    assert do.cells[cells[0]] == 18 * 100**2


@every_precision
def test_how_far_kernels_moved_is_measured_on_a_sample(precision: str) -> None:
    do, before = CpuEngine(precision, threads=1), np.ones((3, 3, 2, 5))
    W = do.copy(before)
    sample = computed(do, lambda: do.sample(W, 1000)).copy()
    W[...] = 3
    cell = computed(do, lambda: do.moved(W, sample, 1000))
    assert do.cells[cell] == 4 * do.cells[cell + 1] == 4 * W.size


@pytest.mark.parametrize("rule", ["sgd", "adam"])
@pytest.mark.parametrize("shape", TRAINED, ids=str)
@pytest.mark.parametrize("seed", range(4))
def test_networks_of_all_layers_are_trained_as_by_the_formulas(
    seed: int, shape: tuple[int, ...], rule: str
) -> None:
    X = np.random.default_rng(seed).normal(size=shape)
    labels = np.arange(len(X)) % CLASSES
    expected = trained_by_formulas(seed, X, labels, rule)
    first: list[Array] = []
    for threads in (1, 2, 3):
        found = trained(seed, X, labels, rule, threads)
        for ours, theirs in zip(found, expected, strict=True):
            close(ours, theirs, "float64", 1e-7)
        first = first or found
        assert all((ours == theirs).all() for ours, theirs in zip(found, first, strict=True))


def trained_by_formulas(seed: int, X: Array, labels: Array, rule: str) -> list[Array]:
    """The parameters, what runs beside them, and the logits in the end."""
    network, do = network_of(np.random.default_rng(seed), X.shape), Eager(training=True)
    optimizer = RULES[rule](network.params)
    for _ in range(STEPS):
        logits, tape = network.forward(X, do)
        dZ = LOSS.cost(logits, LOSS.targets(labels, CLASSES, X), 1)[1]
        optimizer.step(tape.backward(dZ), 0.01)
    return [*network.params, *network.running, network.logits(X)]


def trained(seed: int, X: Array, labels: Array, rule: str, threads: int) -> list[Array]:
    network, do = network_of(np.random.default_rng(seed), X.shape), CpuEngine("float64", threads)
    network.to(do.copy)
    optimizer = RULES[rule](network.params)
    optimizer.to(do.copy)
    x, rows = do.copy(X), rows_of(np.zeros((len(X), 1), "uint8"), labels)

    def step() -> None:
        logits, tape = network.forward(x, do)
        do.update(optimizer, tape.backward(do.cost(LOSS, logits)))

    program = do.record(len(X), step)
    for _ in range(STEPS):
        optimizer.t += 1
        program.run(rows, 0, numbers_of(optimizer, [0.01]))
    logits = computed(do, lambda: network.forward(x, do)[0], rows, training=False)
    return [np.array(part) for part in (*network.params, *network.running, logits)]
