"""Webhooks on their way: a real outbox, a real network, and receivers that behave or do not."""

import asyncio
import json
import socket
import time
from collections.abc import Iterator

import pytest
import redis
from pydantic import SecretStr

from service.settings import ServiceSettings
from service.webhooks import sender as webhooks
from service.webhooks.message import keys_of, signature
from service.webhooks.sender import Sender
from tests.service.webhooks.posting import SECRET, Post
from tests.service.webhooks.receiving import Receiver, receiving, status
from worker.jobs.outbox import Outbox
from worker.jobs.redis_connection import connect
from worker.jobs.transitions import open_records


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def post(client: redis.Redis, receiver: Receiver) -> Post:
    """Knows `cats.example`, which is this machine and may be called without TLS."""
    post = Post(client, f"http://cats.example:{receiver.port}")
    post.hosts["cats.example"] = ["127.0.0.1"]
    return post


@pytest.fixture
def url(receiver: Receiver) -> str:
    return f"http://cats.example:{receiver.port}/hook?key=1"


# What is sent


def test_a_webhook_is_one_signed_post(post: Post, receiver: Receiver, url: str) -> None:
    delivery = post.send(url)
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


def test_what_was_delivered_is_not_sent_again(post: Post, receiver: Receiver, url: str) -> None:
    post.send(url)
    assert not asyncio.run(post.sender.send_next())
    assert receiver.connections == 1


def test_a_replay_sends_the_same_message_again(post: Post, receiver: Receiver, url: str) -> None:
    delivery = post.outbox.replay(post.send(url).id)
    assert post.send_again(delivery.id).attempts == 2
    first, second = receiver.requests
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


def test_a_failure_is_tried_until_the_tenth_time(post: Post, receiver: Receiver, url: str) -> None:
    receiver.answers = [status(500)]
    made = post.announce(url)
    states = [post.send_again(made).state for _ in range(10)]
    assert states == ["pending"] * 9 + ["failed"]
    assert not asyncio.run(post.sender.send_next())


def test_a_receiver_can_end_it(post: Post, receiver: Receiver, url: str) -> None:
    receiver.answers = [status(410)]
    assert post.send(url).state == "gone"


def test_a_receiver_can_ask_for_time(post: Post, receiver: Receiver, url: str) -> None:
    receiver.answers = [status(429, "Retry-After: 3600")]
    delivery = post.send(url)
    assert delivery.next_at is not None
    assert 3_590 < delivery.next_at.timestamp() - time.time() < 4_000


def test_senders_share_the_work(post: Post, receiver: Receiver, url: str) -> None:
    made = [post.announce(url) for _ in range(12)]

    async def run() -> None:
        senders = [asyncio.create_task(post.sender.run()) for _ in range(3)]
        while len(receiver.requests) < len(made):
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)
        for sender in senders:
            sender.cancel()

    asyncio.run(asyncio.wait_for(run(), 30))
    assert sorted(request.headers["webhook-id"] for request in receiver.requests) == sorted(made)


def test_without_hosts_nothing_runs(client: redis.Redis) -> None:
    asyncio.run(asyncio.wait_for(Post(client).sender.run(), 5))


