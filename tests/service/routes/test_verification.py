"""A version is asked to be trained again over HTTP; what a worker would do is done by the test."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.problems import expect_problem
from tests.service.working_job import claimed
from tests.worker.serving.test_loaded_models import publish
from worker.jobs.record import State
from worker.jobs.transitions import Transitions
from worker.spec import JobSpec
from worker.store.store import Store

VERIFY = "/v1/models/cats/versions/1/verify"


@pytest.fixture
def asked(http: httpx.Client, root: Path, known: str) -> JobSpec:
    """The spec of a version of cats that is published."""
    limits = {"epochs": 7, "max_seconds": 60, "keep_checkpoints": 2, "priority": "low"}
    values = {"dataset": known, "model": "cats", "network": {"hidden_units": [4]}, **limits}
    spec = JobSpec.model_validate(values)
    republish(root, 1, spec)
    return spec


def republish(root: Path, version: int, spec: JobSpec, **more: Any) -> None:
    about = {"dataset": {"id": spec.dataset, "digest": "sha256:0"}, "ended_by": "epochs", **more}
    device = {"kind": "cpu", "name": None}
    dumped = spec.model_dump(mode="json")
    publish(Store(root), "cats", version, spec=dumped, device=device, **about)


def test_it_is_a_job_of_the_same_spec_that_names_the_version(
    http: httpx.Client, asked: JobSpec
) -> None:
    answer = http.post(VERIFY)
    assert answer.status_code == 202, answer.text
    job = answer.json()
    assert answer.headers["location"] == f"/v1/jobs/{job['id']}"
    own = {"verifies": {"model": "cats", "version": 1}, "device": "cpu"}
    kept = {"max_seconds": None, "keep_checkpoints": 0, "priority": "normal"}
    assert job["spec"] == asked.model_dump(mode="json") | own | kept
    again = http.post(f"/v1/jobs/{job['id']}/retry", json={}).raise_for_status().json()
    assert again["spec"]["verifies"] == own["verifies"]
    assert again["changes"] == []


def test_twice_with_one_key_is_once(http: httpx.Client, asked: JobSpec) -> None:
    key = {"Idempotency-Key": "verify-it"}
    first, second = (http.post(VERIFY, headers=key).json()["id"] for _ in range(2))
    assert first == second


def test_it_has_published_nothing_when_it_has_succeeded(
    http: httpx.Client, asked: JobSpec, jobs: Transitions
) -> None:
    job = http.post(VERIFY).json()["id"]
    found = {"verification": {"outcome": "identical"}}
    notes = {"result": found, "ended_by": "verification"}
    jobs.finish(claimed(jobs, job), State.SUCCEEDED, notes)
    done = http.get(f"/v1/jobs/{job}").json()
    assert (done["model"], done["promotion"], done["result"]) == (None, None, found)
    assert done["ended_because"] == "It trained version 1 of cats again, and compared the two."
    expect_problem(http.get(f"/v1/jobs/{job}/evaluation"), 409, "conflict")


def test_it_cannot_be_stopped(http: httpx.Client, asked: JobSpec, jobs: Transitions) -> None:
    job = http.post(VERIFY).json()["id"]
    claimed(jobs, job)
    expect_problem(http.post(f"/v1/jobs/{job}/stop"), 409, "conflict")
    assert http.post(f"/v1/jobs/{job}/cancel").json()["requested"] == "cancel"


def test_what_is_not_there_is_named(http: httpx.Client, asked: JobSpec, root: Path) -> None:
    expect_problem(http.post("/v1/models/cats/versions/9/verify"), 404, "model_not_found")
    expect_problem(http.post("/v1/models/nobody/versions/1/verify"), 404, "model_not_found")
    republish(root, 2, asked, dataset={"id": asked.dataset, "digest": "sha256:other"})
    changed = http.post("/v1/models/cats/versions/2/verify")
    expect_problem(changed, 422, "invalid_parameter", "/dataset")
    assert "sha256:other" in changed.json()["detail"]
    republish(root, 3, asked.model_copy(update={"dataset": f"ds_{'0' * 32}"}))
    gone = http.post("/v1/models/cats/versions/3/verify")
    expect_problem(gone, 422, "invalid_parameter", "/dataset")
    assert f"ds_{'0' * 32}" in gone.json()["detail"]
    republish(root, 4, asked, ended_by="stop")
    expect_problem(http.post("/v1/models/cats/versions/4/verify"), 409, "conflict")


def test_a_spec_that_nobody_could_ask_for_today_is_refused(
    http: httpx.Client, asked: JobSpec, root: Path
) -> None:
    publish(Store(root), "cats", 2, spec={"dataset": asked.dataset, "whiskers": 7})
    expect_problem(
        http.post("/v1/models/cats/versions/2/verify"), 422, "invalid_parameter", "/verifies"
    )


def test_only_the_same_training_can_verify(http: httpx.Client, asked: JobSpec) -> None:
    wanted = {"model": "cats", "version": 1}
    body = {**asked.model_dump(mode="json"), "verifies": wanted}
    assert http.post("/v1/jobs", json=body).status_code == 202
    otherwise = http.post("/v1/jobs", json={**body, "seed": 5})
    expect_problem(otherwise, 422, "invalid_parameter", "/seed")
    gone = http.post("/v1/jobs", json={**body, "verifies": {"model": "cats", "version": 8}})
    expect_problem(gone, 422, "invalid_parameter", "/verifies")
