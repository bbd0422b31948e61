"""Webhooks on their way: a real outbox, a real network, and receivers that behave or do not."""

import asyncio
import json
import time

import pytest
import redis
from pydantic import SecretStr

from service.outbound import outbox_sender
from service.settings import ServiceSettings
from service.webhooks import sender as webhooks
from service.webhooks.message import keys_of, signature
from service.webhooks.sender import WebhookSender
from tests.service.webhooks.fake_receiver import FakeReceiver, receiving, status
from tests.service.webhooks.sender_bench import SECRET, SenderBench
from worker.jobs.outbox import Outbox
from worker.jobs.redis_connection import connect
from worker.jobs.transitions import open_records


def test_a_webhook_is_one_signed_post(bench: SenderBench, receiver: FakeReceiver, url: str) -> None:
    delivery = bench.send(url)
    (request,) = receiver.requests
    assert request.line == "POST /hook?key=1 HTTP/1.1"
    headers = request.headers
    assert headers["host"] == f"cats.example:{receiver.port}"
    assert headers["content-type"] == "application/json"
    assert headers["webhook-id"] == delivery.id
    timestamp = int(headers["webhook-timestamp"])
    assert abs(timestamp - time.time()) < 60
    expected = signature(keys_of(SECRET), delivery.id, timestamp, request.body)
    assert headers["webhook-signature"] == expected
    body = json.loads(request.body)
    assert body["type"] == "job.succeeded"
    assert body["data"]["model"] == {"name": "cats", "version": 1}
    assert (delivery.state, delivery.last_status, delivery.attempts) == ("delivered", 204, 1)
    assert delivery.delivered_at is not None


def test_a_webhook_is_in_the_trace_of_its_job(
    bench: SenderBench, receiver: FakeReceiver, url: str
) -> None:
    bench.send(url)
    bench.send(url, traceparent=f"00-{'a' * 32}-{'b' * 16}-01")
    without, traced = (request.headers for request in receiver.requests)
    assert "traceparent" not in without
    version, trace, span, flags = traced["traceparent"].split("-")
    assert (version, trace, flags) == ("00", "a" * 32, "01")
    assert span != "b" * 16


def test_what_was_delivered_is_not_sent_again(
    bench: SenderBench, receiver: FakeReceiver, url: str
) -> None:
    bench.send(url)
    assert not asyncio.run(bench.sender.send_next())
    assert receiver.connections == 1


def test_a_replay_sends_the_same_message_again(
    bench: SenderBench, receiver: FakeReceiver, url: str
) -> None:
    delivery = bench.outbox.replay(bench.send(url).id)
    assert bench.send_again(delivery.id).attempts == 2
    first, second = receiver.requests
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


def test_a_failure_is_tried_until_the_tenth_time(
    bench: SenderBench, receiver: FakeReceiver, url: str
) -> None:
    receiver.answers = [status(500)]
    made = bench.announce(url)
    states = [bench.send_again(made).state for _ in range(10)]
    assert states == ["pending"] * 9 + ["failed"]
    assert not asyncio.run(bench.sender.send_next())


def test_a_receiver_can_end_it(bench: SenderBench, receiver: FakeReceiver, url: str) -> None:
    receiver.answers = [status(410)]
    assert bench.send(url).state == "gone"


def test_a_receiver_can_ask_for_time(bench: SenderBench, receiver: FakeReceiver, url: str) -> None:
    receiver.answers = [status(429, "Retry-After: 3600")]
    delivery = bench.send(url)
    assert delivery.next_at is not None
    assert 3_590 < delivery.next_at.timestamp() - time.time() < 4_000


def test_senders_share_the_work(bench: SenderBench, receiver: FakeReceiver, url: str) -> None:
    made = [bench.announce(url) for _ in range(12)]

    async def run() -> None:
        senders = [asyncio.create_task(bench.sender.run()) for _ in range(3)]
        while len(receiver.requests) < len(made):
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)
        for sender in senders:
            sender.cancel()

    asyncio.run(asyncio.wait_for(run(), 30))
    assert sorted(request.headers["webhook-id"] for request in receiver.requests) == sorted(made)


def test_without_hosts_nothing_runs(client: redis.Redis) -> None:
    asyncio.run(asyncio.wait_for(SenderBench(client).sender.run(), 5))


def test_a_redis_that_comes_back_is_used_again(
    bench: SenderBench, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setattr(outbox_sender, "AWAY_S", 0.01)
    away = WebhookSender(
        Outbox(connect("unix:///nowhere.sock")),
        open_records(connect("unix:///nowhere.sock"))["job"],
        ServiceSettings(webhook_hosts=("a.example",), webhook_secret=SecretStr(SECRET)),
    )
    with pytest.raises(TimeoutError):  # it goes on and on, and does not die of it
        asyncio.run(asyncio.wait_for(away.run(), 0.5))


def test_a_job_that_is_no_more_cannot_be_told_of(
    bench: SenderBench, client: redis.Redis, receiver: FakeReceiver, url: str
) -> None:
    made = bench.announce(url)
    client.delete(f"purr:job:job_{made.removeprefix('msg_')}")
    delivery = bench.send_again(made)
    assert (delivery.state, receiver.connections) == ("failed", 0)
    assert (delivery.last_error or "").startswith("No job has this id.")


def test_a_fault_of_the_service_is_tried_again(
    bench: SenderBench, client: redis.Redis, receiver: FakeReceiver, url: str
) -> None:
    made = bench.announce(url)
    client.hset(f"purr:job:job_{made.removeprefix('msg_')}", "result", '{"test": {"rows": 9}}')
    delivery = bench.send_again(made)
    assert (delivery.state, receiver.connections) == ("pending", 0)
    assert delivery.last_error == "The service itself failed; its log tells how."


def test_what_cannot_be_read_holds_up_nobody(
    bench: SenderBench,
    client: redis.Redis,
    receiver: FakeReceiver,
    url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outbox_sender, "AWAY_S", 0.01)
    for number in range(webhooks.SENDERS):
        client.hset(f"purr:webhook:{number}", "url", "nonsense")
        client.zadd("purr:webhooks:due", {str(number): 0})
    bench.announce(url)

    async def run() -> None:
        sender = asyncio.create_task(bench.sender.run())
        while not receiver.requests:
            await asyncio.sleep(0.01)
        sender.cancel()

    asyncio.run(asyncio.wait_for(run(), 30))


def test_a_proxy_of_the_environment_is_not_asked(
    bench: SenderBench, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiving() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert bench.send(url).state == "delivered"
        assert proxy.connections == 0
