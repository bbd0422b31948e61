"""Requests as they are counted and timed at /metrics."""

import random
import socket
import string
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry

from service.middleware.request_log import AccessLog
from service.telemetry.requests import Requests
from tests.service.streaming.event_reader import follow
from tests.service.telemetry.scrape import Scrape, requests
from tests.service.wait import wait_until
from tests.service.working_job import WorkingJob
from worker.jobs.record import new_id
from worker.jobs.transitions import Transitions

TEMPLATES = [
    "/{}",
    "/v1/{}",
    "/v1/jobs/{}",
    "/v1/jobs/{}/events",
    "/v1/jobs?state={}",
    "/v1/jobs/%7Bjob_id%7D",
    "/v1/datasets/{}",
    "/v1/models/{}/predict",
    "/v1/models/{}/versions/{}",
    "/docs/{}",
    "/static-offline-docs/{}",
    "/metrics/{}",
    "/%7B{}%7D",
    "/livez",
]
METHODS = ["GET", "POST", "HEAD", "DELETE", "OPTIONS"]


def test_requests_are_counted_by_route_method_and_status(http: httpx.Client, known: str) -> None:
    http.get("/livez")
    http.get("/v1/jobs")
    http.post("/v1/jobs", json={"dataset": known})
    http.get(f"/v1/jobs/{new_id('job')}")
    http.get(f"/v1/jobs/{new_id('job')}")
    found = Scrape(http)
    assert requests(found, "/livez", "GET", "2xx") == 1
    assert requests(found, "/v1/jobs", "GET", "2xx") == 1
    assert requests(found, "/v1/jobs", "POST", "2xx") == 1
    assert requests(found, "/v1/jobs/{job_id}", "GET", "4xx") == 2
    assert found.value("purr_problems_total", code="job_not_found") == 2
    assert found.value("purr_request_duration_seconds_count", route="/v1/jobs") == 2
    assert 0 < found.value("purr_request_duration_seconds_sum", route="/v1/jobs") < 60
    assert found.value("purr_requests_in_progress") == 1  # this one


def test_what_has_no_route_is_counted_together(http: httpx.Client) -> None:
    before = Scrape(http)
    http.get("/nowhere")
    http.get("/v1/jobs", headers={"host": "evil.test"})
    http.request("DELETE", "/v1/jobs")
    http.request("BREW", "/livez")
    http.post("/livez")
    found = Scrape(http)
    assert requests(found, "unmatched", "GET", "4xx") == 2
    assert requests(found, "unmatched", "other", "4xx") == 2
    assert requests(found, "unmatched", "POST", "4xx") == 1
    codes = {"not_found": 1, "misdirected_host": 1, "method_not_allowed": 3}
    assert {c: found.value("purr_problems_total", code=c) for c in codes} == codes
    assert found.series.keys() == before.series.keys()


def test_a_head_is_counted_as_what_it_is_the_head_of(http: httpx.Client) -> None:
    http.head("/livez")
    http.head("/v1/jobs")
    http.head("/nowhere")
    http.options("/v1/jobs")
    found = Scrape(http)
    assert requests(found, "/livez", "GET", "2xx") == 1
    assert requests(found, "/v1/jobs", "GET", "2xx") == 1
    assert requests(found, "unmatched", "HEAD", "4xx") == 1
    assert requests(found, "unmatched", "OPTIONS", "2xx") == 1


def test_behind_a_proxy_routes_are_what_they_are(http: httpx.Client) -> None:
    http.get("/cats/v1/jobs/", headers={"x-forwarded-prefix": "/cats"})
    http.get("/v1/models", headers={"x-forwarded-prefix": "/dogs"})
    found = Scrape(http)
    assert requests(found, "/v1/jobs", "GET", "2xx") == 1
    assert requests(found, "/v1/models", "GET", "2xx") == 1


def test_an_answer_that_is_held_on_purpose_is_counted_and_not_timed(
    http: httpx.Client, jobs: Transitions, known: str
) -> None:
    job = http.post("/v1/jobs", json={"dataset": known}).json()["id"]
    http.get(f"/v1/jobs/{job}?wait=0.2")
    http.get(f"/v1/jobs/{job}")
    over = WorkingJob(jobs)
    over.finish()
    assert [*follow(http, over.id)]
    found = Scrape(http)
    assert requests(found, "/v1/jobs/{job_id}", "GET", "2xx") == 2
    assert found.value("purr_request_duration_seconds_count", route="/v1/jobs/{job_id}") == 1
    assert requests(found, "/v1/jobs/{job_id}/events", "GET", "2xx") == 1
    assert found.total("purr_request_duration_seconds_count", route="/v1/jobs/{job_id}/events") == 0


