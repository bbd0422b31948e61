"""Connections that do not get on, and too many of them, on a real socket."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from service.server.connections import PROBES, RESERVED_DESCRIPTORS, Connections, Phase, Reason
from service.settings import ServiceSettings
from tests.service.server.raw_sockets import HALF, MOST, POST, WHOLE, answer, first, opened, status
from tests.service.telemetry.scrape import Scrape
from tests.service.wait import wait_until


@contextmanager
def crowded(http: httpx.Client) -> Iterator[None]:
    """As many connections with half a body as there may be.

    Of those whose first bytes a busy machine has not read yet, one may have to make room for who
    looks; another takes its place.
    """
    words = POST + b"Content-Length: 100\r\n\r\n{"
    with ExitStack() as stack:

        def full() -> bool:
            if status(http, "/v1/limits") == 503:
                return True
            stack.enter_context(opened(http, 1, words))
            return False

        stack.enter_context(opened(http, MOST, words))
        wait_until(full)
        yield


@pytest.mark.parametrize("words", [HALF, HALF[:3]])
def test_half_a_head_is_ended_and_told_why(impatient: httpx.Client, words: bytes) -> None:
    with opened(impatient, 1, words) as (client,):
        found = answer(client)
    assert found.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert b'"code":"request_timeout"' in found
    assert b"application/problem+json" in found


def test_a_head_that_comes_byte_by_byte_is_ended_too(impatient: httpx.Client) -> None:
    with opened(impatient, 1, HALF) as (client,):
        began = time.monotonic()
        client.settimeout(0.1)
        while time.monotonic() - began < 30:
            try:
                client.sendall(b"x")
                if not client.recv(2**16):
                    break
            except TimeoutError:
                continue
            except OSError:
                break
    assert time.monotonic() - began < 25


def test_who_sends_nothing_at_all_is_ended(impatient: httpx.Client) -> None:
    with opened(impatient, 1) as (client,):
        assert answer(client) == b""


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 100\r\n\r\n{",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\n{",
        b"Content-Length: 9\r\n\r\n",
    ],
)
def test_a_body_that_does_not_come_is_ended(impatient: httpx.Client, head: bytes) -> None:
    with opened(impatient, 1, POST + head) as (client,):
        assert answer(client) == b""


def test_a_body_that_gets_on_is_waited_for(impatient: httpx.Client) -> None:
    pieces = [b'{"dataset":"x"', b" " * 3000, b" " * 3000, b" " * 3000, b" " * 3000, b"}"]
    length = b"Content-Length: %d\r\n\r\n" % sum(map(len, pieces))
    with opened(impatient, 1, POST + length) as (client,):
        for piece in pieces:
            client.sendall(piece)
            time.sleep(0.5)
        assert first(client).startswith(b"HTTP/1.1 422 ")


def test_who_takes_no_answer_is_ended(impatient: httpx.Client) -> None:
    with opened(impatient, 1) as (client,):
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        request = b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
        began = time.monotonic()
        with pytest.raises(OSError):
            while time.monotonic() - began < 30:
                client.sendall(request)
                time.sleep(0.01)


def test_more_than_there_is_room_for_take_the_place_of_those_who_only_wait(
    impatient: httpx.Client,
) -> None:
    with opened(impatient, 3 * MOST, HALF):
        assert status(impatient, "/livez") == 200
        assert status(impatient, "/v1/limits") == 200
    with opened(impatient, 3 * MOST, WHOLE) as clients:
        assert first(clients[-1]).startswith(b"HTTP/1.1 200 ")
        assert status(impatient, "/v1/limits") == 200


def test_of_requests_that_stopped_in_the_middle_the_oldest_make_room(
    impatient: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.server.protocol.SILENT_S", 0.2)
    with opened(impatient, MOST, POST + b"Content-Length: 100\r\n\r\n{"):
        time.sleep(0.4)
        assert status(impatient, "/v1/limits") == 200


def test_how_connections_stand_and_why_they_ended_is_told(impatient: httpx.Client) -> None:
    with (
        opened(impatient, 2, b"GET /livez HTTP/1.1\r\n\r\n") as broken,
        opened(impatient, 3, HALF) as half,
    ):
        assert [answer(client)[:12] for client in broken] == [b"HTTP/1.1 400"] * 2
        assert [answer(client)[:12] for client in half] == [b"HTTP/1.1 408"] * 3
    with opened(impatient, 4, POST + b"Content-Length: 100\r\n\r\n{"):
        wait_until(lambda: Scrape(impatient).value("purr_connections", phase="body") == 4)
        found = Scrape(impatient)
    assert found.value("purr_malformed_requests_total") == 2
    assert found.value("purr_connections_ended_total", reason="slow_head") == 3


def test_where_all_are_busy_health_can_be_asked_and_nothing_else(patient: httpx.Client) -> None:
    with crowded(patient):
        assert status(patient, "/livez") == 200
        refused = httpx.get(patient.base_url.join("/v1/limits"), timeout=30)
        assert refused.status_code == 503
        assert refused.json()["code"] == "too_many_connections"
        assert refused.headers["retry-after"]
        assert refused.headers["connection"] == "close"
        assert status(patient, "/metrics") == 200


class Busy:
    """A connection that may not make room."""

    only_probes = refused = False
    phase = Phase.WORKING

    def may_go(self, now: float) -> bool:
        return False

    def complaint(self, now: float) -> None:
        return None

    def refuse(self) -> None:
        self.refused = True

    def end(self) -> None:
        raise AssertionError("it was busy")


def test_whoever_comes_behind_those_who_may_ask_for_health_is_refused() -> None:
    settings = ServiceSettings(redis_url="unix:///nowhere", max_connections=MOST)
    door = Connections(settings)
    everybody = [Busy() for _ in range(MOST + PROBES + 1)]
    for one in everybody:
        door.enter(one)
    assert [one.only_probes for one in everybody] == [False] * MOST + [True] * PROBES + [False]
    assert [one.refused for one in everybody] == [False] * (MOST + PROBES) + [True]
    assert (len(door), door.ended) == (MOST + PROBES, {Reason.TOO_MANY: 1})
    door.leave(everybody[0])
    door.enter(late := Busy())
    assert late.only_probes


def test_a_flood_is_told_now_and_then(caplog: pytest.LogCaptureFixture) -> None:
    door = Connections(ServiceSettings(redis_url="unix:///nowhere", max_connections=MOST))
    for _ in range(1000):
        door.ended[Reason.TOO_MANY] += 1
        door.look()
    assert len(caplog.records) == 1


def test_room_is_there_again_when_some_have_left(patient: httpx.Client) -> None:
    with crowded(patient):
        pass
    wait_until(lambda: status(patient, "/v1/limits") == 200)


def test_the_service_has_as_many_descriptors_as_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    import resource

    from service.server.listener import raise_descriptor_limit

    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (600, before[1]))
        settings = ServiceSettings(redis_url="unix:///nowhere", data_dir=Path("x"))
        assert Connections(settings).most == 600 - RESERVED_DESCRIPTORS - settings.max_transfers
        raise_descriptor_limit()
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == before[1]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
