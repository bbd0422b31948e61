import numpy as np
import pytest

from worker import build
from worker.spec import JobSpec, NetworkSpec, SGDSpec

DATASET = "ds_" + "0" * 32


def spec(hidden: list[int], **fields: object) -> JobSpec:
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


@pytest.mark.parametrize("optimizer", [SGDSpec(), None])
def test_every_optimizer_of_the_schema_can_be_made(optimizer: SGDSpec | None) -> None:
    fields = {} if optimizer is None else {"optimizer": optimizer}
    made = build.optimizer(spec([], **fields), [np.ones(2)])
    made.step([np.ones(2)], learning_rate=0.1)
