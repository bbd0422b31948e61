"""A job keeps the trace for which it was asked for."""

import json
from pathlib import Path

import httpx
import pytest

from worker.jsontypes import Json

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SENT = f"00-{TRACE}-{SPAN}-01"


def submitted(http: httpx.Client, known: str, headers: list[tuple[str, str]]) -> Json:
    body = {"dataset": known, "model": "cats"}
    answer = http.post("/v1/jobs", json=body, headers=headers)
    assert answer.status_code == 202, answer.text
    job: Json = answer.json()
    return job


def test_a_job_is_in_the_trace_of_its_request(http: httpx.Client, known: str, root: Path) -> None:
    job = submitted(http, known, [("traceparent", SENT)])
    version, trace, span, flags = job["traceparent"].split("-")
    assert (version, trace, flags) == ("00", TRACE, "01")
    assert span != SPAN
    assert http.get(f"/v1/jobs/{job['id']}").json()["traceparent"] == job["traceparent"]
    assert "traceparent" not in job["spec"]
    kept = json.loads((root / "jobs" / job["id"] / "request.json").read_text())
    assert kept["body"]["traceparent"] == job["traceparent"]


@pytest.mark.parametrize(
    "headers",
    [[], [("traceparent", "00-cats-dogs-01")], [("traceparent", SENT), ("traceparent", SENT)]],
    ids=["none", "unsound", "two"],
)
def test_without_a_trace_there_is_none(
    http: httpx.Client, known: str, headers: list[tuple[str, str]]
) -> None:
    assert submitted(http, known, headers)["traceparent"] is None


def test_a_retry_is_in_the_trace_of_its_own_request(http: httpx.Client, known: str) -> None:
    job = submitted(http, known, [("traceparent", SENT)])
    patch = [{"op": "add", "path": "/epochs", "value": 3}]
    again = http.post(f"/v1/jobs/{job['id']}/retry", json={"patch": patch}).json()
    assert (again["traceparent"], again["parent"]) == (None, job["id"])


def test_jobs_of_two_traces_have_one_spec(http: httpx.Client, known: str) -> None:
    jobs = [submitted(http, known, [("traceparent", SENT)])["id"] for _ in range(2)]
    compared = http.get("/v1/compare", params={"jobs": ",".join(jobs)}).json()
    assert compared["differences"]["spec"] == []


def test_a_request_that_comes_again_is_the_first_ones(http: httpx.Client, known: str) -> None:
    key = ("Idempotency-Key", "one")
    first = submitted(http, known, [key, ("traceparent", SENT)])
    again = submitted(http, known, [key, ("traceparent", SENT.replace(SPAN, "1" * 16))])
    assert (again["id"], again["traceparent"]) == (first["id"], first["traceparent"])
