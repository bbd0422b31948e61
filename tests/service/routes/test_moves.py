"""Cancel, stop, pause and resume over HTTP; what a worker would do is done by the test."""

from typing import Any

import httpx
import pytest

from tests.problems import expect_problem
from tests.service.working_job import claimed
from worker.jobs.record import State
from worker.jobs.transitions import Transitions

ASKING = ("cancel", "stop", "pause", "resume")


def ask(http: httpx.Client, job: str, what: str) -> tuple[int, str, str | None]:
    answer = http.post(f"/v1/jobs/{job}/{what}")
    body = answer.json()
    return answer.status_code, body.get("state", body.get("code")), body.get("requested")


def test_a_queued_job_is_paused_and_goes_on(http: httpx.Client, job: str) -> None:
    for _ in range(2):
        assert ask(http, job, "pause") == (200, "paused", None)
    assert http.get("/v1/jobs?state=paused").json()["data"][0]["id"] == job
    for _ in range(2):
        assert ask(http, job, "resume") == (200, "queued", None)
    assert http.get("/v1/jobs?state=paused").json()["data"] == []


def test_a_running_job_is_asked_and_says_so(
    http: httpx.Client, jobs: Transitions, job: str
) -> None:
    claimed(jobs, job)
    for what in ("pause", "stop", "cancel"):
        for _ in range(2):
            assert ask(http, job, what) == (200, "running", what)
    assert http.get(f"/v1/jobs/{job}").json()["requested"] == "cancel"


def test_a_pause_that_was_not_reached_is_taken_back(
    http: httpx.Client, jobs: Transitions, job: str
) -> None:
    claimed(jobs, job)
    ask(http, job, "pause")
    assert ask(http, job, "resume") == (200, "running", None)


def test_what_has_learned_nothing_cannot_be_stopped(http: httpx.Client, job: str) -> None:
    answer = http.post(f"/v1/jobs/{job}/stop")
    expect_problem(answer, 409, "conflict")
    assert "Cancel it instead." in answer.json()["detail"]
    ask(http, job, "pause")
    assert ask(http, job, "stop")[:2] == (409, "conflict")


def test_what_has_been_paused_is_queued_once_more_to_stop(
    http: httpx.Client, jobs: Transitions, job: str
) -> None:
    mine = claimed(jobs, job)
    ask(http, job, "pause")
    jobs.give_back(mine, "paused")
    for _ in range(2):
        assert ask(http, job, "stop") == (200, "queued", "stop")


def test_what_was_stopped_and_succeeded_was_stopped(
    http: httpx.Client, jobs: Transitions, job: str
) -> None:
    mine = claimed(jobs, job)
    ask(http, job, "stop")
    mine = jobs.begin_publishing(mine, "cats", 0)
    assert ask(http, job, "stop") == (200, "running", "stop")
    jobs.finish(mine, State.SUCCEEDED, {"result": {"test": None}})
    assert ask(http, job, "stop") == (200, "succeeded", None)
    for what in ("cancel", "pause", "resume"):
        expect_problem(http.post(f"/v1/jobs/{job}/{what}"), 409, "conflict")


def test_what_is_being_published_is_let_finish(
    http: httpx.Client, jobs: Transitions, job: str
) -> None:
    jobs.begin_publishing(claimed(jobs, job), "cats", 0)
    for what in ("cancel", "pause", "stop"):
        answer = http.post(f"/v1/jobs/{job}/{what}")
        expect_problem(answer, 409, "conflict")
        assert "being published" in answer.json()["detail"]


@pytest.mark.parametrize("state", [State.SUCCEEDED, State.FAILED])
@pytest.mark.parametrize("what", ASKING)
def test_of_what_is_over_nothing_can_be_asked(
    http: httpx.Client, jobs: Transitions, job: str, state: State, what: str
) -> None:
    jobs.finish(claimed(jobs, job), state)
    expect_problem(http.post(f"/v1/jobs/{job}/{what}"), 409, "conflict")


@pytest.mark.parametrize("what", ASKING)
@pytest.mark.parametrize("unknown", ["job_" + "0" * 32, "x", "ds_" + "0" * 32, "%2e%2e"])
def test_what_is_not_there_is_404(http: httpx.Client, what: str, unknown: str) -> None:
    expect_problem(http.post(f"/v1/jobs/{unknown}/{what}"), 404, "job_not_found")


def test_a_job_that_waits_again_says_where(http: httpx.Client, known: str) -> None:
    first, second = (http.post("/v1/jobs", json={"dataset": known}).json()["id"] for _ in range(2))
    http.post(f"/v1/jobs/{first}/pause")
    assert http.get(f"/v1/jobs/{second}").json()["queue_position"] == 1
    assert http.post(f"/v1/jobs/{first}/resume").json()["queue_position"] == 1
    assert http.get(f"/v1/jobs/{second}").json()["queue_position"] == 2


def test_positions_go_by_priority(http: httpx.Client, known: str) -> None:
    words = ("low", "normal", "high", "normal")
    jobs = [
        http.post("/v1/jobs", json={"dataset": known, "priority": word}).json() for word in words
    ]
    assert [job["queue_position"] for job in jobs] == [1, 1, 1, 3]
    places = [http.get(f"/v1/jobs/{job['id']}").json()["queue_position"] for job in jobs]
    assert places == [4, 2, 1, 3]


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"priority": "urgent"}, "/priority"),
        ({"priority": 1}, "/priority"),
        ({"max_seconds": 0}, "/max_seconds"),
        ({"max_seconds": 1.5}, "/max_seconds"),
        ({"max_seconds": 31_536_001}, "/max_seconds"),
    ],
)
def test_what_cannot_be_meant_is_named(
    http: httpx.Client, known: str, fields: dict[str, Any], pointer: str
) -> None:
    answer = http.post("/v1/jobs", json={"dataset": known, **fields})
    expect_problem(answer, 422, "invalid_parameter", pointer)
