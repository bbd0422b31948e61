"""Webhooks over HTTP: asked for in a spec, listed, sent again."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
from pydantic import SecretStr

from service.launcher.valkey import Valkey
from service.settings import ServiceSettings
from service.webhooks.message import keys_of, signature
from tests.problems import expect_problem
from tests.service.conftest import MANIFEST
from tests.service.server_thread import serving_app
from tests.service.wait import wait_until
from tests.service.webhooks.fake_receiver import FakeReceiver, receiving, status
from tests.service.webhooks.sender_bench import SECRET
from worker.jobs.outbox import Outbox
from worker.jobs.record import State, new_id
from worker.jobs.transitions import open_records
from worker.store.record_archive import Archive


@pytest.fixture
def receiver() -> Iterator[FakeReceiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def settings(valkey: Valkey, client: redis.Redis, tmp_path: Path) -> ServiceSettings:
    return ServiceSettings(redis_url=valkey.url, data_dir=tmp_path / "data", min_free_bytes=0)


@pytest.fixture
def http(settings: ServiceSettings, receiver: FakeReceiver) -> Iterator[httpx.Client]:
    """A service whose webhooks may go to the receiver."""
    hosts = (f"http://127.0.0.1:{receiver.port}", "https://cats.example")
    update = {"webhook_hosts": hosts, "webhook_secret": SecretStr(SECRET), "webhook_private": True}
    with serving_app(settings.model_copy(update=update)) as http:
        yield http


@pytest.fixture
def spec(client: redis.Redis, receiver: FakeReceiver, settings: ServiceSettings) -> dict[str, Any]:
    """A job on a dataset that is ready; the receiver wants to know of it."""
    datasets = open_records(client)["ds"]
    made, body = new_id("ds"), {"name": "pictures"}
    # In the store too, or a service that begins takes it for deleted.
    Archive(settings.data_dir).keep_request(made, {"body": body})
    datasets.create(made, body)
    datasets.finish(datasets.claim(made, "w", 10), State.SUCCEEDED, {"result": MANIFEST})
    return {"dataset": made, "webhook": f"http://127.0.0.1:{receiver.port}/hook"}


def webhook_of(http: httpx.Client, job: str) -> dict[str, Any]:
    (found,) = http.get("/v1/webhooks", params={"job": job}).raise_for_status().json()["data"]
    return dict(found)


def test_a_job_that_ends_is_told_by_the_service(
    http: httpx.Client, spec: dict[str, Any], receiver: FakeReceiver
) -> None:
    job = http.post("/v1/jobs", json=spec).raise_for_status().json()
    assert job["spec"]["webhook"] == spec["webhook"]
    http.post(f"/v1/jobs/{job['id']}/cancel").raise_for_status()
    wait_until(lambda: webhook_of(http, job["id"])["state"] == "delivered")
    (request,) = receiver.requests
    body = json.loads(request.body)
    assert body["type"] == "job.cancelled"
    assert body["data"]["id"] == job["id"]
    webhook = webhook_of(http, job["id"])
    timestamp = int(request.headers["webhook-timestamp"])
    expected = signature(keys_of(SECRET), webhook["id"], timestamp, request.body)
    assert request.headers["webhook-signature"] == expected
    assert webhook == {
        "id": "msg_" + job["id"].removeprefix("job_"),
        "job": job["id"],
        "type": "job.cancelled",
        "url": spec["webhook"],
        "state": "delivered",
        "attempts": 1,
        "next_at": None,
        "last_status": 204,
        "last_error": None,
        "created_at": webhook["created_at"],
        "delivered_at": webhook["delivered_at"],
    }


def test_what_failed_can_be_sent_again(
    http: httpx.Client, spec: dict[str, Any], receiver: FakeReceiver
) -> None:
    receiver.answers = [status(410), status(200)]
    job = http.post("/v1/jobs", json=spec).raise_for_status().json()["id"]
    http.post(f"/v1/jobs/{job}/cancel").raise_for_status()
    wait_until(lambda: webhook_of(http, job)["state"] == "gone")
    replay = f"/v1/webhooks/{webhook_of(http, job)['id']}/replay"
    assert http.post(replay).raise_for_status().json()["state"] == "pending"
    assert http.post(replay).status_code == 200
    wait_until(lambda: webhook_of(http, job)["state"] == "delivered")


def test_webhooks_are_listed_newest_first(http: httpx.Client, client: redis.Redis) -> None:
    outbox = Outbox(client)
    made = [outbox.add(new_id("job"), "job.failed", "https://far.example/") for _ in range(5)]
    for age, found in enumerate(reversed(made)):
        client.zadd("purr:webhooks", {found: 9e12 - age})
    first = http.get("/v1/webhooks", params={"limit": 3}).json()
    second = http.get("/v1/webhooks", params={"limit": 3, "after": first["next"]}).json()
    assert [row["id"] for row in first["data"] + second["data"]] == made[::-1]
    assert second["next"] is None


def test_a_job_without_a_webhook_has_none(http: httpx.Client) -> None:
    answer = http.get("/v1/webhooks", params={"job": "job_" + "0" * 32})
    assert answer.json() == {"data": [], "next": None}
    expect_problem(http.get("/v1/webhooks", params={"job": "x"}), 422, "invalid_parameter")


@pytest.mark.parametrize("asked", ["x", "msg_" + "0" * 32, "%2a", "msg_1:due"])
def test_what_is_unknown_is_404(http: httpx.Client, asked: str) -> None:
    expect_problem(http.post(f"/v1/webhooks/{asked}/replay"), 404, "webhook_not_found")


@pytest.mark.parametrize(
    "url",
    ["https://evil.example/", "http://cats.example/", "https://cats.example:8443/",
     "https://user@cats.example/", "https://127.1/", "http://169.254.169.254/", "file:///etc/passwd"],
)  # fmt: skip
def test_a_webhook_that_may_not_be_sent_is_refused_with_its_job(
    http: httpx.Client, spec: dict[str, Any], url: str
) -> None:
    answer = http.post("/v1/jobs", json=spec | {"webhook": url})
    expect_problem(answer, 422, "invalid_parameter", "/webhook")
    assert http.get("/v1/jobs").json()["data"] == []


def test_without_hosts_the_answer_says_what_to_set(
    settings: ServiceSettings, spec: dict[str, Any]
) -> None:
    with serving_app(settings) as http:
        answer = http.post("/v1/jobs", json=spec)
        expect_problem(answer, 422, "invalid_parameter", "/webhook")
        assert "PURR_WEBHOOK_HOSTS" in answer.json()["detail"]
        http.post("/v1/jobs", json=spec | {"webhook": None}).raise_for_status()
