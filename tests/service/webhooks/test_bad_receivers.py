"""Receivers that do not answer as they should: what becomes of a webhook to them."""

import socket
import time

import pytest
import redis

from service.webhooks import sender as webhooks
from tests.service.webhooks.fake_receiver import FakeReceiver, receiving, status
from tests.service.webhooks.sender_bench import SenderBench


def test_redirects_are_not_followed(bench: SenderBench, receiver: FakeReceiver, url: str) -> None:
    with receiving() as other:
        there = f"Location: http://127.0.0.1:{other.port}/"
        for code in (301, 302, 303, 307, 308):
            receiver.answers = [status(code, there)]
            delivery = bench.send(url)
            assert (delivery.state, delivery.last_status) == ("pending", code)
        assert other.connections == 0


def test_an_endless_body_is_not_read(bench: SenderBench, receiver: FakeReceiver, url: str) -> None:
    sent = 0

    def pour(connection: socket.socket) -> None:
        nonlocal sent
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n")
        for _ in range(10_000):
            sent += connection.send(bytes(2**20))

    receiver.answers = [pour]
    assert bench.send(url).state == "delivered"
    # Of what was sent, buffers of the kernel took the most.
    assert sent < 64 * 2**20


def test_endless_headers_are_an_error(bench: SenderBench, receiver: FakeReceiver, url: str) -> None:
    def pour(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        for _ in range(10_000):
            connection.sendall(b"x: " + b"y" * 2**16 + b"\r\n")

    receiver.answers = [pour]
    delivery = bench.send(url)
    assert (delivery.state, delivery.last_status) == ("pending", None)
    assert delivery.last_error == "The receiver's answer is not HTTP as it should be."


@pytest.mark.parametrize("answer", [b"", b"\x00\xff\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n"])
def test_what_is_no_answer_is_an_error(
    bench: SenderBench, receiver: FakeReceiver, url: str, answer: bytes
) -> None:
    receiver.answers = [answer]
    delivery = bench.send(url)
    assert (delivery.state, delivery.last_status) == ("pending", None)


def test_a_receiver_that_says_nothing_is_left(
    bench: SenderBench, receiver: FakeReceiver, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "TOTAL_S", 0.2)

    def wait(connection: socket.socket) -> None:
        connection.recv(1)  # until we hang up

    receiver.answers = [wait]
    assert bench.send(url).last_error == "The receiver did not answer in time."


def test_one_that_answers_a_byte_at_a_time_is_left(
    bench: SenderBench, receiver: FakeReceiver, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "TOTAL_S", 0.3)

    def trickle(connection: socket.socket) -> None:
        for byte in b"HTTP/1.1 200 OK\r\nX-Padding: %b\r\n\r\n" % (b"x" * 100):
            connection.sendall(bytes([byte]))
            time.sleep(0.02)  # less than a read may take, and in all far more than a try may

    receiver.answers = [trickle]
    assert bench.send(url).last_error == "The receiver did not answer in time."


def test_one_that_never_ends_its_answer_has_answered(
    bench: SenderBench, receiver: FakeReceiver, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "TOTAL_S", 0.5)

    def dawdle(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
        connection.recv(1)

    receiver.answers = [dawdle]
    assert bench.send(url).state == "delivered"


def test_nobody_there_is_an_error(bench: SenderBench, client: redis.Redis) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    lonely = SenderBench(client, f"http://cats.example:{port}")
    lonely.hosts["cats.example"] = ["127.0.0.1"]
    delivery = lonely.send(f"http://cats.example:{port}/")
    assert (delivery.state, delivery.last_error) == (
        "pending",
        "The receiver refused the connection.",
    )


def test_a_name_that_does_not_resolve_may_do_so_later(bench: SenderBench, url: str) -> None:
    bench.hosts.clear()
    delivery = bench.send(url)
    assert delivery.state == "pending"
    assert delivery.last_error == "The receiver's name cannot be resolved."