def test_a_redis_that_comes_back_is_used_again(
    post: Post, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setattr(webhooks, "AWAY_S", 0.01)
    away = Sender(
        Outbox(connect("unix:///nowhere.sock")),
        open_records(connect("unix:///nowhere.sock"))["job"],
        ServiceSettings(webhook_hosts=("a.example",), webhook_secret=SecretStr(SECRET)),
    )
    with pytest.raises(TimeoutError):  # it goes on and on, and does not die of it
        asyncio.run(asyncio.wait_for(away.run(), 0.5))


def test_a_job_that_is_no_more_cannot_be_told_of(
    post: Post, client: redis.Redis, receiver: Receiver, url: str
) -> None:
    made = post.announce(url)
    client.delete(f"purr:job:job_{made.removeprefix('msg_')}")
    delivery = post.send_again(made)
    assert (delivery.state, receiver.connections) == ("failed", 0)
    assert (delivery.last_error or "").startswith("No job has this id.")


def test_a_fault_of_the_service_is_tried_again(
    post: Post, client: redis.Redis, receiver: Receiver, url: str
) -> None:
    made = post.announce(url)
    client.hset(f"purr:job:job_{made.removeprefix('msg_')}", "result", '{"test": {"rows": 9}}')
    delivery = post.send_again(made)
    assert (delivery.state, receiver.connections) == ("pending", 0)
    assert delivery.last_error == "The service itself failed; its log tells how."


def test_what_cannot_be_read_holds_up_nobody(
    post: Post,
    client: redis.Redis,
    receiver: Receiver,
    url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(webhooks, "AWAY_S", 0.01)
    for number in range(webhooks.SENDERS):
        client.hset(f"purr:webhook:{number}", "url", "nonsense")
        client.zadd("purr:webhooks:due", {str(number): 0})
    post.announce(url)

    async def run() -> None:
        sender = asyncio.create_task(post.sender.run())
        while not receiver.requests:
            await asyncio.sleep(0.01)
        sender.cancel()

    asyncio.run(asyncio.wait_for(run(), 30))


# Receivers that misbehave


def test_redirects_are_not_followed(post: Post, receiver: Receiver, url: str) -> None:
    with receiving() as other:
        there = f"Location: http://127.0.0.1:{other.port}/"
        for code in (301, 302, 303, 307, 308):
            receiver.answers = [status(code, there)]
            delivery = post.send(url)
            assert (delivery.state, delivery.last_status) == ("pending", code)
        assert other.connections == 0


def test_a_proxy_of_the_environment_is_not_asked(
    post: Post, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiving() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert post.send(url).state == "delivered"
        assert proxy.connections == 0


def test_an_endless_body_is_not_read(post: Post, receiver: Receiver, url: str) -> None:
    sent = 0

    def pour(connection: socket.socket) -> None:
        nonlocal sent
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n")
        for _ in range(10_000):
            sent += connection.send(bytes(2**20))

    receiver.answers = [pour]
    assert post.send(url).state == "delivered"
    # Of what was sent, buffers of the kernel took the most.
    assert sent < 64 * 2**20


def test_endless_headers_are_an_error(post: Post, receiver: Receiver, url: str) -> None:
    def pour(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        for _ in range(10_000):
            connection.sendall(b"x: " + b"y" * 2**16 + b"\r\n")

    receiver.answers = [pour]
    delivery = post.send(url)
    assert (delivery.state, delivery.last_status) == ("pending", None)
    assert delivery.last_error == "The receiver's answer is not HTTP as it should be."


@pytest.mark.parametrize("answer", [b"", b"\x00\xff\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n"])
def test_what_is_no_answer_is_an_error(
    post: Post, receiver: Receiver, url: str, answer: bytes
) -> None:
    receiver.answers = [answer]
    delivery = post.send(url)
    assert (delivery.state, delivery.last_status) == ("pending", None)


def test_a_receiver_that_says_nothing_is_left(
    post: Post, receiver: Receiver, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "TOTAL_S", 0.2)

    def wait(connection: socket.socket) -> None:
        connection.recv(1)  # until we hang up

    receiver.answers = [wait]
    assert post.send(url).last_error == "The receiver did not answer in time."


def test_one_that_answers_a_byte_at_a_time_is_left(
    post: Post, receiver: Receiver, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "TOTAL_S", 0.3)

    def trickle(connection: socket.socket) -> None:
        for byte in b"HTTP/1.1 200 OK\r\nX-Padding: %b\r\n\r\n" % (b"x" * 100):
            connection.sendall(bytes([byte]))
            time.sleep(0.02)  # less than a read may take, and in all far more than a try may

    receiver.answers = [trickle]
    assert post.send(url).last_error == "The receiver did not answer in time."


def test_one_that_never_ends_its_answer_has_answered(
    post: Post, receiver: Receiver, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "TOTAL_S", 0.5)

    def dawdle(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
        connection.recv(1)

    receiver.answers = [dawdle]
    assert post.send(url).state == "delivered"


def test_nobody_there_is_an_error(post: Post, client: redis.Redis) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    lonely = Post(client, f"http://cats.example:{port}")
    lonely.hosts["cats.example"] = ["127.0.0.1"]
    delivery = lonely.send(f"http://cats.example:{port}/")
    assert (delivery.state, delivery.last_error) == (
        "pending",
        "The receiver refused the connection.",
    )


def test_a_name_that_does_not_resolve_may_do_so_later(post: Post, url: str) -> None:
    post.hosts.clear()
    delivery = post.send(url)
    assert delivery.state == "pending"
    assert delivery.last_error == "The receiver's name cannot be resolved."
