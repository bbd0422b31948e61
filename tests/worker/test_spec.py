import re
from typing import Any

import pytest
from pydantic import ValidationError

from worker.nn.activations import ACTIVATIONS
from worker.nn.initializers import INITIALIZERS
from worker.nn.optimizers import OPTIMIZERS
from worker.spec import DenseSpec, JobSpec
from worker.training import build

DATASET = "ds_" + "0" * 32


def test_only_the_dataset_is_required() -> None:
    spec = JobSpec(dataset=DATASET)
    assert spec.network.hidden_units == [20, 7, 5]
    assert spec.optimizer.kind == "adam"


@pytest.mark.parametrize(
    "fields",
    [
        {"dataset": "../etc"},
        {"dataset": DATASET + "\n"},
        {"model": "Cats"},
        {"model": "../cats"},
        {"epochs": 0},
        {"start_from": {"version": 1}},
        {"start_from": {"model": "../cats"}},
        {"start_from": {"model": "cats", "version": 0}},
        {"freeze": 1},
        {"freeze": 257, "start_from": {"model": "cats"}},
        {"epochs": 10**7},
        {"batch_size": 0},
        {"batch_size": "some"},
        {"seed": -1},
        {"learning_rate": 0.1},
        {"optimizer": {"kind": "adam", "learning_rate": 0}},
        {"optimizer": {"kind": "adam", "learning_rate": float("nan")}},
        {"optimizer": {"kind": "sgd", "beta1": 0.9}},
        {"optimizer": {"kind": "newton"}},
        {"network": {"hidden_units": [0]}},
        {"network": {"hidden_units": [1] * 65}},
        {"network": {"activation": "__class__"}},
        {"normalization": None},
        {"precision": "float16"},
        {"precision": "tf32"},
        {"precision": "tf32", "device": "cpu"},
        {"device": "cuda"},
    ],
)
def test_what_cannot_be_meant_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        JobSpec.model_validate({"dataset": DATASET, **fields})


IDLE = [
    ({"initializer_scale": 2.0}, 'needs initializer "normal", got initializer "he"'),
    ({"initializer": "zeros", "initializer_scale": 2.0}, 'got initializer "zeros"; leave'),
    ({"hidden_units": [], "dropout": 0.2}, "needs hidden layers, got hidden_units []; leave"),
]


@pytest.mark.parametrize(("network", "said"), IDLE)
def test_a_field_that_would_do_nothing_is_refused(network: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(said)) as refused:
        JobSpec.model_validate({"dataset": DATASET, "network": network})
    assert [fault["loc"] for fault in refused.value.errors()] == [
        ("network", "dense", [*network][-1])
    ]


def test_a_spec_with_all_defaults_said_is_accepted() -> None:
    spec = JobSpec(dataset=DATASET, network=DenseSpec(hidden_units=[]))
    assert JobSpec.model_validate(spec.model_dump()) == spec


def test_of_a_field_that_was_refused_nothing_is_said_twice() -> None:
    network = {"hidden_units": [0], "initializer": "ones", "initializer_scale": 2.0, "dropout": 0.2}
    with pytest.raises(ValidationError) as refused:
        JobSpec.model_validate({"dataset": DATASET, "network": network})
    assert len(refused.value.errors()) == 2


@pytest.mark.parametrize(
    ("precision", "dtype"), [("float32", "float32"), ("float64", "float64"), ("tf32", "float32")]
)
def test_every_precision_is_stored_in_a_dtype(precision: str, dtype: str) -> None:
    spec = {"dataset": DATASET, "device": "gpu", "precision": precision}
    assert JobSpec.model_validate(spec).dtype == dtype


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ({"network": {"kind": "convolutional"}}, "a network of kind"),
        ({"augmentation": {"shift": 3, "zoom": 0.1, "flip": True}}, "got shift, zoom too"),
    ],
)
def test_what_features_are_of_no_use_for_is_refused(own: Any, said: str) -> None:
    body = {"dataset": DATASET, "backbone": "mobilenet"}
    with pytest.raises(ValidationError, match=said):
        JobSpec.model_validate({**body, **own})
    flipped = JobSpec.model_validate({**body, "augmentation": {"flip": True}})
    assert flipped.augmentation.flip


def words(field: str, kind: type) -> set[str]:
    schema = kind.model_json_schema()["properties"][field]  # type: ignore[attr-defined]
    return set(schema["enum"])


def test_every_word_in_the_schema_names_something_in_the_core() -> None:
    assert words("activation", DenseSpec) == set(ACTIVATIONS)
    assert words("initializer", DenseSpec) == set(INITIALIZERS)
    assert words("normalization", JobSpec) == set(build.NORMALIZATIONS)
    kinds = JobSpec.model_json_schema()["properties"]["optimizer"]["discriminator"]["mapping"]
    assert set(kinds) == set(OPTIMIZERS)
