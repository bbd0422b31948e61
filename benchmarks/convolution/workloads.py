"""What convolutional networks are compared on: four of them, their pictures and their batches."""

from collections.abc import Iterator
from itertools import count
from typing import Any, NamedTuple

import numpy as np

from worker.jsontypes import Json
from worker.nn.arrays import Array, Purpose, generator
from worker.nn.engine import Eager
from worker.spec import JobSpec
from worker.training import build
from worker.training.plan import Plan
from worker.training.problem import Problem

PIECE = 64  # pictures looked at together


class PictureWorkload(NamedTuple):
    """A training in float32 by Adam, from weights drawn as he.

    Attributes:
        shape: (h, w, c) of a picture.
        layers: of the network before the last, as a spec lists them.
        units: logits; one is for two classes.
        rows: pictures in an epoch, a multiple of the batch.
        epochs: of a turn, after which the next competitor goes on.
    """

    name: str
    shape: tuple[int, int, int]
    layers: list[Json]
    units: int
    rows: int
    batch: int
    epochs: int
    learning_rate: float = 1e-4

    @property
    def steps(self) -> int:
        """Of an epoch."""
        return self.rows // self.batch

    @property
    def classes(self) -> int:
        return max(2, self.units)

    @property
    def parameters(self) -> int:
        return self.plan().network.parameters

    def spec(self) -> JobSpec:
        """The job that asks for this training."""
        return JobSpec.model_validate(
            {
                "dataset": "ds_" + "0" * 32,
                "network": {"kind": "layers", "layers": self.layers},
                "normalization": "scale",
                "optimizer": {"kind": "adam", "learning_rate": self.learning_rate},
                "batch_size": self.batch,
                "epochs": 1,
            }
        )

    def plan(self) -> Plan:
        """How that job trains."""
        return build.plan(self.spec(), Problem(self.shape, self.classes, {"train": self.rows}))

    def weights(self) -> list[Array]:
        """What every competitor starts with, in the order of a network's `params`."""
        return [np.array(p, order="C") for p in self.plan().network.start("float32").params]

    def samples(self) -> tuple[Array, Array]:
        """Pixels, uint8, and classes that a linear teacher gives them."""
        rng = np.random.default_rng(1)
        x = rng.integers(0, 256, (self.rows, *self.shape), dtype="uint8")
        teacher = rng.normal(size=(x[0].size, self.units)).astype("float32")
        scores = x.reshape(self.rows, -1) @ teacher
        scores -= scores.mean(axis=0)
        y = scores.argmax(axis=1) if self.units > 1 else scores[:, 0] > 0
        return x, y.astype("int64")

    def inputs(self) -> tuple[Array, Array]:
        """The samples as every peer keeps them in memory: float32 from 0 to 1, and the classes."""
        x, y = self.samples()
        return x / np.float32(255), y

    def turns(self) -> Iterator[range]:
        """The epochs of each turn, without end; the first turn warms up."""
        for first in count(0, self.epochs):
            yield range(first, first + self.epochs)

    def batches(self, epochs: range) -> Iterator[Array]:
        """The rows of each step of these epochs, which are those of a job."""
        for epoch in epochs:
            order = generator(self.spec().seed, Purpose.SHUFFLE, epoch).permutation(self.rows)
            yield from order.reshape(self.steps, self.batch)

    def loss(self, params: list[Array]) -> float:
        """Of all pictures, in float64, each piece normalized by its own statistics: what the
        competitors' trained weights are compared by."""
        plan, (x, y) = self.plan(), self.samples()
        network = plan.network.start("float64")
        network.params = [p.astype("float64") for p in params]
        costs = []
        for at in range(0, self.rows, PIECE):
            logits, _ = network.forward(x[at : at + PIECE] / 255, Eager(training=True))
            costs.append(cost(logits, y[at : at + PIECE]))
        return float(np.concatenate(costs).mean())


def cost(Z: Array, y: Array) -> Array:
    """Of each row of logits: logistic for one, cross-entropy for more."""
    if Z.shape[1] == 1:
        return np.logaddexp(0, Z[:, 0]) - y * Z[:, 0]
    return np.logaddexp.reduce(Z, axis=1) - Z[np.arange(len(y)), y]


def convolution(filters: int, kernel: int = 3, **how: Any) -> Json:
    return {"kind": "convolution", "filters": filters, "kernel": kernel, **how}


RELU: Json = {"kind": "activation", "activation": "relu"}
POOL: Json = {"kind": "max_pool"}
NORM: Json = {"kind": "batch_norm"}
MEAN: Json = {"kind": "global_average_pool"}
FLAT: Json = {"kind": "flatten"}


def dense(units: int) -> Json:
    return {"kind": "dense", "units": units}


def normed(filters: int, **how: Any) -> list[Json]:
    return [convolution(filters, bias=False, **how), NORM]


def block(filters: int, stride: int) -> list[Json]:
    inner = [*normed(filters, stride=stride), RELU, *normed(filters)]
    return [{"kind": "residual", "layers": inner}, RELU]


def stage(filters: int, stride: int) -> list[Json]:
    return [*block(filters, stride), *block(filters, 1)]


V1 = [
    *(layer for filters in (32, 64, 64) for layer in (convolution(filters), RELU, POOL)),
    *(FLAT, dense(64), RELU),
]
V2 = [
    *(layer for filters in (32, 64, 128) for layer in (*normed(filters), RELU, POOL)),
    # Without dropout: each library would leave out other numbers.
    *(*normed(128), RELU, MEAN),
]
V3 = [
    *(convolution(6, 5), RELU, POOL, convolution(16, 5, padding="valid"), RELU, POOL),
    *(FLAT, dense(120), RELU, dense(84), RELU),
]
V4 = [
    *(*normed(32), RELU, *stage(32, 1), *stage(64, 2), *stage(128, 2)),
    MEAN,
]
PHOTO = (64, 64, 3)
WORKLOADS = {
    workload.name: workload
    for workload in (
        PictureWorkload("V1", PHOTO, V1, 1, 512, 32, 1),
        PictureWorkload("V2", PHOTO, V2, 1, 512, 32, 1),
        PictureWorkload("V3", (28, 28, 1), V3, 10, 6_400, 64, 2),
        PictureWorkload("V4", PHOTO, V4, 1, 128, 32, 1),
    )
}
