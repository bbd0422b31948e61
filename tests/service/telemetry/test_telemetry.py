"""What the service tells of itself at /metrics, on a real socket and with a real Valkey."""

import os
import random
import socket
import string
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import prometheus_client
import pytest
import redis
from prometheus_client import CollectorRegistry
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from pydantic import SecretStr

from service.app import create_app
from service.launcher.valkey import Valkey
from service.middleware.access import METRICS
from service.middleware.request_log import AccessLog
from service.settings import ServiceSettings
from service.telemetry.pictures import Pictures
from service.telemetry.requests import Requests
from tests.problems import expect_problem
from tests.service.launcher.processes import wait_until
from tests.service.running import serving_app
from tests.service.streaming.streaming import Told, follow
from tests.service.telemetry.scraping import Scrape, requests, whole_service
from worker.jobs.record import State, new_id
from worker.jobs.transitions import Transitions, open_records

NOWHERE = ServiceSettings(redis_url="unix:///nowhere.sock")
KEY = "a key of twenty chars"


@pytest.fixture
def jobs(client: redis.Redis) -> Transitions:
    return open_records(client)["job"]


# Requests


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
    over = Told(jobs)
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
    told = Told(jobs)
    stop_acknowledged = follow(http, told.id)
    next(stop_acknowledged)
    with httpx.Client(base_url=http.base_url) as other:
        found = Scrape(other)
        assert found.value("purr_event_streams") == 1
        assert found.value("purr_requests_in_progress") == 2
        told.finish()
        assert [*stop_acknowledged]
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


# No label that a caller can make grow


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


# The whole service


def test_jobs_are_told_by_state_and_by_what_became_of_them(
    http: httpx.Client, jobs: Transitions
) -> None:
    done, failed, lost, waiting = (jobs.create(new_id("job"), {}).id for _ in range(4))
    jobs.finish(jobs.claim(done, "w", 60), State.SUCCEEDED)
    problem = {"problem": {"code": "diverged", "detail": "Why."}}
    jobs.finish(jobs.claim(failed, "w", 60), State.FAILED, problem)
    jobs.record_loss(jobs.claim(lost, "w", 60), 3, "signal 9")
    client: Any = jobs._redis
    client.zadd("purr:jobs:since:auto", {waiting: 1000 * (time.time() - 100)})
    found = Scrape(http)
    assert found.value("purr_records", kind="job", state="queued") == 2
    assert found.total("purr_records", kind="job") == 4
    assert found.value("purr_created_total", kind="job") == 4
    assert found.value("purr_attempts_total", kind="job") == 3
    assert found.value("purr_losses_total", kind="job") == 1
    assert found.value("purr_ends_total", kind="job", state="succeeded", code="") == 1
    assert found.value("purr_ends_total", kind="job", state="failed", code="diverged") == 1
    assert found.total("purr_ends_total") == 2
    assert found.value("purr_waiting", queue="train") == 2
    assert 100 <= found.value("purr_oldest_waiting_seconds", queue="train") < 130
    assert found.value("purr_workers", queue="train") == 0


def test_all_processes_tell_the_same_of_the_whole_service_and_each_its_own(
    http: httpx.Client, valkey: Valkey, jobs: Transitions, root: Path
) -> None:
    jobs.claim(jobs.create(new_id("job"), {}).id, "w", 60)
    http.get("/livez")
    with serving_app(ServiceSettings(redis_url=valkey.url, data_dir=root)) as other:
        found, beside = Scrape(http), Scrape(other)
    assert whole_service(found) == whole_service(beside)
    assert requests(found, "/livez", "GET", "2xx") == 1
    assert requests(beside, "/livez", "GET", "2xx") == 0


def test_the_server_and_the_disk_are_told(
    http: httpx.Client, client: redis.Redis, root: Path
) -> None:
    root.mkdir()
    found = Scrape(http)
    assert found.value("purr_redis_up") == 1
    assert found.value("purr_redis_used_memory_bytes") > 100_000
    assert found.value("purr_redis_connected_clients") >= 2
    assert found.value("purr_redis_aof_bytes") > 0
    disk = os.statvfs(root)
    free = found.value("purr_store_free_bytes")
    assert abs(free - disk.f_bavail * disk.f_frsize) < 2**32
    assert found.value("purr_store_reserve_bytes") == 0
    assert found.total("purr_build_info") == 1
    assert found.value("process_resident_memory_bytes") > 2**20


