"""Which model is meant by a start, what a spec takes over from it, and where it does not fit."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.worker.training.test_fit import ID
from worker.data.preprocessing import Preprocessing
from worker.data.tables.columns import Column, NumberColumn, TextColumn
from worker.data.tables.preprocessing import TablePreprocessing
from worker.errors import InvalidParameter
from worker.jsontypes import Json
from worker.operations.starting_model import check_start, started, starting_model
from worker.spec import JobSpec, StartFromSpec
from worker.store.models import ModelStore
from worker.store.space import Space
from worker.training import build
from worker.training.problem import Problem

PICTURES = Preprocessing(height=8, width=8).as_dict()
AGE = NumberColumn("age", 40.0, 9.0, 41.0, missing=False)
COLOUR = TextColumn("colour", ("red", "blue"), missing=False)


def table(*columns: Column) -> Json:
    return TablePreprocessing("label", columns).as_dict()


def spec(**fields: Any) -> JobSpec:
    return JobSpec.model_validate({"dataset": ID, "start_from": {"model": "cats"}, **fields})


def model(preprocessing: Json = PICTURES, **fields: Any) -> Json:
    """A manifest of a model of pictures of 8 × 8 in two classes, or of three features."""
    trained = JobSpec.model_validate({"dataset": ID, "network": {"hidden_units": [6]}, **fields})
    shape = [3] if "columns" in preprocessing else [8, 8, 3]
    about = {"spec": trained.model_dump(mode="json"), "classes": ["a", "b"], "shape": shape}
    return {"name": "cats", "version": 1, "preprocessing": preprocessing, **about}


def dataset(preprocessing: Json = PICTURES, classes: int = 2) -> Json:
    shape = [3] if "columns" in preprocessing else [preprocessing["height"], 8, 3]
    dtype, splits = preprocessing["dtype"], {"train": {"rows": 10}}
    about = {"classes": ["c"] * classes, "shape": shape, "dtype": dtype, "splits": splits}
    return {"preprocessing": preprocessing, **about}


def check(job: JobSpec, ours: Json, theirs: Json) -> None:
    plan = build.plan(job, Problem.of_manifest(ours))
    check_start(job, plan.network, {"backbone": None, **ours}, theirs)


def refusal(job: JobSpec, ours: Json, theirs: Json) -> tuple[str, str]:
    with pytest.raises(InvalidParameter) as caught:
        check(job, ours, theirs)
    return caught.value.pointer, str(caught.value)


@pytest.fixture
def models(tmp_path: Path) -> ModelStore:
    """Two versions from which jobs may start, and a model of a release that kept none."""
    found, weights = ModelStore(tmp_path, Space(tmp_path)), {"W1": np.ones(1)}
    for version in (1, 2):
        found.publish("cats", version, weights, {"job": f"job_{version}"}, {}, weights)
    found.publish("old", 1, weights, {"job": "job_3"}, {})
    return found


def test_the_newest_version_is_meant_unless_one_is_named(models: ModelStore) -> None:
    assert starting_model(StartFromSpec(model="cats"), models)["version"] == 2
    assert starting_model(StartFromSpec(model="cats", version=1), models)["version"] == 1


@pytest.mark.parametrize(
    ("name", "version", "place"),
    [
        ("dogs", None, "/start_from/model"),
        ("dogs", 1, "/start_from/version"),
        ("cats", 3, "/start_from/version"),
        ("old", None, "/start_from"),
    ],
)
def test_what_is_not_there_is_refused_at_its_place(
    models: ModelStore, name: str, version: int | None, place: str
) -> None:
    with pytest.raises(InvalidParameter) as caught:
        starting_model(StartFromSpec(model=name, version=version), models)
    assert caught.value.pointer == place


def test_what_a_job_does_not_say_is_the_models() -> None:
    theirs = model(normalization="scale", network={"hidden_units": [6], "dropout": 0.5}, seed=3)
    whole = started(spec(epochs=4), theirs)
    assert (whole.network.hidden_units, whole.network.dropout) == ([6], 0.5)
    assert (whole.normalization, whole.epochs, whole.seed) == ("scale", 4, 1)
    assert whole.start_from == StartFromSpec(model="cats", version=1)


def test_what_it_says_stands() -> None:
    theirs = model(network={"hidden_units": [6], "dropout": 0.5})
    whole = started(spec(network={"dropout": 0.1}), theirs)
    assert (whole.network.hidden_units, whole.network.dropout) == ([6], 0.1)
    other = started(spec(network={"kind": "convolutional"}, normalization="none"), theirs)
    assert (other.network.kind, other.normalization) == ("convolutional", "none")


def test_classes_may_be_others() -> None:
    check(started(spec(), model()), dataset(classes=5), model())


@pytest.mark.parametrize(
    "fields", [{"height": 16}, {"resize": "crop"}, {"color_space": "as_stored"}, {"filter": "box"}]
)
def test_pictures_that_become_other_numbers_are_refused(fields: Json) -> None:
    ours = dataset({**PICTURES, **fields})
    pointer, told = refusal(started(spec(), model()), ours, model())
    assert pointer == "/start_from"
    assert any(name in told for name in (*fields, "shape"))


def test_a_table_of_the_same_columns_fits_whatever_it_has_measured() -> None:
    theirs = model(table(AGE, COLOUR))
    measured = NumberColumn("age", 20.0, 3.0, 19.0, missing=False)
    check(started(spec(), theirs), dataset(table(measured, COLOUR)), theirs)


@pytest.mark.parametrize(
    "columns",
    [
        (NumberColumn("weight", 40.0, 9.0, 41.0, missing=False), COLOUR),
        (AGE, TextColumn("colour", ("blue", "red"), missing=False)),
        (COLOUR, AGE),
    ],
)
def test_a_table_of_other_columns_is_refused(columns: tuple[Column, ...]) -> None:
    theirs = model(table(AGE, COLOUR))
    pointer, told = refusal(started(spec(), theirs), dataset(table(*columns)), theirs)
    assert pointer == "/start_from"
    assert "columns" in told


def test_pictures_and_tables_are_not_alike() -> None:
    theirs = model(table(AGE, COLOUR))
    assert refusal(started(spec(), theirs), dataset(), theirs)[0] == "/start_from"


def test_another_normalization_does_not_go_with_the_first_layer() -> None:
    theirs = model(normalization="scale")
    assert refusal(spec(network={"hidden_units": [6]}), dataset(), theirs)[0] == "/normalization"
    # Where the first layer is drawn, it may be any: the shapes of the third agree.
    other = model(normalization="scale", network={"hidden_units": [5, 5, 4]})
    check(spec(network={"hidden_units": [7, 5, 4]}), dataset(), other)


def test_what_does_not_go_with_the_rest_of_the_model_is_refused() -> None:
    theirs: Json = {"hidden_units": [6], "dropout": 0.2}
    own: Json = {"hidden_units": []}
    with pytest.raises(InvalidParameter, match="version 1 of cats") as error:
        started(spec(network=own), model(network=theirs))
    assert error.value.pointer == "/network"


def test_another_initializer_comes_without_the_scale_of_the_model() -> None:
    theirs = model(network={"initializer": "normal", "initializer_scale": 0.1})
    found = started(spec(network={"initializer": "he"}), theirs).network
    assert (found.initializer, found.initializer_scale) == ("he", 1.0)
