"""A version trained again, as the command tells it."""

import json
from typing import Any

import pytest

from tests.service.cli.command import Purr
from tests.service.cli.fake_service import FakeService
from tests.service.cli.sample_answers import JOB, MODEL

SPEC = {"dataset": "ds_1", "model": "cats", "verifies": {"model": "cats", "version": 2}}
VERIFY = "POST /v1/models/cats/versions/2/verify"


def ended(outcome: str, environment: list[dict[str, Any]]) -> dict[str, Any]:
    found = {"outcome": outcome, "message": "Trained again.", "environment": environment}
    return JOB | {"spec": SPEC, "model": None, "result": {"verification": found}}


@pytest.fixture
def submitted(fake: FakeService) -> FakeService:
    fake.say(VERIFY, JOB | {"state": "queued", "spec": SPEC, "model": None, "result": None})
    return fake


@pytest.mark.parametrize(("outcome", "code"), [("identical", 0), ("different", 1)])
def test_the_exit_code_says_whether_it_is_the_same(
    purr: Purr, submitted: FakeService, outcome: str, code: int
) -> None:
    changed = [{"what": "numba", "then": "0.1", "now": None}]
    submitted.say("GET /v1/jobs/job_1", ended(outcome, changed))
    result = purr("models", "verify", "cats", "2")
    assert result.exit_code == code
    words = " ".join(result.stdout.split())
    assert f"outcome {outcome} compared Trained again. numba 0.1 → none" in words


def test_the_champion_is_meant_where_none_is_named(purr: Purr, submitted: FakeService) -> None:
    submitted.say("GET /v1/models/cats", MODEL | {"champion": 2})
    result = purr("models", "verify", "cats", "--no-follow", "--json")
    assert (result.exit_code, json.loads(result.stdout)["state"]) == (0, "queued")
    assert len(submitted.asked("POST")) == 1


def test_one_that_fails_says_why(purr: Purr, submitted: FakeService) -> None:
    problem = {"code": "damaged_model", "detail": "It has changed on disk."}
    failed = ended("", []) | {"state": "failed", "result": None, "problem": problem}
    submitted.say("GET /v1/jobs/job_1", failed)
    result = purr("models", "verify", "cats", "2")
    assert result.exit_code == 1
    assert "It has changed on disk. (damaged_model)" in " ".join(result.stderr.split())


def test_among_jobs_it_says_what_it_trains_again(purr: Purr, fake: FakeService) -> None:
    fake.say("GET /v1/jobs", {"data": [ended("identical", []), JOB], "next": None})
    _, again, trained = purr("jobs").stdout.splitlines()[:3]
    assert again.split()[2:7] == ["cats", "2", "again", "2/2", "identical"]
    assert trained.split()[2:4] == ["cats", "3"]


def test_a_name_means_the_job_that_made_the_model(purr: Purr, fake: FakeService) -> None:
    other = ended("identical", []) | {"id": "job_9"}
    fake.say("GET /v1/jobs", {"data": [other, JOB], "next": None})
    fake.say("GET /v1/jobs/job_1", JOB)
    assert purr("show", "cats").exit_code == 0
