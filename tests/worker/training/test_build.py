from typing import Any

import numpy as np
import pytest

from worker.nn.optimizers import OPTIMIZERS
from worker.spec import JobSpec, NetworkSpec
from worker.training import build

DATASET = "ds_" + "0" * 32


def spec(hidden: list[int], **fields: Any) -> JobSpec:
    network = NetworkSpec(hidden_units=hidden)
    return JobSpec(dataset=DATASET, network=network, **fields)


@pytest.mark.parametrize("hidden", [[], [3], [5, 4, 3]])
@pytest.mark.parametrize("classes", [2, 5])
def test_the_count_of_parameters_is_right_before_they_exist(
    hidden: list[int], classes: int
) -> None:
    asked = spec(hidden)
    network = build.network(asked, features=7, classes=classes)
    made = sum(p.size for p in network.params)
    assert build.parameters(asked.network, 7, classes) == made


def test_a_seed_means_one_start_in_either_precision() -> None:
    narrow, wide = (
        build.network(spec([4], seed=3, precision=p), 6, 2).params for p in ("float32", "float64")
    )
    for a, b in zip(narrow, wide, strict=True):
        assert a.dtype == np.float32
        assert (a == b.astype("float32")).all()


def test_tf32_is_stored_as_float32() -> None:
    rounded = spec([4], device="gpu", precision="tf32")
    assert {p.dtype for p in build.network(rounded, 6, 2).params} == {np.dtype("float32")}


def test_another_seed_means_another_start() -> None:
    a, b = (build.network(spec([4], seed=seed), 6, 2).params[0] for seed in (1, 2))
    assert (a != b).all()


def test_tensors_have_the_names_and_shapes_of_the_documentation() -> None:
    tensors = build.tensors_of(build.network(spec([4, 3]), 6, 2))
    shapes = {name: tensor.shape for name, tensor in tensors.items()}
    assert shapes == {"W1": (6, 4), "b1": (4,), "W2": (4, 3), "b2": (3,), "W3": (3, 1), "b3": (1,)}


def test_a_network_from_a_models_tensors_answers_the_same() -> None:
    network = build.network(spec([4, 3], precision="float64"), 6, 3)
    again = build.network_of(build.tensors_of(network), "relu")
    inputs = np.random.default_rng(0).normal(size=(5, 6))
    assert (again.logits(inputs) == network.logits(inputs)).all()


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_every_optimizer_of_the_schema_can_be_made(kind: str) -> None:
    made = build.optimizer(spec([], optimizer={"kind": kind}), [np.ones(2)])
    made.step([np.ones(2)], learning_rate=0.1)
    assert type(made) is OPTIMIZERS[kind]


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ({"kind": "constant"}, [1, 1, 1, 1]),
        ({"kind": "step", "every": 2, "gamma": 0.5}, [1, 1, 0.5, 0.25]),
        ({"kind": "exponential", "gamma": 0.9}, [1, 0.9**0.5, 0.9**2, 0.9**4]),
        ({"kind": "cosine", "final": 0.2}, [1, 0.6 + 0.4 * np.cos(np.pi / 8), 0.6, 0.2]),
        ({"kind": "constant", "warmup_epochs": 2}, [0.05, 0.3, 1, 1]),
        ({"kind": "step", "every": 2, "gamma": 0.5, "warmup_epochs": 1.0}, [0.1, 0.6, 0.5, 0.25]),
    ],
)
def test_every_schedule_of_the_schema_is_made_as_it_says(
    schedule: dict[str, object], expected: list[float]
) -> None:
    asked = JobSpec.model_validate({"dataset": DATASET, "epochs": 4, "schedule": schedule})
    made = build.schedule(asked, steps=10)
    assert [made(epoch) for epoch in (0, 0.5, 2, 4)] == pytest.approx(expected)
