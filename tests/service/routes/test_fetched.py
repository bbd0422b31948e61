"""Files that the service fetches: what comes, what is refused, and that nothing is left of it."""

import hashlib
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from service.launcher.valkey import Valkey
from service.settings import ServiceSettings
from tests.problems import expect_problem
from tests.service.server_thread import serving_app
from tests.service.wait import wait_until
from tests.service.webhooks.fake_receiver import FakeReceiver, receiving, status
from tests.worker.data.making import HDF5
from tests.worker.scorings import publish_model
from worker.jobs.fill_mark import FILLED
from worker.operations.upload import Upload
from worker.store.store import Store

FILE = HDF5 * 100_000
SHA256 = hashlib.sha256(FILE).hexdigest()


@pytest.fixture
def server() -> Iterator[FakeReceiver]:
    with receiving() as server:
        server.answers = [status(200, body=FILE)]
        yield server


@pytest.fixture
def fetching(
    valkey: Valkey, client: redis.Redis, root: Path, server: FakeReceiver
) -> Iterator[httpx.Client]:
    settings = ServiceSettings(
        redis_url=valkey.url,
        data_dir=root,
        min_free_bytes=0,
        max_upload_bytes=1_000_000,
        import_hosts=(f"http://127.0.0.1:{server.port}",),
        import_private=True,
        import_fetch_s=2,
        stall_timeout_s=1,
    )
    with serving_app(settings) as http:
        wait_until(lambda: client.exists(FILLED))
        yield http


@pytest.fixture
def url(server: FakeReceiver) -> str:
    return f"http://127.0.0.1:{server.port}/data/cats%20and%20dogs.h5?key=1"


def test_a_file_is_fetched_and_imported_like_one_that_was_sent(
    fetching: httpx.Client, server: FakeReceiver, url: str, root: Path
) -> None:
    secrets = {"authorization": "Bearer x", "cookie": "a=b"}
    body = {"url": url, "sha256": SHA256}
    answer = fetching.post("/v1/datasets?name=cats", json=body, headers=secrets)
    assert (answer.status_code, answer.json()["state"]) == (202, "importing")
    (file,) = (root / "uploads" / answer.json()["id"]).iterdir()
    assert (file.name, file.read_bytes()) == ("01-cats_and_dogs.h5", FILE)
    assert server.requests[0].line == "GET /data/cats%20and%20dogs.h5?key=1 HTTP/1.1"
    assert secrets.keys().isdisjoint(server.requests[0].headers)


def test_a_file_is_fetched_to_be_answered_for_and_its_address_is_not_kept(
    fetching: httpx.Client, url: str, root: Path
) -> None:
    publish_model(Store(root))
    body = {"model": "cats", "url": url, "sha256": SHA256, "top": 1}
    answer = fetching.post("/v1/predictions", json=body)
    assert (answer.status_code, answer.json()["top"]) == (202, 1), answer.text
    scoring = answer.json()["id"]
    (file,) = (root / "uploads" / scoring).iterdir()
    assert file.read_bytes() == FILE
    assert "key=1" not in (root / "predictions" / scoring / "request.json").read_text()


def slowly(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n" + FILE[:2000])
    for _ in range(40):
        time.sleep(0.1)
        connection.sendall(b"x" * 100)


def never(connection: socket.socket) -> None:
    connection.recv(1)


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        (status(404), "fetch_failed", "got 404"),
        (status(206, body=FILE), "fetch_failed", "got 206"),
        (status(302, "Location: http://127.0.0.1/x"), "fetch_failed", "sends us on"),
        (status(200, body=FILE)[:-1], "fetch_failed", "not HTTP"),
        (b"nonsense", "fetch_failed", "not HTTP"),
        (b"", "fetch_failed", "not HTTP"),
        (never, "fetch_failed", "in time"),
        (slowly, "limit_exceeded", "within 2 s"),
        (status(200, body=b"Rar!" + bytes(2_000)), "unsupported_media_type", "look like RAR"),
        (status(200, body=HDF5.ljust(1_100_000)), "too_large", "1000000 bytes"),
        (status(200, body=FILE + b"x"), "invalid_parameter", "Expected a file with the sha256"),
    ],
    ids=range(11),
)  # fmt: skip
def test_what_does_not_come_as_it_should_leaves_nothing(
    fetching: httpx.Client,
    server: FakeReceiver,
    url: str,
    root: Path,
    answer: bytes | Callable[[socket.socket], None],
    code: str,
    words: str,
) -> None:
    server.answers = [answer]
    refused = fetching.post("/v1/datasets", json={"url": url, "sha256": SHA256})
    assert refused.json()["code"] == code
    assert words in refused.json()["detail"]
    assert not list(root.glob("uploads/*"))
    assert fetching.get("/v1/datasets").json()["data"] == []


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/url"),
        ({"url": "http://127.0.0.1/"}, "/url"),
        ({"url": "ftp://127.0.0.1/"}, "/url"),
        ({"url": "http://a@127.0.0.1/"}, "/url"),
        ({"url": "file:///etc/passwd"}, "/url"),
        ({"url": 3}, "/url"),
        ({"url": None, "sha256": "0"}, "/sha256"),
        ({"url": None, "sha265": SHA256}, "/sha265"),
        ([], ""),
    ],
    ids=range(9),
)
def test_an_address_that_cannot_be_is_refused_in_its_place(
    fetching: httpx.Client, server: FakeReceiver, url: str, body: Any, pointer: str
) -> None:
    if isinstance(body, dict) and "url" in body:
        body["url"] = body["url"] or url
    answer = fetching.post("/v1/datasets", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert server.connections == 0


def test_who_leaves_ends_it(
    fetching: httpx.Client, server: FakeReceiver, url: str, root: Path
) -> None:
    server.answers = [slowly]
    with pytest.raises(httpx.ReadTimeout):
        fetching.post("/v1/datasets", json={"url": url}, timeout=0.3)
    wait_until(lambda: server.connections == 1)
    wait_until(lambda: not list(root.glob("uploads/*")), within_s=1)


def test_a_slow_disk_counts_too(
    fetching: httpx.Client, url: str, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(upload: Upload, block: bytes) -> None:
        time.sleep(3)

    monkeypatch.setattr(Upload, "write", write)
    expect_problem(fetching.post("/v1/datasets", json={"url": url}), 422, "limit_exceeded", "/url")
    assert not list(root.glob("uploads/*"))


def test_nothing_is_fetched_where_no_host_is_named(http: httpx.Client) -> None:
    answer = http.post("/v1/datasets", json={"url": "https://cats.example/a.zip"})
    expect_problem(answer, 422, "invalid_parameter", "/url")
    assert "PURR_IMPORT_HOSTS" in answer.json()["detail"]
