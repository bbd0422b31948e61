"""`Idempotency-Key`: two requests that are one."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.problems import expect_problem
from tests.service.working_job import claimed
from worker.jobs.record import State
from worker.jobs.transitions import Transitions


def submit(http: httpx.Client, known: str, key: str, **spec: Any) -> httpx.Response:
    body = {"dataset": known, "model": "cats", **spec}
    return http.post("/v1/jobs", json=body, headers={"Idempotency-Key": key})


def test_eight_twins_at_once_are_one_job(http: httpx.Client, known: str, jobs: Transitions) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: submit(http, known, "a"), range(8)))
    assert [answer.status_code for answer in answers] == [202] * 8
    (job,) = {answer.json()["id"] for answer in answers}
    assert {answer.headers["location"] for answer in answers} == {f"/v1/jobs/{job}"}
    assert jobs.ids(State.QUEUED) == [job]


def test_the_same_key_with_another_request_is_422(http: httpx.Client, known: str) -> None:
    first = submit(http, known, "a").json()["id"]
    answer = submit(http, known, "a", epochs=3)
    expect_problem(answer, 422, "idempotency_conflict")
    assert first in answer.json()["detail"]
    assert len(http.get("/v1/jobs").json()["data"]) == 1


def test_a_replay_after_the_end_is_the_job_as_it_ended(
    http: httpx.Client, known: str, jobs: Transitions
) -> None:
    first = submit(http, known, "a").json()["id"]
    mine = jobs.begin_publishing(claimed(jobs, first), "cats", 0)
    jobs.finish(mine, State.SUCCEEDED, {"result": {"test": None}})
    again = submit(http, known, "a")
    assert again.status_code == 202
    assert again.json() == http.get(f"/v1/jobs/{first}").json()
    assert again.json()["state"] == "succeeded"


@pytest.mark.parametrize("key", ["a", "~" * 255, "0f8fad5b-d9cb-469f-a165-70867728950e", '"q"'])
def test_a_key_is_any_word_that_can_be_printed(http: httpx.Client, known: str, key: str) -> None:
    assert submit(http, known, key).json()["id"] == submit(http, known, key).json()["id"]


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "é".encode(), "a\tb", "\x7f"])
def test_a_key_that_is_none_is_refused_and_nothing_is_made(
    http: httpx.Client, known: str, key: str | bytes
) -> None:
    headers = {b"Idempotency-Key": key if isinstance(key, bytes) else key.encode()}
    answer = http.post("/v1/jobs", json={"dataset": known}, headers=headers)
    expect_problem(answer, 422, "invalid_parameter")
    assert answer.json()["errors"][0]["parameter"].lower() == "idempotency-key"
    assert http.get("/v1/jobs").json()["data"] == []
