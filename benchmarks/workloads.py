"""What the core and its peers are compared on: six networks, their rows and their batches."""

from collections.abc import Callable, Iterator
from itertools import count, pairwise
from typing import NamedTuple

import numpy as np

from worker.nn.arrays import Array, Purpose, generator
from worker.spec import JobSpec
from worker.training import build
from worker.training.plan import Plan
from worker.training.problem import Problem

PIECE = 1_000  # rows looked at together


class Workload(NamedTuple):
    """A training in float32 with relu between the layers, from weights drawn as he.

    Attributes:
        widths: numbers in a row, then units of each layer; one unit at the end is for two classes.
        batch: rows in a step.
        epochs: of a turn, after which the next competitor goes on.
    """

    widths: tuple[int, ...]
    rows: int
    batch: int
    optimizer: str
    learning_rate: float
    epochs: int

    @property
    def whole(self) -> bool:
        """Whether a step takes all rows, in their order."""
        return self.batch >= self.rows

    @property
    def steps(self) -> int:
        """Of an epoch; the last may have fewer rows."""
        return -(-self.rows // self.batch)

    @property
    def classes(self) -> int:
        return max(2, self.widths[-1])

    @property
    def parameters(self) -> int:
        return sum((n_in + 1) * n_out for n_in, n_out in pairwise(self.widths))

    def spec(self, epochs: int = 1) -> JobSpec:
        """The job that asks for this training."""
        return JobSpec.model_validate(
            {
                "dataset": "ds_" + "0" * 32,
                "network": {"hidden_units": list(self.widths[1:-1])},
                "normalization": "scale",
                "optimizer": {"kind": self.optimizer, "learning_rate": self.learning_rate},
                "batch_size": "all" if self.whole else self.batch,
                "epochs": epochs,
            }
        )

    def plan(self) -> Plan:
        """How that job trains."""
        return build.plan(self.spec(), Problem(self.widths[:1], self.classes, {"train": self.rows}))

    def weights(self) -> list[Array]:
        """W1, b1, W2, b2, … with which every competitor starts; W is (n_in, n_out)."""
        params = self.plan().network.start("float32").params
        return [np.array(p, order="C") for p in params]

    def samples(self) -> tuple[Array, Array]:
        """Pixels, uint8, seven of eight black, and the classes that a linear teacher gives them."""
        rng = np.random.default_rng(1)
        x = rng.integers(0, 256, (self.rows, self.widths[0]), dtype="uint8")
        # Bright pixels have a common part that makes every path unsteady, and rounding decides it.
        x *= x % 8 == 0
        teacher = rng.normal(size=(self.widths[0], self.widths[-1])).astype("float32")
        scores = np.concatenate([x[piece] @ teacher for piece in self.pieces()])
        scores -= scores.mean(axis=0)
        y = scores.argmax(axis=1) if scores.shape[1] > 1 else scores[:, 0] > 0
        return x, y.astype("int64")

    def inputs(self) -> tuple[Array, Array]:
        """The samples as every peer keeps them in memory: float32 from 0 to 1, and the classes."""
        x, y = self.samples()
        return x / np.float32(255), y

    def turns(self) -> Iterator[range]:
        """The epochs of each turn, without end; the first turn warms up."""
        for first in count(0, self.epochs):
            yield range(first, first + self.epochs)

    def order(self, epoch: int) -> Array:
        """The rows as an epoch goes through them, which is how a job's epoch does."""
        return generator(self.spec().seed, Purpose.SHUFFLE, epoch).permutation(self.rows)

    def batches(self, epochs: range) -> Iterator[Array]:
        """The rows of each step of these epochs."""
        for epoch in epochs:
            order = np.arange(self.rows) if self.whole else self.order(epoch)
            for at in range(0, self.rows, self.batch):
                yield order[at : at + self.batch]

    def loss(self, params: list[Array]) -> float:
        """Of all rows, in float64: what the competitors' trained weights are compared by."""
        x, y = self.samples()
        params = [p.astype("float64") for p in params]
        cost = logistic if self.widths[-1] == 1 else cross_entropy
        costs = [cost(logits(x[piece] / 255, params), y[piece]) for piece in self.pieces()]
        return float(np.concatenate(costs).mean())

    def pieces(self) -> list[slice]:
        return [slice(at, at + PIECE) for at in range(0, self.rows, PIECE)]


def logits(A: Array, params: list[Array]) -> Array:
    *hidden, last = zip(params[::2], params[1::2], strict=True)
    for W, b in hidden:
        A = np.maximum(A @ W + b, 0)
    W, b = last
    return A @ W + b


def logistic(Z: Array, y: Array) -> Array:
    return np.logaddexp(0, Z[:, 0]) - y * Z[:, 0]


def cross_entropy(Z: Array, y: Array) -> Array:
    return np.logaddexp.reduce(Z, axis=1) - Z[np.arange(len(y)), y]


# After every epoch a competitor says how to read its weights, in the order of Workload.weights().
Training = Iterator[Callable[[], list[Array]]]

# The epochs make turns of about half a second; the rates leave some loss at the end to compare.
WORKLOADS = {
    "A": Workload((12288, 20, 7, 5, 1), 209, 209, "sgd", 5e-4, 200),
    "A2": Workload((12288, 20, 7, 5, 1), 2_000, 32, "adam", 2e-5, 6),
    "B": Workload((12288, 256, 128, 1), 4_000, 64, "adam", 2e-5, 1),
    "C": Workload((3072, 2048, 2048, 1), 8_000, 512, "adam", 2e-5, 1),
    "D": Workload((784, 128, 64, 10), 8_000, 64, "adam", 1e-4, 5),
    "E": Workload((20, 16, 1), 10_000, 32, "adam", 1e-3, 8),
}
