"""The course's training, from which every competitor starts, and what each gives back."""

from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.pictures import Pictures, pictures
from worker.data.batches import Batches
from worker.data.dataset import Split
from worker.nn.engines.cpu.engine import CpuEngine
from worker.nn.network import Network
from worker.spec import JobSpec
from worker.training import build
from worker.training.fit import moments
from worker.training.plan import Plan
from worker.training.problem import Problem
from worker.training.step import Steps

LEARNING_RATE = 0.0075
LOOKS = (1, 100, 500, 1_000, 1_500, 2_000, 2_500)  # epochs whose losses are compared


class Course(NamedTuple):
    """One run of one competitor."""

    spec: JobSpec
    pictures: Pictures
    threads: int

    @property
    def plan(self) -> Plan:
        x = self.pictures.x
        return build.plan(self.spec, Problem(x.shape[1:], 2, {"train": len(x)}))

    def network(self) -> Network:
        """Every competitor starts from these weights."""
        return self.plan.network.start(self.spec.precision)

    def rows(self) -> NDArray[np.floating]:
        """The pictures as rows of numbers from 0 to 1."""
        return (self.pictures.x.reshape(len(self.pictures.x), -1) / 255).astype(self.spec.precision)

    def batches(self) -> Batches:
        """The same rows, as a job takes them."""
        return Batches(self.plan.batches, Split.whole(self.pictures.x, self.pictures.y), 2)

    def steps(self, batches: Batches) -> Steps:
        """What a job trains with."""
        split = Split.whole(self.pictures.x, self.pictures.y)
        measured = partial(moments, split, self.threads)
        scale = self.plan.normalization(measured, split.x[0]).astype(self.spec.precision)
        engine = CpuEngine(self.spec.precision, self.threads)
        return Steps(self.plan, self.network(), scale, batches, engine)


class Run(NamedTuple):
    """How long it took, the losses before the epochs of LOOKS, and how many cores others used."""

    seconds: float
    losses: dict[int, float]
    strangers: float = 0.0


def course_of(precision: str, epochs: int, threads: int, folder: Path) -> Course:
    spec = JobSpec.model_validate(
        {
            "dataset": "ds_" + "0" * 32,
            "network": {"hidden_units": [20, 7, 5], "initializer": "xavier"},
            "normalization": "scale",
            "optimizer": {"kind": "sgd", "learning_rate": LEARNING_RATE},
            "batch_size": "all",
            "epochs": epochs,
            "precision": precision,
        }
    )
    return Course(spec, pictures(folder), threads)
