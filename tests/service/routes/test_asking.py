"""Pause, resume, stop and priorities on the whole service, with a worker that really works."""

import time
from typing import Any

import pytest

from tests.problems import expect_problem
from tests.service.api import Api

LONG = {"epochs": 1_000_000, "batch_size": 1}  # more than any test waits for


def ask(api: Api, job: str, what: str) -> dict[str, Any]:
    answer = api.http.post(f"/v1/jobs/{job}/{what}")
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


def gets_on(api: Api, job: str) -> dict[str, Any]:
    """The job, once it runs and has done more epochs than now."""
    before = (api.http.get(f"/v1/jobs/{job}").json()["progress"] or {}).get("epoch", 0)

    def further(body: dict[str, Any]) -> bool:
        epoch = (body["progress"] or {}).get("epoch", 0)
        return bool(body["state"] == "running" and epoch > before)

    return api.poll(f"/v1/jobs/{job}", further)


def paused(api: Api, job: str) -> dict[str, Any]:
    ask(api, job, "pause")
    return api.poll(f"/v1/jobs/{job}", lambda body: body["state"] == "paused")


def rows(api: Api, job: str) -> list[dict[str, Any]]:
    """The metrics, without what a clock says."""
    found = api.http.get(f"/v1/jobs/{job}/metrics").json()["data"]
    return [{name: row[name] for name in row if name != "seconds"} for row in found]


def test_a_job_that_was_paused_twice_ends_in_the_bytes_of_one_that_was_not(
    api: Api, dataset: str
) -> None:
    spec = {"epochs": 600, "batch_size": 8, "network": {"hidden_units": [16], "dropout": 0.2}}
    whole = api.train(dataset=dataset, model="unpaused", **spec)
    job = api.submit(dataset=dataset, model="paused", **spec)["id"]
    for attempt in (1, 2):
        gets_on(api, job)
        held = paused(api, job)
        assert (held["attempt"], held["requested"], held["finished_at"]) == (attempt, None, None)
        expect_problem(api.http.get("/v1/models/paused"), 404, "model_not_found")
        ask(api, job, "resume")
    again = api.finished(job)
    assert (again["state"], again["attempt"]) == ("succeeded", 3)
    assert again["result"] == whole["result"]
    assert rows(api, job) == rows(api, whole["id"])
    first, second = (
        api.http.get(f"/v1/models/{name}/versions/1/weights.safetensors").content
        for name in ("unpaused", "paused")
    )
    assert first == second


def test_while_a_job_is_paused_its_worker_does_something_else(api: Api, dataset: str) -> None:
    job = api.submit(dataset=dataset, **LONG)["id"]
    gets_on(api, job)
    paused(api, job)
    assert api.train(dataset=dataset, epochs=1)["state"] == "succeeded"
    assert api.http.get(f"/v1/jobs/{job}").json()["state"] == "paused"
    done = ask(api, job, "cancel")
    assert (done["state"], done["ended_by"]) == ("cancelled", "cancel")
    assert (done["progress"]["percent"], done["progress"]["eta_s"]) == (None, 0)


def test_a_stopped_job_leaves_a_model_that_answers(api: Api, dataset: str) -> None:
    job = api.submit(dataset=dataset, model="stopped", **LONG)["id"]
    gets_on(api, job)
    assert ask(api, job, "stop")["requested"] == "stop"
    done = api.finished(job)
    assert (done["state"], done["requested"], done["problem"]) == ("succeeded", None, None)
    assert (done["ended_by"], done["progress"]["percent"]) == ("stop", 100)
    assert done["progress"]["eta_s"] == 0
    assert done["progress"]["epoch"] < LONG["epochs"]
    assert len(rows(api, job)) == done["progress"]["epoch"]
    answer = api.http.post("/v1/models/stopped/predict", json={"rows": [[0.0] * 12288]})
    assert answer.status_code == 200
    assert ask(api, job, "stop") == {**done, "summary": None}


def test_a_paused_job_can_be_stopped(api: Api, dataset: str) -> None:
    job = api.submit(dataset=dataset, model="held", **LONG)["id"]
    gets_on(api, job)
    held = paused(api, job)
    assert ask(api, job, "stop")["state"] == "queued"
    done = api.finished(job)
    assert (done["state"], done["model"]) == ("succeeded", {"name": "held", "version": 1})
    assert done["progress"]["epoch"] >= held["progress"]["epoch"]


def test_a_job_ends_when_its_seconds_are_over(api: Api, dataset: str) -> None:
    started = time.monotonic()
    done = api.train(dataset=dataset, max_seconds=1, **LONG)
    assert (done["requested"], done["ended_by"]) == (None, "max_seconds")
    assert "1 seconds" in done["ended_because"]
    assert 0 < done["progress"]["epoch"] < LONG["epochs"]
    assert time.monotonic() - started < 30


def test_the_urgent_job_is_done_first(api: Api, dataset: str) -> None:
    busy = api.submit(dataset=dataset, **LONG)["id"]
    gets_on(api, busy)
    words = ("low", "normal", "high")
    jobs = {word: api.submit(dataset=dataset, epochs=1, priority=word)["id"] for word in words}
    places = {
        word: api.http.get(f"/v1/jobs/{job}").json()["queue_position"] for word, job in jobs.items()
    }
    assert places == {"high": 1, "normal": 2, "low": 3}
    ask(api, busy, "cancel")
    begun = {word: api.finished(job)["started_at"] for word, job in jobs.items()}
    assert sorted(begun, key=begun.__getitem__) == ["high", "normal", "low"]


@pytest.mark.parametrize("what", ["pause", "stop", "cancel"])
def test_what_is_asked_is_done_within_seconds(api: Api, dataset: str, what: str) -> None:
    job = api.submit(dataset=dataset, model="quick", **LONG)["id"]
    gets_on(api, job)
    started = time.monotonic()
    ask(api, job, what)
    expected = {"pause": "paused", "stop": "succeeded", "cancel": "cancelled"}[what]
    api.poll(f"/v1/jobs/{job}", lambda body: body["state"] == expected)
    assert time.monotonic() - started < 20
    if what == "pause":
        ask(api, job, "cancel")
