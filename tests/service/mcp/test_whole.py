"""From a dataset to a model, as a language model sees it, with workers that train."""

import base64
from typing import Any

import pytest

from service.launcher.launcher import Launcher
from tests.service.api import Api
from tests.service.mcp.speaking import Speaker, images, words
from tests.worker.data.making import encoded, pictures
from worker.jsontypes import Json

IMAGE = base64.b64encode(encoded(pictures(1, side=64)[0])).decode()


@pytest.fixture(scope="module")
def speaker(launcher: Launcher) -> Speaker:
    """Somebody who may read; the first answer is waited for."""
    speaker = Speaker(launcher.address)
    speaker.tools()
    return speaker


@pytest.fixture(scope="module")
def trained(api: Api, dataset: str) -> list[Json]:
    """Two jobs that differ in one field."""
    return [api.train(dataset=dataset, model="spoken", epochs=epochs) for epochs in (30, 50)]


def test_an_estimate_is_told_in_words(speaker: Speaker, dataset: str) -> None:
    found = speaker.call("estimate_job", dataset=dataset, model="spoken", recipe="classic")
    assert words(found).startswith("It takes about ")
    assert found.structured_content["said"] == words(found)


def test_a_job_is_told_with_what_it_reached_and_what_would_help(
    speaker: Speaker, trained: list[Json]
) -> None:
    shown = speaker.call("show_job", job_id=trained[0]["id"], wait=1)
    job = shown.structured_content
    assert words(shown).startswith(f"{job['id']}: succeeded.\nIt made spoken version 1.")
    assert "\ntest: accuracy " in words(shown)
    for finding in trained[0]["findings"]:
        assert finding["code"] in words(shown)
    assert job["result"]["test"]["accuracy"] == trained[0]["result"]["test"]["accuracy"]


def test_its_curve_is_thinned_and_true(speaker: Speaker, api: Api, trained: list[Json]) -> None:
    curve = speaker.told("job_metrics", job_id=trained[1]["id"], points=4)
    rows = api.http.get(f"/v1/jobs/{trained[1]['id']}/metrics").json()["data"]
    assert [row["epoch"] for row in curve["data"]] == [1, 17, 34, 50]
    for row in curve["data"]:
        assert row.items() <= rows[row["epoch"] - 1].items()
        assert "layers" not in row
    with_layers = speaker.told("job_metrics", job_id=trained[1]["id"], points=2, layers=True)
    assert with_layers["data"] == [rows[0], rows[-1]]


def test_jobs_are_compared_in_words(speaker: Speaker, trained: list[Json]) -> None:
    found = speaker.call("compare_jobs", jobs=",".join(job["id"] for job in trained))
    assert words(found) == found.structured_content["said"]
    assert len(found.structured_content["curves"]["at"]) <= 20
    assert "/epochs" in [one["path"] for one in found.structured_content["differences"]["spec"]]


@pytest.mark.usefixtures("trained")
def test_its_model_answers_and_explains(speaker: Speaker) -> None:
    said: Any = speaker.told("predict", model="spoken", images=[IMAGE])
    assert said["predictions"][0]["label"] in ("other", "cat")
    why = speaker.call("explain", model="spoken", image=IMAGE, nearest=3)
    assert len(images(why)) == 1
    assert len(why.structured_content["nearest"]["data"]) == 3
    errors = speaker.call("look_at_errors", model="spoken", version=1, split="train")
    assert errors.is_error or images(errors)


def test_without_a_key_it_changes_nothing(speaker: Speaker, dataset: str, api: Api) -> None:
    before = api.http.get("/v1/jobs").json()
    said = speaker.refused("train", dataset=dataset, model="spoken")
    assert "no key is asked for here" in said
    assert api.http.get("/v1/jobs").json() == before