def test_streams_and_requests_are_told_while_they_last(
    http: httpx.Client, jobs: Transitions
) -> None:
    told = WorkingJob(jobs)
    event = follow(http, told.id)
    next(event)
    with httpx.Client(base_url=http.base_url) as other:
        found = Scrape(other)
        assert found.value("purr_event_streams") == 1
        assert found.value("purr_requests_in_progress") == 2
        told.finish()
        assert [*event]
        wait_until(lambda: Scrape(other).value("purr_event_streams") == 0)
        assert Scrape(other).value("purr_requests_in_progress") == 1


def test_an_upload_is_under_way_until_it_ends(http: httpx.Client) -> None:
    head = b"POST /v1/datasets HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nhalf"
    address = (http.base_url.host, http.base_url.port or 0)
    with socket.create_connection(address) as half:
        half.sendall(head)
        wait_until(lambda: Scrape(http).value("purr_transfers") == 1)
    wait_until(lambda: Scrape(http).value("purr_transfers") == 0)
    assert requests(Scrape(http), "/v1/datasets", "POST", "left") == 1


async def ends_with(fault: BaseException, told: Requests) -> None:
    async def app(*_: Any) -> Any:
        raise fault

    scope: dict[str, Any] = {"type": "http", "method": "GET", "path": "/", "query_string": b""}
    scope["headers"] = []
    await AccessLog(app, told)(scope, app, app)


def lone(fault: BaseException) -> CollectorRegistry:
    """What is told of one request of which this comes."""
    registry = CollectorRegistry()
    with pytest.raises(type(fault)):
        step = ends_with(fault, Requests(registry, []))
        step.send(None)
    return registry


def test_what_nobody_expected_is_a_5xx() -> None:
    found = lone(RuntimeError("mice"))
    labels = {"route": "unmatched", "method": "GET", "status": "5xx"}
    assert found.get_sample_value("purr_requests_total", labels) == 1
    assert found.get_sample_value("purr_problems_total", {"code": "internal_error"}) == 1
    assert found.get_sample_value("purr_requests_in_progress") == 0


def test_whoever_was_not_answered_was_left() -> None:
    found = lone(KeyboardInterrupt())
    labels = {"route": "unmatched", "method": "GET", "status": "left"}
    assert found.get_sample_value("purr_requests_total", labels) == 1
    assert found.get_sample_value("purr_requests_in_progress") == 0


def noise(chance: random.Random) -> bytes:
    """A request of any kind."""

    def word() -> str:
        return "".join(chance.choices(string.ascii_letters + string.digits, k=9))

    path = chance.choice(TEMPLATES).replace("{}", word())
    method, host = chance.choice([*METHODS, word()]), chance.choice(["localhost", f"{word()}.test"])
    headers = f"Host: {host}\r\nAccept: {word()}\r\n{word()}: {word()}\r\n"
    return f"{method} {path} HTTP/1.1\r\n{headers}\r\n".encode()


def answered(connection: socket.socket, asked: list[bytes]) -> int:
    """How many of these requests, sent one behind the other, were answered."""
    connection.sendall(b"".join(asked))
    found = b""
    while (count := found.count(b"\r\nx-request-id: ")) < len(asked):
        if not (piece := connection.recv(2**16)):
            break
        found += piece
    return count


def test_whatever_callers_send_there_are_no_more_numbers(http: httpx.Client) -> None:
    http.get("/readyz")  # which makes the data folder, of which the free space is told
    before, chance = Scrape(http), random.Random(1)
    with socket.create_connection((http.base_url.host, http.base_url.port or 0)) as connection:
        for _ in range(20):
            assert answered(connection, [noise(chance) for _ in range(100)]) == 100
    http.post("/v1/datasets", params={"name": "x" * 200}, content=b"nothing")
    after = Scrape(http)
    assert after.series.keys() == before.series.keys()
    assert after.total("purr_requests_total") - before.total("purr_requests_total") == 2_002
