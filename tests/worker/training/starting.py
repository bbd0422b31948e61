"""What tests of trainings that start from a model share: networks, jobs, and their models."""

import re
from typing import Any

from tests.worker.training.test_convolutional_training import layers
from tests.worker.training.test_fit import ID, pictures
from tests.worker.training.watching import RecordingWatcher
from worker.data.dataset import Dataset
from worker.jsontypes import Json
from worker.spec import JobSpec
from worker.training import build
from worker.training.fit import Trained, train
from worker.training.network_plan import NetworkPlan
from worker.training.origin import Origin
from worker.training.plan import Plan
from worker.training.problem import Problem

NETWORKS: dict[str, Json] = {
    "dense": {"hidden_units": [6, 4], "dropout": 0.3, "activation": "tanh"},
    "convolutional": {
        "kind": "convolutional",
        "blocks": [{"filters": 4}, {"filters": 5, "pool": None}],
        "hidden_units": [6],
        "dropout": 0.2,
    },
    "layers": {"kind": "layers", "layers": layers("flatten")},
}
# The convolution and its normalization; the residual, behind them in "layers".
FROZEN = {"dense": 2, "convolutional": 2, "layers": 3}
PRECISIONS = ("float32", "float64")
DATA = pictures(rows=48, classes=3)
OTHER = pictures(rows=36, classes=4, seed=7)  # of another size and another brightness


def spec(network: Json, **fields: Any) -> JobSpec:
    """With everything on that moves weights."""
    return JobSpec.model_validate(
        {
            "dataset": ID,
            "network": network,
            "optimizer": {"kind": "adamw", "learning_rate": 0.02, "weight_decay": 0.1},
            "regularization": {"l2": 0.01, "clip_norm": 1.0},
            "average_weights": 0.9,
            "validation_fraction": 0.2,
            "early_stopping": {"patience": 1000},
            "batch_size": 7,
            "epochs": 3,
            **fields,
        }
    )


def later(network: Json, **fields: Any) -> JobSpec:
    return spec(network, start_from={"model": "first", "version": 1}, seed=5, **fields)


def plan_of(job: JobSpec, data: Dataset = DATA) -> Plan:
    return build.plan(job, Problem.of_dataset(data))


def origin_of(job: JobSpec) -> Origin:
    """A model that was trained so."""
    return Origin(plan_of(job).network, train(job, DATA, RecordingWatcher()).unfolded)


def changed(before: Origin, after: Trained) -> set[str]:
    """The arrays that are others, of those that both have."""
    pairs = {name: (before.arrays[name], after.unfolded[name]) for name in before.arrays}
    return {name for name, (a, b) in pairs.items() if a.tobytes() != b.tobytes()}


def of_layers(network: NetworkPlan, numbers: set[int]) -> set[str]:
    """The names of the arrays of the layers of these numbers."""
    names = {*network.names, *network.running_names}
    return {name for name in names if int(re.findall(r"\d+", name)[0]) in numbers}
