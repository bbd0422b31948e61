"""Sweeps over HTTP; no worker takes their jobs here."""

from typing import Any

import httpx
import pytest

from tests.problems import expect_problem
from worker.jsontypes import Json

SPEC: Json = {"model": "cats", "recipe": "classic", "validation_fraction": 0.25}
MOVES = ("cancel", "pause", "resume")
VARY: Json = {"optimizer.learning_rate": {"values": [0.1, 0.01, 0.001]}}


def asked(dataset: str, **changes: Any) -> Json:
    return {"spec": {"dataset": dataset, **SPEC}, "vary": VARY, **changes}


@pytest.fixture
def sweep(http: httpx.Client, known: str) -> str:
    """The id of a sweep of which two jobs wait."""
    return str(http.post("/v1/sweeps", json=asked(known, parallel=2)).json()["id"])


def test_a_sweep_makes_jobs_that_name_it(http: httpx.Client, known: str) -> None:
    answer = http.post("/v1/sweeps", json=asked(known, parallel=2))
    found = answer.json()
    assert (answer.status_code, found["state"]) == (202, "running")
    assert answer.headers["Location"] == f"/v1/sweeps/{found['id']}"
    assert found["candidates"] == {"queued": 2, "waiting": 1}
    other = http.post("/v1/jobs", json={"dataset": known, "model": "cats"}).json()
    jobs = http.get("/v1/jobs", params={"sweep": found["id"]}).json()["data"]
    assert [job["sweep"] for job in jobs] == [{"id": found["id"], "candidate": n} for n in (1, 0)]
    assert [job["spec"]["optimizer"]["learning_rate"] for job in jobs] == [0.01, 0.1]
    assert "sweep" not in jobs[0]["spec"]
    assert other["sweep"] is None


def test_a_sweep_as_it_stands(http: httpx.Client, sweep: str) -> None:
    found = http.get(f"/v1/sweeps/{sweep}").json()
    assert [place["state"] for place in found["leaderboard"]] == ["queued", "queued", "waiting"]
    assert {place["rank"] for place in found["leaderboard"]} == {None}
    assert found["said"] == "No candidate is measured yet. 3 are not over yet."
    (listed,) = http.get("/v1/sweeps").json()["data"]
    assert listed.items() == {name: found[name] for name in listed}.items()


def test_a_sweep_is_paused_resumed_and_cancelled(http: httpx.Client, sweep: str) -> None:
    def moved(move: str) -> tuple[str, str | None]:
        found = http.post(f"/v1/sweeps/{sweep}/{move}").json()
        return found["state"], found["requested"]

    assert moved("pause") == ("paused", "pause")
    assert moved("resume") == ("running", None)
    assert moved("cancel") == ("cancelled", None)
    expect_problem(http.post(f"/v1/sweeps/{sweep}/resume"), 409, "conflict")
    states = {job["state"] for job in http.get("/v1/jobs").json()["data"]}
    assert states == {"cancelled"}


def test_what_a_job_of_a_sweep_retried_is_of_no_sweep(http: httpx.Client, sweep: str) -> None:
    (job, _) = http.get("/v1/jobs", params={"sweep": sweep}).json()["data"]
    again = http.post(f"/v1/jobs/{job['id']}/retry", json={})
    assert again.status_code == 202
    assert again.json()["sweep"] is None


def test_the_same_key_is_the_same_sweep(http: httpx.Client, known: str) -> None:
    headers = {"Idempotency-Key": "once"}
    first, second = (http.post("/v1/sweeps", json=asked(known), headers=headers) for _ in "12")
    assert first.json()["id"] == second.json()["id"]


def test_a_sweep_that_is_not_there(http: httpx.Client) -> None:
    path = f"/v1/sweeps/swp_{'0' * 32}"
    answers = [http.get(path), *(http.post(f"{path}/{move}") for move in MOVES)]
    for answer in answers:
        expect_problem(answer, 404, "sweep_not_found")


BAD: list[tuple[Json, str, str]] = [
    ({"vary": {}}, "/vary", "at least 1"),
    ({"vary": {"optimizer.learning_rat": {"values": [1]}}}, "/vary", "optimizer.learning_rate"),
    ({"vary": {"epochs": {"from": 1, "to": 9}}}, "/vary", "count"),
    ({"vary": {"seed": {"values": [1, 2]}}}, "/vary/seed", "same rows"),
    ({"vary": {"epochs": {"values": [5, -5]}}}, "/vary/epochs/values/1", "Candidate 1"),
    ({"vary": {"batch_size": {"from": 1, "to": 999, "count": 99, "integer": True},
               "epochs": {"values": [1, 2, 3]}}}, "/vary", "at most 200"),
    ({"vary": {"batch_size": {"values": [64, 0]}}}, "/vary/batch_size/values/1", "Candidate 1"),
    ({"vary": {"batch_size": {"from": 1, "to": 2, "count": 3}}}, "/vary/batch_size", "Candidate 1"),
    ({"method": "random"}, "/count", "got none"),
    ({"count": 3}, "/count", "leave it out"),
    ({"halving": {}}, "/halving", "halving"),
    ({"method": "halving", "count": 2, "halving": {"first_epochs": 100}},
     "/halving/first_epochs", "fewer epochs"),
    ({"parallel": 0}, "/parallel", "greater"),
    ({"budget": {"hours": 3}}, "/budget/hours", "no field"),
]  # fmt: skip


def test_what_cannot_be_asked_for(http: httpx.Client, known: str) -> None:
    for changes, place, words in BAD:
        answer = http.post("/v1/sweeps", json=asked(known, **changes))
        assert answer.status_code == 422, answer.text
        faults = [(each["pointer"], each["detail"]) for each in answer.json()["errors"]]
        assert any(at.startswith(place) and words in said for at, said in faults), faults
    assert http.get("/v1/sweeps").json()["data"] == []


BAD_SPECS: list[tuple[Json, str]] = [
    ({"validation_fraction": 0.0}, "/spec/validation_fraction"),
    ({"dataset": "ds_" + "0" * 32}, "/spec/dataset"),
    ({"epochs": -1}, "/spec/epochs"),
    ({"network": {"hidden_units": [9_999, 9_999]}}, "/spec/network"),
    ({"verifies": {"model": "cats", "version": 1}}, "/spec/verifies"),
    ({"webhook": "http://10.0.0.1/"}, "/spec/webhook"),
]


def test_a_spec_that_cannot_be_tried(http: httpx.Client, known: str) -> None:
    for spec, place in BAD_SPECS:
        wanted = {**asked(known), "spec": {**SPEC, "dataset": known, **spec}}
        answer = http.post("/v1/sweeps", json=wanted)
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["pointer"].startswith(place)