@contextmanager
def without_redis(url: str, root: Path) -> Iterator[httpx.Client]:
    with serving_app(ServiceSettings(redis_url=url, data_dir=root)) as http:
        yield http


def test_without_redis_the_rest_is_told(tmp_path: Path) -> None:
    with without_redis("unix:///nowhere.sock", tmp_path) as http:
        http.get("/v1/jobs")
        found = Scrape(http)
    assert found.value("purr_redis_up") == 0
    assert found.value("purr_problems_total", code="queue_unavailable") == 1
    assert not found.names() & {"purr_records", "purr_workers", "purr_redis_used_memory_bytes"}


def test_a_redis_that_hangs_holds_up_no_other_request(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"redis://127.0.0.1:{deaf.getsockname()[1]}"
        with without_redis(url, tmp_path) as http, ThreadPoolExecutor(1) as pool:
            looking = pool.submit(httpx.get, http.base_url.join(METRICS), timeout=60)
            for _ in range(3):
                assert http.get("/livez").status_code == 200
            assert not looking.done()
            assert "\npurr_redis_up 0.0\n" in looking.result(60).text


# Who may ask, and how


def test_the_key_is_asked_for() -> None:
    settings = NOWHERE.model_copy(update={"api_key": SecretStr(KEY)})
    with serving_app(settings) as http:
        expect_problem(http.get(METRICS), 401, "unauthenticated")
        found = Scrape(http, authorization=f"Bearer {KEY}")
        assert found.value("purr_problems_total", code="unauthenticated") == 1


def test_a_setting_opens_it_and_nothing_else() -> None:
    settings = NOWHERE.model_copy(update={"api_key": SecretStr(KEY), "metrics_open": True})
    with serving_app(settings) as http:
        assert Scrape(http).value("purr_redis_up") == 0
        expect_problem(http.get("/v1/limits"), 401, "unauthenticated")
        expect_problem(http.get("/metrics/more"), 401, "unauthenticated")
        expect_problem(http.get(METRICS, headers={"host": "evil.test"}), 421, "misdirected_host")


@pytest.mark.parametrize(
    "accept",
    [
        "application/openmetrics-text",
        "application/openmetrics-text; version=mouse",
        "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
    ],
)
def test_openmetrics_is_spoken_to_whoever_asks_for_it(accept: str) -> None:
    with serving_app(NOWHERE) as http:
        answer = http.get(METRICS, headers={"accept": accept})
    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert answer.text.endswith("# EOF\n")
    assert "purr_requests" in {f.name for f in text_string_to_metric_families(answer.text)}


@pytest.mark.parametrize("accept", ["", "*/*", "text/plain;version=mouse", "text/html"])
def test_to_all_others_it_is_prometheus_own_format(accept: str) -> None:
    with serving_app(NOWHERE) as http:
        answer = http.get(METRICS, headers={"accept": accept})
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "# TYPE purr_requests_total counter\n" in answer.text


def test_each_application_has_a_registry_of_its_own() -> None:
    first, second = create_app(NOWHERE), create_app(NOWHERE)
    first.state.telemetry.requests.begin()
    told = [app.state.telemetry.exposition("")[0].decode() for app in (first, second)]
    assert ["purr_requests_in_progress 1.0\n" in text for text in told] == [True, False]
    assert not [m for m in prometheus_client.REGISTRY.collect() if m.name.startswith("purr")]


# Pictures


def test_pictures_are_told_by_what_came_of_them_and_what_they_took() -> None:
    registry = CollectorRegistry()
    pictures = Pictures(registry)
    pictures.observe(0.004, "")
    pictures.observe(10.0, "too_costly")
    pictures.observe(None, "too_busy")
    outcomes = ("decoded", "too_costly", "too_busy", "corrupt_file")
    told = [registry.get_sample_value("purr_pictures_total", {"outcome": o}) for o in outcomes]
    assert told == [1, 1, 1, 0]
    assert registry.get_sample_value("purr_picture_decode_seconds_count") == 2
    assert registry.get_sample_value("purr_picture_decode_seconds_sum") == 10.004
