from pathlib import Path
from typing import Any

import numpy as np
import pytest

from worker.nn.arrays import Array
from worker.nn.optimizers import OPTIMIZERS
from worker.spec import DenseSpec, JobSpec
from worker.training import build
from worker.training.model import dense_network_of
from worker.training.network_plan import NetworkPlan
from worker.training.problem import Problem

DATASET = "ds_" + "0" * 32


def spec(hidden: list[int], **fields: Any) -> JobSpec:
    network = DenseSpec(hidden_units=hidden)
    return JobSpec(dataset=DATASET, network=network, **fields)


def planned(hidden: list[int], classes: int = 2, **fields: Any) -> NetworkPlan:
    problem = Problem((3, 2, 1), classes, {"train": 10})
    return build.plan(spec(hidden, **fields), problem).network


def test_behind_the_plan_nothing_knows_a_spec() -> None:
    files = Path(build.__file__).parent.glob("*.py")
    assert {path.stem for path in files if "JobSpec" in path.read_text()} == {"build", "fit"}


@pytest.mark.parametrize("hidden", [[], [3], [5, 4, 3]])
@pytest.mark.parametrize("classes", [2, 5])
def test_the_count_of_parameters_is_right_before_they_exist(
    hidden: list[int], classes: int
) -> None:
    network = planned(hidden, classes)
    assert network.parameters == sum(p.size for p in network.start("float32").params)


def test_a_seed_means_one_start_in_either_precision() -> None:
    narrow, wide = (planned([4], seed=3).start(p).params for p in ("float32", "float64"))
    for a, b in zip(narrow, wide, strict=True):
        assert a.dtype == np.float32
        assert (a == b.astype("float32")).all()


def test_tf32_is_stored_as_float32() -> None:
    problem = Problem((6,), 2, {"train": 10})
    rounded = build.plan(spec([4], device="gpu", precision="tf32"), problem)
    assert (rounded.dtype, rounded.tf32) == ("float32", True)


def test_another_seed_means_another_start() -> None:
    a, b = (planned([4], seed=seed).start("float32").params[0] for seed in (1, 2))
    assert (a != b).all()


def tensors_of(plan: NetworkPlan) -> dict[str, Array]:
    """What a network of this plan starts with, in float64."""
    return dict(zip(plan.names, plan.start("float64").params, strict=True))


def test_tensors_have_the_names_and_shapes_of_the_documentation() -> None:
    tensors = tensors_of(planned([4, 3]))
    shapes = {name: tensor.shape for name, tensor in tensors.items()}
    assert shapes == {"W1": (6, 4), "b1": (4,), "W2": (4, 3), "b2": (3,), "W3": (3, 1), "b3": (1,)}


def test_a_network_from_a_models_tensors_answers_the_same() -> None:
    plan = planned([4, 3], classes=3)
    network, again = plan.start("float64"), dense_network_of(tensors_of(plan), "relu")
    inputs = np.random.default_rng(0).normal(size=(5, 6))
    assert (again.logits(inputs) == network.logits(inputs)).all()


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_every_optimizer_of_the_schema_can_be_made(kind: str) -> None:
    made = build.optimizer(spec([], optimizer={"kind": kind}).optimizer)([np.ones(2)])
    made.step([np.ones(2)], learning_rate=0.1)
    assert type(made) is OPTIMIZERS[kind]


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ({"kind": "constant"}, [1, 1, 1, 1]),
        ({"kind": "step", "every": 2, "gamma": 0.5}, [1, 1, 0.5, 0.25]),
        ({"kind": "exponential", "gamma": 0.9}, [1, 0.9**0.5, 0.9**2, 0.9**4]),
        ({"kind": "cosine", "final": 0.2}, [1, 0.6 + 0.4 * np.cos(np.pi / 8), 0.6, 0.2]),
        ({"kind": "one_cycle", "warmup_fraction": 0.5}, [0.04, 0.1805887, 1, 1e-4]),
        ({"kind": "constant", "warmup_epochs": 2}, [0.05, 0.3, 1, 1]),
        ({"kind": "step", "every": 2, "gamma": 0.5, "warmup_epochs": 1.0}, [0.1, 0.6, 0.5, 0.25]),
    ],
)
def test_every_schedule_of_the_schema_is_made_as_it_says(
    schedule: dict[str, object], expected: list[float]
) -> None:
    asked = JobSpec.model_validate({"dataset": DATASET, "epochs": 4, "schedule": schedule})
    made = build.schedule(asked.schedule, asked.epochs)(10)
    assert [made(epoch) for epoch in (0, 0.5, 2, 4)] == pytest.approx(expected)


def test_what_is_done_with_weights_and_targets_comes_into_the_plan() -> None:
    problem = Problem((6,), 2, {"train": 10})
    plain = build.plan(spec([4]), problem)
    assert (plain.average_weights, plain.label_smoothing) == (None, 0.0)
    asked = build.plan(spec([4], average_weights=0.99, label_smoothing=0.1), problem)
    assert (asked.average_weights, asked.label_smoothing) == (0.99, 0.1)
