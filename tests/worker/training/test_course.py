"""The course's notebook, step by step: its costs come out to six decimals."""

from itertools import pairwise
from pathlib import Path

import h5py
import numpy as np
import pytest

from worker.nn.activations import ACTIVATIONS
from worker.nn.arrays import Array
from worker.nn.engines.base import COST_SUM
from worker.nn.engines.batch import Rows
from worker.nn.engines.cpu.engine import CpuEngine
from worker.nn.engines.step_numbers import numbers_of
from worker.nn.losses import LOGISTIC
from worker.nn.network import Network, dense_network
from worker.nn.optimizers import SGD

LEARNING_RATE = 0.0075


def course_network(widths: list[int]) -> Network:
    """The network with the course's starting weights, which it draws as (n_out, n_in)."""
    state = np.random.RandomState(1)
    pairs = [
        ((state.randn(n_out, n_in) / np.sqrt(n_in)).T, np.zeros(n_out))
        for n_in, n_out in pairwise(widths)
    ]
    return dense_network(pairs, ACTIVATIONS["relu"])


def costs(network: Network, X: Array, y: Array, steps: int) -> list[float]:  # noqa: N803
    """The cost before each step of gradient descent on all rows, as jobs take them."""
    do, m = CpuEngine("float64", threads=2), len(y)
    network.to(do.copy)
    optimizer, inputs, found = SGD(network.params), do.copy(X), []
    rows = Rows(np.zeros((m, 1), "uint8"), y.astype("int64"), np.ones(2), np.arange(m))

    def step() -> None:
        logits, tape = network.forward(inputs, do)
        do.update(optimizer, tape.backward(do.cost(LOGISTIC, logits)))

    program, numbers = do.record(m, step), numbers_of(optimizer, [LEARNING_RATE])
    for _ in range(steps):
        do.cells[COST_SUM] = 0
        program.run(rows, 0, numbers)
        found.append(do.cells[COST_SUM] / m)
    return found


def accuracy(network: Network, X: Array, y: Array) -> float:  # noqa: N803
    return float((LOGISTIC.answers(network.logits(X)) == y).mean())


def read(path: Path, split: str) -> tuple[Array, Array]:
    with h5py.File(path) as file:
        x, y = file[f"{split}_set_x"][:], file[f"{split}_set_y"][:]
    return x.reshape(len(x), -1) / 255.0, y


@pytest.mark.timeout(300)
def test_the_table_of_the_course_comes_out(course: tuple[Path, Path]) -> None:
    (X, y), (test_X, test_y) = read(course[0], "train"), read(course[1], "test")  # noqa: N806
    network = course_network([12288, 20, 7, 5, 1])
    found = costs(network, X, y, 2_500)
    table = {0: 0.771749, 100: 0.672053, 900: 0.391747, 1600: 0.148214, 2400: 0.092878}
    assert {step: round(found[step], 6) for step in table} == table
    assert round(accuracy(network, X, y), 4) == 0.9856
    assert accuracy(network, test_X, test_y) == 0.80


def notebook_costs(X: Array, y: Array, widths: list[int], steps: int) -> list[float]:  # noqa: N803
    """The same, written as in the notebook: samples in columns, ŷ before the cost, loops."""
    state = np.random.RandomState(1)
    W = [state.randn(o, i) / np.sqrt(i) for i, o in pairwise(widths)]  # noqa: N806
    b = [np.zeros((o, 1)) for o in widths[1:]]
    m, found = len(y), []
    for _ in range(steps):
        A, kept = X.T, []  # noqa: N806
        for layer in range(len(W)):
            Z = W[layer] @ A + b[layer]  # noqa: N806
            kept.append((A, Z))
            A = np.maximum(Z, 0) if layer < len(W) - 1 else 1 / (1 + np.exp(-Z))  # noqa: N806
        found.append(float(-(y * np.log(A) + (1 - y) * np.log(1 - A)).sum() / m))
        dZ = A - y  # noqa: N806
        for layer in reversed(range(len(W))):
            A_before, _ = kept[layer]  # noqa: N806
            dW, db = dZ @ A_before.T / m, dZ.sum(axis=1, keepdims=True) / m  # noqa: N806
            if layer:
                dZ = W[layer].T @ dZ * (kept[layer - 1][1] > 0)  # noqa: N806
            W[layer] -= LEARNING_RATE * dW
            b[layer] -= LEARNING_RATE * db
    return found


# Made once by the loop above; so the case also guards that loop.
FROZEN = {0: 0.700031, 50: 0.695320, 199: 0.685469}


def test_a_small_case_agrees_with_the_notebooks_loop_and_with_its_frozen_costs() -> None:
    state = np.random.RandomState(3)
    X, y = state.rand(30, 48), state.randint(0, 2, 30)  # noqa: N806
    widths = [48, 7, 5, 1]
    found = costs(course_network(widths), X, y, 200)
    np.testing.assert_allclose(found, notebook_costs(X, y, widths, 200), rtol=1e-12)
    assert {step: round(found[step], 6) for step in FROZEN} == FROZEN
