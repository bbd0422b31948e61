"""Trains a network of strangers by the engine, and holds that against the formulas."""

import numpy as np
from numpy.testing import assert_allclose

from tests.worker.nn.strangers import LowRank
from worker.nn.activations import ACTIVATIONS
from worker.nn.arrays import Array
from worker.nn.engines.base import COST_SUM
from worker.nn.engines.batch import Rows
from worker.nn.engines.cpu.engine import CpuEngine
from worker.nn.engines.step_numbers import numbers_of
from worker.nn.layers import Activate, Dense
from worker.nn.losses import LOSSES
from worker.nn.network import Network
from worker.nn.normalization import none
from worker.nn.optimizers import OPTIMIZERS

STEPS, RATE, LOSS = 5, 0.01, LOSSES["squared"]

rng = np.random.default_rng(2)
SAMPLES, LABELS = rng.integers(0, 9, (20, 6), dtype="uint8"), rng.integers(0, 3, 20)
WEIGHTS = np.array([0.5, 1.0, 2.0])


def network() -> Network:
    chance = np.random.default_rng(1)

    def draw(*shape: int) -> Array:
        return chance.normal(size=shape)

    low = LowRank(draw(6, 2), draw(2, 9), draw(9))
    return Network([low, Activate(ACTIVATIONS["softsign"]), Dense(draw(9, 3), draw(3))])


def by_formulas(name: str) -> tuple[list[Array], float]:
    """Parameters after so many steps of an optimizer, and the sum of what they cost."""
    found, total = network(), 0.0
    optimizer = OPTIMIZERS[name](found.params)
    for _ in range(STEPS):
        logits, tape = found.forward(SAMPLES.astype("float64"))
        targets = LOSS.targets(LABELS, 3, logits)
        cost, dZ = LOSS.cost(logits, targets, WEIGHTS[LABELS][:, None])
        optimizer.step(tape.backward(dZ), RATE)
        total += float(cost) * len(SAMPLES)
    return found.params, total


def by_engine(name: str) -> tuple[list[Array], float]:
    """The same, recorded."""
    found, do = network(), CpuEngine("float64", threads=2)
    found.to(do.copy)
    optimizer = OPTIMIZERS[name](found.params)
    optimizer.to(do.copy)

    def step() -> None:
        logits, tape = found.forward(do.batch(none(np.zeros(6))), do)
        do.update(optimizer, tape.backward(do.cost(LOSS, logits)))

    program, optimizer.t = do.record(len(SAMPLES), step), 1
    for _ in range(STEPS):
        rows = Rows(SAMPLES, LABELS, WEIGHTS, np.arange(len(SAMPLES)))
        program.run(rows, 0, numbers_of(optimizer, [RATE]))
    return found.params, float(do.cells[COST_SUM])


def main() -> None:
    for name in ("signs", "two_means"):
        (expected, cost), (found, told) = by_formulas(name), by_engine(name)
        assert_allclose(told, cost, rtol=1e-10)
        for ours, theirs in zip(found, expected, strict=True):
            assert_allclose(ours, theirs, rtol=1e-10, atol=1e-12)
        print(name)


if __name__ == "__main__":
    main()
