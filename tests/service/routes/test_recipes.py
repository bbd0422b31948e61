"""Recipes over HTTP: they are listed, and a submission that names one is read as it."""

import httpx
import pytest

from service.schemas.recipes import Recipe
from tests.service.api import Api
from worker.spec.recipes import RECIPES, Reached


def test_recipes_are_listed_with_whole_specs(http: httpx.Client) -> None:
    listed = http.get("/v1/recipes").raise_for_status().json()
    assert [recipe["name"] for recipe in listed["data"]] == [*RECIPES]
    photos = listed["data"][1]
    assert photos["spec"]["network"]["kind"] == "convolutional"
    assert photos["spec"]["augmentation"]["flip"] is True
    assert photos["spec"]["batch_size"] == 16
    assert "dataset" not in photos["spec"]
    assert photos["reached"][0]["cores"] == 2
    assert listed["data"][0]["reached"] is None


def test_a_job_shows_the_whole_spec_of_its_recipe(api: Api, dataset: str) -> None:
    job = api.submit(dataset=dataset, recipe="table", epochs=1, network={"dropout": 0.3})
    spec = job["spec"]
    assert (spec["recipe"], spec["epochs"], spec["optimizer"]["kind"]) == ("table", 1, "adamw")
    assert (spec["network"]["hidden_units"], spec["network"]["dropout"]) == ([128, 64], 0.3)
    kinds = [layer["kind"] for layer in job["summary"]]
    hidden = ["dense", "activation", "dropout"]
    assert kinds == ["flatten", *hidden, *hidden, "dense"]


def test_what_was_measured_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    measured = Reached("drawn sketches", 0.905, 3, 0.1, 2)
    monkeypatch.setitem(RECIPES, "table", RECIPES["table"]._replace(reached=(measured,)))
    told = Recipe.of("table").reached
    assert told is not None
    assert [each.model_dump() for each in told] == [measured._asdict()]
