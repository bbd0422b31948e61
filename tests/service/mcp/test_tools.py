"""What tools answer and change, in a service without workers: what the API does."""

import base64
from pathlib import Path

import httpx
import pytest

from service.mcp.tools import MOST_CHARACTERS, TOOLS
from tests.service.mcp.speaking import Speaker, images, texts, words
from tests.service.requests.asked import PNG, cats
from tests.service.routes.shelf import PICTURES, Shelf
from tests.worker.serving.test_loaded_models import publish
from worker.jobs.transitions import Transitions
from worker.store.store import Store

NO_JOB = f"job_{32 * '0'}"
IMAGE = base64.b64encode(PNG).decode()
PNG_BEGINS = b"\x89PNG"


# Jobs


def test_a_job_is_trained_retried_paused_and_cancelled(
    speaker: Speaker, http: httpx.Client, known: str
) -> None:
    made = speaker.told("train", dataset=known, model="cats", recipe="classic", epochs=7)
    assert http.get(f"/v1/jobs/{made['id']}").json()["spec"]["epochs"] == 7
    patch = [{"op": "replace", "path": "/epochs", "value": 9}]
    again = speaker.call("retry_job", job_id=made["id"], patch=patch)
    assert "changed: /epochs from 7 to 9" in words(again)
    assert again.structured_content["parent"] == made["id"]
    assert speaker.told("pause_job", job_id=made["id"])["state"] == "paused"
    assert speaker.told("resume_job", job_id=made["id"])["state"] == "queued"
    assert speaker.told("cancel_job", job_id=made["id"])["state"] == "cancelled"
    assert http.get(f"/v1/jobs/{made['id']}").json()["state"] == "cancelled"
    assert "cancelled" in speaker.refused("stop_job", job_id=made["id"])


def test_asked_twice_with_a_key_a_job_is_made_once(speaker: Speaker, known: str) -> None:
    asked = {"dataset": known, "model": "cats", "idempotency_key": "once"}
    assert speaker.told("train", **asked)["id"] == speaker.told("train", **asked)["id"]
    assert len(speaker.told("list_jobs")["data"]) == 1


def test_a_list_has_jobs_in_few_fields_and_can_be_narrowed(speaker: Speaker, known: str) -> None:
    made = [speaker.told("train", dataset=known, model=name)["id"] for name in ("cats", "dogs")]
    listed = speaker.call("list_jobs", state="queued", limit=1)
    (job,) = listed.structured_content["data"]
    assert (job["id"], job["model"], job["dataset"]) == (made[1], "dogs", known)
    assert "spec" not in job
    assert words(listed).startswith("1 job. There are more: ask with after=")
    more = speaker.told("list_jobs", after=listed.structured_content["next"])
    assert [job["id"] for job in more["data"]] == made[:1]
    assert [job["id"] for job in speaker.told("list_jobs", model="cats")["data"]] == made[:1]


def test_a_job_that_has_not_begun_has_no_curve(speaker: Speaker, job: str) -> None:
    assert speaker.told("job_metrics", job_id=job)["data"] == []


def test_nulls_that_models_send_for_what_they_leave_out_say_nothing(
    speaker: Speaker, known: str
) -> None:
    asked = {"dataset": known, "model": "cats"}
    usual = speaker.told("train", **asked)["spec"]
    assert speaker.told("train", **asked, epochs=None, idempotency_key=None)["spec"] == usual
    assert speaker.told("list_jobs", state=None, limit=None)["next"] is None


def test_and_say_what_they_say_where_a_field_may_be_null(speaker: Speaker, known: str) -> None:
    asked = {"dataset": known, "model": "cats", "recipe": "photos"}
    assert speaker.told("train", **asked)["spec"]["class_weights"] == "balanced"
    assert speaker.told("train", **asked, class_weights=None)["spec"]["class_weights"] is None


def test_too_many_points_are_refused(speaker: Speaker, job: str) -> None:
    said = speaker.refused("job_metrics", job_id=job, points=1000)
    assert said == "Expected 1 to 60 points, got 1000."


