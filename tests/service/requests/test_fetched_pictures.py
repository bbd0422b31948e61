"""Pictures that the service fetches itself: from hosts that are allowed, no larger than others."""

import hashlib
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from service.launcher.valkey import Valkey
from service.settings import ServiceSettings
from service.state import AppState
from tests.problems import expect_problem
from tests.service.requests.asked import PIXELS, PNG, ROW, cats, probability
from tests.service.webhooks.fake_receiver import FakeReceiver, receiving, status

MOST_BYTES = 10_000


@pytest.fixture(scope="module")
def server() -> Iterator[FakeReceiver]:
    with receiving() as server:
        yield server


@pytest.fixture(scope="module")
def asked_settings(valkey: Valkey, shelf: Path, server: FakeReceiver) -> ServiceSettings:
    return ServiceSettings(
        redis_url=valkey.url,
        data_dir=shelf,
        min_free_bytes=0,
        import_hosts=(f"http://127.0.0.1:{server.port}",),
        import_private=True,
        import_fetch_s=1,
        max_image_bytes=MOST_BYTES,
    )


def slowly(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n" + PNG[:9])
    for _ in range(30):
        time.sleep(0.1)
        connection.sendall(b"x")


def url(server: FakeReceiver) -> str:
    return f"http://127.0.0.1:{server.port}/cat.png"


def test_a_picture_is_fetched_and_answered(asked: httpx.Client, server: FakeReceiver) -> None:
    server.answers = [status(200, body=PNG)]
    digest = hashlib.sha256(PNG).hexdigest()
    for body in ({"url": url(server)}, {"sha256": digest, "url": url(server)}):
        assert cats(asked.post(PIXELS, json=body)) == pytest.approx([probability(ROW)])
    wrong = asked.post(PIXELS, json={"url": url(server), "sha256": "0" * 64})
    expect_problem(wrong, 422, "invalid_parameter", "/sha256")


@pytest.mark.parametrize(
    ("answer", "number", "code"),
    [
        (status(200, body=b"hello"), 415, "unsupported_media_type"),
        (status(200, body=PNG[:60]), 422, "corrupt_file"),
        (status(200, body=bytes(MOST_BYTES + 1)), 422, "limit_exceeded"),
        (status(302, "Location: http://169.254.169.254/"), 502, "fetch_failed"),
        (status(404), 502, "fetch_failed"),
        (slowly, 422, "limit_exceeded"),
    ],
    ids=range(6),
)
def test_what_is_no_picture_is_refused(
    asked: httpx.Client, server: FakeReceiver, answer: bytes, number: int, code: str
) -> None:
    server.answers = [answer]
    expect_problem(asked.post(PIXELS, json={"url": url(server)}), number, code, "/url")


def test_other_hosts_are_not_asked(asked: httpx.Client, served: tuple[str, AppState]) -> None:
    for address in ("http://169.254.169.254/latest", "https://cats.example/a.png", served[0]):
        answer = asked.post(PIXELS, json={"url": address})
        expect_problem(answer, 422, "invalid_parameter", "/url")
