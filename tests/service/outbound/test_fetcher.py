"""Files of other servers: their bytes as they come, and an end to whatever does not."""

import asyncio
import gzip
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from service.outbound import fetcher
from service.outbound.fetcher import Fetcher
from service.settings import ServiceSettings
from tests.service.webhooks.fake_receiver import FakeReceiver, receiving, status
from worker.errors import FetchFailed, InvalidParameter, LimitExceeded

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n"


@pytest.fixture
def server() -> Iterator[FakeReceiver]:
    with receiving() as server:
        yield server


@pytest.fixture
def url(server: FakeReceiver) -> str:
    return f"http://cats.example:{server.port}/cats.zip"


@pytest.fixture
def gone() -> threading.Event:
    """Set once the server has seen that nobody listens any more."""
    return threading.Event()


@pytest.fixture
def endless(server: FakeReceiver, gone: threading.Event) -> None:
    """The server sends a beginning, and then nothing."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(HEAD + b"purr")
        connection.settimeout(10)
        if not connection.recv(1):
            gone.set()

    server.answers = [answer]


async def here(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


def made(server: FakeReceiver, resolve: Any = here, **changed: Any) -> Fetcher:
    asked: dict[str, Any] = {
        "import_hosts": (f"http://cats.example:{server.port}",),
        "import_private": True,
        **changed,
    }
    return Fetcher(ServiceSettings(**asked), resolve)


def fetched(own: Fetcher, url: str, take: Callable[[bytes], None] | None = None) -> bytes:
    found = bytearray()

    async def taken(block: bytes) -> None:
        found.extend(block)
        if take:
            take(block)

    asyncio.run(own.fetch(url, taken))
    return bytes(found)


def test_a_file_comes_as_it_is_and_nothing_is_told_of_us_but_what_we_are(
    server: FakeReceiver, url: str
) -> None:
    file = gzip.compress(bytes(range(256)) * 5_000)
    server.answers = [status(200, "Content-Encoding: gzip", "Set-Cookie: a=b", body=file)]
    own = made(server)
    assert fetched(own, url) == fetched(own, url) == file
    for request in server.requests:
        assert request.headers.keys() == {"host", "accept-encoding", "connection", "user-agent"}
        assert request.headers["host"] == f"cats.example:{server.port}"
        assert request.headers["accept-encoding"] == "identity"


def test_bytes_are_taken_before_the_rest_has_been_sent(server: FakeReceiver, url: str) -> None:
    taken = threading.Event()

    def answer(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\npurr")
        assert taken.wait(10)
        connection.sendall(b"ing")

    server.answers = [answer]
    assert fetched(made(server), url, lambda block: taken.set()) == b"purring"


@pytest.mark.usefixtures("endless")
def test_who_takes_no_more_hangs_up_at_once(
    server: FakeReceiver, url: str, gone: threading.Event
) -> None:
    async def refuse(block: bytes) -> None:
        raise BufferError("no more")

    async def go() -> None:
        with pytest.raises(BufferError) as refused:
            await made(server).fetch(url, refuse)
        # Neither the end of the loop nor that of the error's frames is what ends it.
        assert await asyncio.to_thread(gone.wait, 10)
        assert str(refused.value) == "no more"

    asyncio.run(go())


@pytest.mark.usefixtures("endless")
def test_who_is_cancelled_hangs_up_at_once(
    server: FakeReceiver, url: str, gone: threading.Event
) -> None:
    async def go() -> None:
        came = asyncio.Event()

        async def take(block: bytes) -> None:
            came.set()

        fetching = asyncio.create_task(made(server).fetch(url, take))
        await asyncio.wait_for(came.wait(), 10)
        fetching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await fetching
        assert await asyncio.to_thread(gone.wait, 10)

    asyncio.run(go())


@pytest.mark.usefixtures("endless")
def test_a_server_that_says_no_more_is_left_after_a_while(
    server: FakeReceiver, url: str, gone: threading.Event
) -> None:
    with pytest.raises(FetchFailed, match="did not answer in time"):
        fetched(made(server, stall_timeout_s=1), url)
    assert gone.wait(10)


@pytest.mark.usefixtures("endless")
def test_all_of_it_together_has_an_end_too(
    server: FakeReceiver, url: str, gone: threading.Event
) -> None:
    with pytest.raises(LimitExceeded, match=r"within 1 s.*PURR_IMPORT_FETCH_S") as refused:
        fetched(made(server, import_fetch_s=1), url)
    assert refused.value.pointer == "/url"
    assert gone.wait(10)


def test_a_name_that_takes_too_long_is_given_up(
    server: FakeReceiver, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(host: str, port: int) -> list[str]:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(fetcher, "CONNECT_S", 0.05)
    with pytest.raises(FetchFailed, match="did not answer in time"):
        fetched(made(server, never), url)


def test_nobody_is_followed_to_another_address(server: FakeReceiver, url: str) -> None:
    server.answers = [status(302, f"Location: {url}?again"), status(200, body=b"purr")]
    with pytest.raises(FetchFailed, match="sends us on \\(302\\)"):
        fetched(made(server), url)
    assert len(server.requests) == 1


@pytest.mark.parametrize("host", ["dogs.example", "127.0.0.1", "x.cats.example"])
def test_nobody_is_called_whose_name_is_not_allowed(server: FakeReceiver, host: str) -> None:
    with pytest.raises(InvalidParameter, match="PURR_IMPORT_HOSTS") as refused:
        fetched(made(server), f"http://{host}:{server.port}/cats.zip")
    assert (refused.value.pointer, server.connections) == ("/url", 0)


def test_an_allowed_name_does_not_lead_into_the_own_network(server: FakeReceiver, url: str) -> None:
    with pytest.raises(InvalidParameter, match="PURR_IMPORT_PRIVATE") as refused:
        fetched(made(server, import_private=False), url)
    assert (refused.value.pointer, server.connections) == ("/url", 0)


def test_a_file_in_chunks_that_ends_too_early_is_none(server: FakeReceiver, url: str) -> None:
    whole = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npurr\r\n0\r\n\r\n"
    server.answers = [whole, whole[:-5]]
    assert fetched(made(server), url) == b"purr"
    with pytest.raises(FetchFailed, match="not HTTP as it should be"):
        fetched(made(server), url)
