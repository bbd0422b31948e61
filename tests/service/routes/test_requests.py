"""Cancel, stop, pause, resume and replays over HTTP; what a worker would do is done by the test."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
import redis

from tests.problems import expect_problem
from worker.jobs.record import Record, State
from worker.jobs.transitions import Transitions, open_records

ASKING = ("cancel", "stop", "pause", "resume")
PROGRESS = {
    "epoch": 1,
    "epochs": 2,
    "percent": 50.0,
    "eta_s": 1.0,
    "rows_per_s": 2.0,
    "loss": 0.5,
    "accuracy": 0.5,
}


@pytest.fixture
def jobs(client: redis.Redis) -> Transitions:
    return open_records(client)["job"]


@pytest.fixture
def job(http: httpx.Client, known: str) -> str:
    """The id of a job that waits."""
    return str(http.post("/v1/jobs", json={"dataset": known, "model": "cats"}).json()["id"])


def ask(http: httpx.Client, job: str, what: str) -> tuple[int, str, str | None]:
    answer = http.post(f"/v1/jobs/{job}/{what}")
    body = answer.json()
    return answer.status_code, body.get("state", body.get("code")), body.get("requested")


def claimed(jobs: Transitions, job: str) -> Record:
    return jobs.claim(job, "w", 60)


# Asking


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


# Asking twice by mistake


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


# Asking what one knows already


def test_what_has_not_changed_is_not_sent_again(http: httpx.Client, job: str) -> None:
    first = http.get(f"/v1/jobs/{job}")
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "no-cache"
    for shown in (tag, f"W/{tag}", f'"other", {tag}', f"{tag},W/{tag}", "*"):
        again = http.get(f"/v1/jobs/{job}", headers={"If-None-Match": shown})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
        assert "content-type" not in again.headers


def test_what_has_changed_is_sent_with_another_tag(
    http: httpx.Client, jobs: Transitions, job: str
) -> None:
    tags: list[str] = []

    def look() -> dict[str, Any]:
        headers = {"If-None-Match": ", ".join(tags)} if tags else {}
        answer = http.get(f"/v1/jobs/{job}", headers=headers)
        assert answer.status_code == 200
        tags.append(answer.headers["etag"])
        return answer.json()  # type: ignore[no-any-return]

    look()
    mine = claimed(jobs, job)
    assert look()["state"] == "running"
    mine = jobs.renew(mine, 60, {"progress": PROGRESS})
    assert look()["progress"] == PROGRESS
    jobs.pause(job)
    assert look()["requested"] == "pause"
    jobs.give_back(mine, "paused")
    assert look()["state"] == "paused"
    assert len(set(tags)) == 5


def test_another_job_has_another_tag(http: httpx.Client, known: str, job: str) -> None:
    other = http.post("/v1/jobs", json={"dataset": known, "model": "cats"}).json()["id"]
    tags = {http.get(f"/v1/jobs/{one}").headers["etag"] for one in (job, other)}
    assert len(tags) == 2


@pytest.mark.parametrize("shown", ["", "nonsense", '"', '""', "W/", ",,,"])
def test_a_tag_that_is_none_is_no_tag(http: httpx.Client, job: str, shown: str) -> None:
    answer = http.get(f"/v1/jobs/{job}", headers={"If-None-Match": shown})
    assert (answer.status_code, answer.json()["id"]) == (200, job)


def test_a_tag_of_a_job_that_is_gone_is_404(http: httpx.Client) -> None:
    answer = http.get("/v1/jobs/job_" + "0" * 32, headers={"If-None-Match": "*"})
    expect_problem(answer, 404, "job_not_found")
