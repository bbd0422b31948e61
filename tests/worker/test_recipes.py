"""Recipes: each is a spec that can be asked for, and gives way to what a submission says."""

from typing import Any

import pytest

from worker.spec import ConvolutionalSpec, DenseSpec, JobSpec
from worker.spec.recipes import RECIPES, expanded, merged, suited, whole
from worker.training import build
from worker.training.problem import Problem

DATASET = "ds_" + "0" * 32


def read(**body: Any) -> JobSpec:
    return JobSpec.model_validate(expanded({"dataset": DATASET, **body}))


def test_a_submission_may_name_every_recipe_and_no_other() -> None:
    words = JobSpec.model_json_schema()["properties"]["recipe"]["anyOf"][0]["enum"]
    assert words == [*RECIPES]


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_is_a_spec(name: str) -> None:
    spec = read(recipe=name)
    assert spec.recipe == name
    told = spec.model_dump(mode="json")
    assert whole(RECIPES[name]).items() <= told.items()


@pytest.mark.parametrize(
    ("name", "shape"),
    [("classic", (64, 64, 3)), ("photos", (8, 8, 1)), ("backbone", (1280,)), ("table", (5,))],
)
def test_a_recipe_suits_what_it_is_for(name: str, shape: tuple[int, ...]) -> None:
    plan = build.plan(read(recipe=name), Problem(shape, 2, {"train": 100}))
    assert plan.network.layers[-1].returns == (1,)


def test_the_classic_recipe_is_what_a_spec_is_without_one() -> None:
    classic, plain = read(recipe="classic"), read()
    assert classic.model_dump(exclude={"recipe"}) == plain.model_dump(exclude={"recipe"})


def test_what_a_submission_says_wins_field_by_field() -> None:
    spec = read(
        recipe="photos",
        epochs=3,
        average_weights=None,
        network={"dropout": 0.2},
        optimizer={"learning_rate": 0.1},
        augmentation={"flip": False},
    )
    assert isinstance(spec.network, ConvolutionalSpec)
    assert (spec.network.dropout, len(spec.network.blocks)) == (0.2, 4)
    assert (spec.optimizer.kind, spec.optimizer.learning_rate) == ("adamw", 0.1)
    assert (spec.epochs, spec.average_weights) == (3, None)
    assert (spec.augmentation.flip, spec.augmentation.shift) == (False, 4)


def test_an_object_of_another_kind_stands_alone() -> None:
    spec = read(recipe="photos", network={"kind": "dense"}, optimizer={"kind": "sgd"})
    assert spec.network == DenseSpec()
    assert (spec.optimizer.kind, spec.optimizer.learning_rate) == ("sgd", 0.01)
    assert spec.label_smoothing == 0.1


def test_lists_are_replaced_as_a_whole() -> None:
    assert merged({"a": [1, 2], "b": 3}, {"a": [4]}) == {"a": [4], "b": 3}


def test_a_recipe_is_not_changed_by_those_who_use_it() -> None:
    before = repr(RECIPES)
    read(recipe="photos", augmentation={"flip": False})
    assert repr(RECIPES) == before


@pytest.mark.parametrize("body", [None, [], {}, {"recipe": "soup"}, {"recipe": ["photos"]}])
def test_a_body_without_a_recipe_is_as_it_was(body: Any) -> None:
    assert expanded(body) is body


@pytest.mark.parametrize(
    ("shape", "name"),
    [((64, 64, 3), "photos"), ((8, 8, 1), "photos"), ((7, 64, 3), "classic"), ((30,), "table")],
)
def test_whoever_says_nothing_of_a_network_gets_the_recipe_for_the_dataset(
    shape: tuple[int, ...], name: str
) -> None:
    spec = suited(read(epochs=3, optimizer={"kind": "sgd"}), shape)
    assert (spec.recipe, spec.epochs) == (name, 3)
    assert spec.network == read(recipe=name).network
    assert spec.optimizer == read(optimizer={"kind": "sgd"}).optimizer


@pytest.mark.parametrize(
    "own", [{"network": {"kind": "dense"}}, {"recipe": "table"}, {"recipe": None}]
)
def test_whoever_names_a_network_or_a_recipe_gets_no_other(own: dict[str, Any]) -> None:
    assert suited(read(**own), (64, 64, 3)) == read(**own)


def test_a_job_on_features_gets_the_recipe_for_them() -> None:
    spec = suited(read(backbone="mobilenet", epochs=3), (64, 64, 3))
    assert (spec.recipe, spec.backbone, spec.epochs) == ("backbone", "mobilenet", 3)
    assert spec.network == read(recipe="backbone").network


# As docs/api.md says that hidden layers are added to the recipe.
HE = {"initializer": "he"}


@pytest.mark.parametrize(
    ("own", "units"),
    [
        ({"network": {}}, []),
        ({"network": {"kind": "dense", "dropout": 0.0}}, []),
        ({"recipe": None}, []),
        ({"network": {"hidden_units": [8]}}, [8]),
        ({"recipe": "backbone", "network": {"hidden_units": [8], **HE}}, [8]),
        ({"recipe": "classic"}, [20, 7, 5]),
    ],
)
def test_features_are_learned_without_hidden_layers_unless_they_are_asked_for(
    own: dict[str, Any], units: list[int]
) -> None:
    spec = suited(read(backbone="mobilenet", **own), (64, 64, 3))
    assert spec.network.hidden_units == units
    assert JobSpec.model_validate(spec.model_dump(mode="json")) == spec