def test_a_refusal_has_the_problem_as_it_is(speaker: Speaker, http: httpx.Client) -> None:
    told = speaker.call("show_job", job_id=NO_JOB).structured_content
    problem = http.get(f"/v1/jobs/{NO_JOB}").json()
    assert told.pop("request_id") != problem.pop("request_id")
    assert told == problem


# Models


@pytest.mark.usefixtures("store")
def test_a_model_answers_as_it_answers_the_api(speaker: Speaker, http: httpx.Client) -> None:
    asked = {"rows": [[1, 2, 3], [-1, 0, 0]]}
    found = speaker.call("predict", model="numbers", **asked)
    assert found.structured_content == http.post("/v1/models/numbers/predict", json=asked).json()
    assert words(found).splitlines()[:2] == [
        "numbers version 1 says:", "0: cat with probability 0.9975",
    ]  # fmt: skip
    second = speaker.told("predict", model="numbers", version=2, **asked)
    assert (second["version"], second["predictions"][0]["label"]) == (2, "other")
    assert speaker.told("predict", model="numbers", alias="champion", **asked)["version"] == 1


@pytest.mark.usefixtures("store")
def test_a_picture_is_asked_about_and_explained(speaker: Speaker, http: httpx.Client) -> None:
    said = speaker.told("predict", model="pixels", images=[IMAGE], top=1)["predictions"]
    (cat,) = cats(http.post("/v1/models/pixels/predict", content=PNG))
    assert said[0]["probability"] in (cat, 1 - cat)
    why = speaker.call("explain", model="pixels", version=1, image=IMAGE, nearest=0)
    (picture,) = images(why)
    assert base64.b64decode(picture).startswith(PNG_BEGINS)
    assert "heat_map" not in why.structured_content
    assert "what speaks for" in words(why)


def test_a_version_is_promoted_and_rolled_back(speaker: Speaker, store: Store) -> None:
    said = speaker.call("promote", model="numbers", version=2, reason="It is better.")
    assert words(said) == "champion is version 2 now, before it was 1."
    assert store.aliases.answering("numbers") == 2
    assert speaker.told("roll_back", model="numbers")["version"] == 1
    assert speaker.told("show_model", model="numbers")["champion"] == 1
    assert speaker.told("show_model", model="numbers", version=2)["version"] == 2
    (numbers, _pixels) = speaker.told("list_models")["data"]
    assert (numbers["newest"], numbers["champion"]) == (2, 1)


# Datasets


@pytest.fixture
def pets(root: Path, datasets: Transitions) -> str:
    """A dataset of pictures."""
    return Shelf(root, datasets).put(PICTURES, "images").rpartition("/")[2]


def test_a_dataset_is_told_with_its_findings_and_looked_at(speaker: Speaker, pets: str) -> None:
    shown = words(speaker.call("show_dataset", dataset_id=pets))
    assert "train: 12 rows" in shown
    assert "warning: Alike. (near_duplicates_across_splits)" in shown
    (listed,) = speaker.told("list_datasets", state="ready")["data"]
    assert listed["findings"] == ["near_duplicates_across_splits", "few_test_rows"]
    (sheet,) = images(speaker.call("look_at_dataset", dataset_id=pets, rows=2))
    assert base64.b64decode(sheet).startswith(PNG_BEGINS)


# Large answers


def test_a_large_answer_is_cut_and_says_so(speaker: Speaker, store: Store) -> None:
    for version in range(1, 41):
        publish(store, "many", version, notes="x" * 1_000)
    whole = speaker.told("show_model", model="many")
    assert (len(whole["versions"]), whole["next"]) == (5, "36")
    found = speaker.call("show_model", model="many", limit=40)
    cut, json = texts(found)
    assert "/versions: " in cut
    assert cut.startswith("This answer was cut.")
    assert len(json) <= MOST_CHARACTERS
    assert 0 < len(found.structured_content["versions"]) < 40


def test_the_schema_of_a_job_is_told_whole(speaker: Speaker, http: httpx.Client) -> None:
    assert speaker.told("job_schema") == http.get("/v1/schema/job").json()
    assert TOOLS["job_schema"].most > len(http.get("/v1/schema/job").content)


def test_recipes_are_told(speaker: Speaker) -> None:
    assert "classic" in [recipe["name"] for recipe in speaker.told("list_recipes")["data"]]
