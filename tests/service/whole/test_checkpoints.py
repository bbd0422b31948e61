"""Checkpoints of a job, over HTTP: they stay, are listed, and become versions."""

from pathlib import Path

import pytest

from tests.problems import expect_problem
from tests.service.api import Api
from tests.worker.data.making import alternating, npz_file, pictures
from worker.jsontypes import Json


@pytest.fixture(scope="module")
def dataset(api: Api, shared_folder: Path) -> str:
    file = npz_file(
        shared_folder / "kept.npz",
        x_train=pictures(40), y_train=alternating(40),
        x_test=pictures(10, seed=1), y_test=alternating(10),
    )  # fmt: skip
    return str(api.upload([file], name="kept")["id"])


@pytest.fixture(scope="module")
def stopped(api: Api, dataset: str) -> Json:
    """A job that has kept some checkpoints, until it was stopped."""
    job = api.submit(dataset=dataset, model="kept", epochs=1_000_000, keep_checkpoints=2)
    path = f"/v1/jobs/{job['id']}"
    api.poll(f"{path}/checkpoints", lambda body: len(body["data"]) == 2)
    assert api.http.post(f"{path}/stop").status_code == 200
    return api.finished(job["id"])


def kept(api: Api, job: Json) -> list[Json]:
    found: Json = api.http.get(f"/v1/jobs/{job['id']}/checkpoints").raise_for_status().json()
    assert found["next"] is None
    return found["data"]  # type: ignore[no-any-return]


def test_those_of_a_job_that_has_ended_are_listed_and_published(api: Api, stopped: Json) -> None:
    newest, older = kept(api, stopped)
    assert newest["epoch"] > older["epoch"] > 0
    path = f"/v1/jobs/{stopped['id']}/checkpoints/{older['epoch']}/publish"
    answer = api.http.post(path)
    assert answer.status_code == 202, answer.text
    wanted = {"job": stopped["id"], "epoch": older["epoch"]}
    assert answer.json()["parent"] == stopped["id"]
    assert answer.json()["changes"] == [{"path": "/checkpoint", "before": None, "after": wanted}]
    job = api.finished(answer.json()["id"])
    assert (job["state"], job["ended_by"]) == ("succeeded", "checkpoint")
    assert f"epoch {older['epoch']:,}" in job["ended_because"]
    assert job["model"] == {"name": "kept", "version": 2}
    rows = api.http.get(f"/v1/jobs/{job['id']}/metrics?after={older['epoch'] - 1}").json()["data"]
    assert [row["epoch"] for row in rows] == [older["epoch"]]
    version = api.http.get("/v1/models/kept/versions/2").raise_for_status().json()
    assert version["ended_by"] == "checkpoint"
    assert kept(api, job) == []


def test_twice_with_one_key_is_once(api: Api, stopped: Json) -> None:
    path = f"/v1/jobs/{stopped['id']}/checkpoints/{kept(api, stopped)[0]['epoch']}/publish"
    key = {"Idempotency-Key": "publish-it"}
    first, second = (api.http.post(path, headers=key).json()["id"] for _ in range(2))
    assert first == second
    assert api.finished(first)["state"] == "succeeded"


def test_an_epoch_of_which_none_was_kept_is_not_there(api: Api, stopped: Json) -> None:
    path = f"/v1/jobs/{stopped['id']}/checkpoints/999999999/publish"
    expect_problem(api.http.post(path), 404, "checkpoint_not_found")
    nobody = f"/v1/jobs/job_{'0' * 32}/checkpoints"
    expect_problem(api.http.get(nobody), 404, "job_not_found")
    expect_problem(api.http.post(f"{nobody}/1/publish"), 404, "job_not_found")


def test_a_spec_of_another_training_cannot_publish_it(api: Api, stopped: Json) -> None:
    wanted = {"job": stopped["id"], "epoch": kept(api, stopped)[0]["epoch"]}
    body = {**stopped["spec"], "checkpoint": wanted, "seed": 7}
    expect_problem(api.http.post("/v1/jobs", json=body), 422, "invalid_parameter", "/seed")
    gone = {"job": f"job_{'0' * 32}", "epoch": 1}
    body = {**stopped["spec"], "checkpoint": gone}
    answer = api.http.post("/v1/jobs", json=body)
    expect_problem(answer, 422, "invalid_parameter", "/checkpoint/job")
