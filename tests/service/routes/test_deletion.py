"""Datasets that are deleted for good: what is gone, what stays, and what is refused."""

from pathlib import Path
from typing import Any, cast

import httpx
import pytest
import redis

from service.launcher.launcher import Launcher
from tests.problems import expect_problem
from tests.service.api import Api
from tests.service.wait import wait_until
from worker.jobs.fill_mark import FILLED
from worker.jobs.record import State, new_id
from worker.jobs.transitions import Transitions
from worker.store.record_archive import Archive

NOBODY = "ds_" + "0" * 32


@pytest.fixture
def changed() -> dict[str, Any]:
    return {"trash_days": 0}


def job_of(jobs: Transitions, dataset: str, model: str = "m") -> str:
    return jobs.create(new_id("job"), {"dataset": dataset, "model": model}).id


def test_nothing_is_left_of_a_dataset_and_twice_is_not_found(
    http: httpx.Client, known: str, client: redis.Redis, root: Path
) -> None:
    for name in ("imports", "datasets"):
        (root / name / known).mkdir(parents=True)
        (root / name / known / "something").touch()
    answer = http.delete(f"/v1/datasets/{known}")
    assert (answer.status_code, answer.content) == (204, b"")
    expect_problem(http.get(f"/v1/datasets/{known}"), 404, "dataset_not_found")
    expect_problem(http.delete(f"/v1/datasets/{known}"), 404, "dataset_not_found")
    assert http.get("/v1/datasets").json()["data"] == []
    assert [key for key in client.scan_iter("purr:*") if known in str(key)] == []
    assert [*root.rglob("*ds_*")] == []


def test_what_does_not_exist_is_not_found(http: httpx.Client) -> None:
    for name in (NOBODY, "x", "job_" + "0" * 32):
        expect_problem(http.delete(f"/v1/datasets/{name}"), 404, "dataset_not_found")


@pytest.mark.parametrize("state", ["queued", "running", "paused"])
def test_a_dataset_stays_while_a_job_that_is_not_over_needs_it(
    http: httpx.Client, known: str, jobs: Transitions, state: str
) -> None:
    job = job_of(jobs, known)
    if state == "running":
        jobs.claim(job, "w", 10)
    if state == "paused":
        jobs.pause(job)
    refused = http.delete(f"/v1/datasets/{known}")
    expect_problem(refused, 409, "conflict")
    assert job in refused.json()["detail"]
    assert http.get(f"/v1/datasets/{known}").json()["state"] == "ready"
    if state == "running":
        jobs.finish(jobs.get(job), State.FAILED, {"problem": {"code": "diverged", "detail": ""}})
    else:
        jobs.cancel(job)
    assert http.delete(f"/v1/datasets/{known}").status_code == 204
    assert http.get(f"/v1/jobs/{job}").status_code == 200


def test_a_job_of_another_dataset_does_not_keep_it(
    http: httpx.Client, known: str, jobs: Transitions
) -> None:
    job_of(jobs, NOBODY, model=known)
    assert http.delete(f"/v1/datasets/{known}").status_code == 204


def test_an_import_that_is_not_over_is_to_be_cancelled_first(
    http: httpx.Client, datasets: Transitions
) -> None:
    importing = datasets.create(new_id("ds"), {"name": "pictures"}).id
    expect_problem(http.delete(f"/v1/datasets/{importing}"), 409, "conflict")
    assert http.post(f"/v1/datasets/{importing}/cancel").json()["state"] == "cancelled"
    assert http.delete(f"/v1/datasets/{importing}").status_code == 204


def test_a_redis_that_is_told_again_of_all_there_is_does_not_hear_of_it(
    http: httpx.Client, known: str, client: redis.Redis, root: Path
) -> None:
    archive = Archive(root)
    archive.keep_request(known, {"body": {"name": "pictures"}})
    archive.file(known, cast(dict[str, Any], client.hgetall(f"purr:ds:{known}")), [])
    client.flushall()
    wait_until(lambda: client.exists(FILLED))
    assert http.delete(f"/v1/datasets/{known}").status_code == 204
    client.flushall()
    wait_until(lambda: client.exists(FILLED))
    expect_problem(http.get(f"/v1/datasets/{known}"), 404, "dataset_not_found")


def test_while_redis_may_not_know_of_all_jobs_nothing_is_deleted(
    http: httpx.Client, known: str, client: redis.Redis
) -> None:
    client.set(FILLED, "another start")
    expect_problem(http.delete(f"/v1/datasets/{known}"), 503, "queue_unavailable")
    assert http.get(f"/v1/datasets/{known}").json()["state"] == "ready"


def test_models_of_a_deleted_dataset_answer_on_and_cannot_be_trained_again(
    api: Api, launcher: Launcher, drawings: list[Path]
) -> None:
    dataset = str(api.upload(drawings)["id"])
    job = api.train(dataset=dataset, model="orphan", epochs=1, network={"hidden_units": []})
    assert api.http.delete(f"/v1/datasets/{dataset}").status_code == 204
    again = api.http.post(f"/v1/jobs/{job['id']}/retry", json={"patch": []})
    expect_problem(again, 409, "dataset_not_ready")
    rows = {"rows": [[0] * 12288]}
    assert api.http.post("/v1/models/orphan/predict", json=rows).status_code == 200
