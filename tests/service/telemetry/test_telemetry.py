"""What the service tells of itself at /metrics, on a real socket and with a real Valkey."""

import os
import socket
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
from service.settings import ServiceSettings
from service.telemetry.pictures import Pictures
from tests.problems import expect_problem
from tests.service.server_thread import serving_app
from tests.service.telemetry.scrape import Scrape, requests, whole_service
from worker.jobs.record import State, new_id
from worker.jobs.transitions import Transitions

NOWHERE = ServiceSettings(redis_url="unix:///nowhere.sock")
KEY = "a key of twenty chars"


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
