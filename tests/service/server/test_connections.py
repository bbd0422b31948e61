"""Connections that do not get on, and too many of them, on a real socket."""

import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from service.server.connections import PROBES, RESERVED_DESCRIPTORS, Connections, Phase, Reason
from service.settings import ServiceSettings
from tests.problems import expect_problem
from tests.service.launcher.processes import wait_until
from tests.service.running import serving_app
from tests.service.telemetry.scraping import Scrape

HALF = b"GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Half: "
WHOLE = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
MOST = 24


def little_room(folder: Path, timeout_s: int) -> ServiceSettings:
    """The API alone, without Redis."""
    return ServiceSettings(
        redis_url="unix:///nowhere",
        data_dir=folder,
        max_connections=MOST,
        header_timeout_s=timeout_s,
        stall_timeout_s=timeout_s,
        max_predict_bytes=200_000,
        max_bodies_bytes=300_000,
    )


@pytest.fixture
def http(tmp_path: Path) -> Iterator[httpx.Client]:
    """With little room and little patience."""
    with serving_app(little_room(tmp_path, 1)) as http:
        yield http


@pytest.fixture
def patient(tmp_path: Path) -> Iterator[httpx.Client]:
    """With little room, but nobody goes before the test is over."""
    with serving_app(little_room(tmp_path, 120)) as http:
        yield http


@contextmanager
def opened(http: httpx.Client, count: int, words: bytes = b"") -> Iterator[list[socket.socket]]:
    """Connections that have sent these words."""
    address = (http.base_url.host, http.base_url.port or 0)
    sockets: list[socket.socket] = []
    try:
        for _ in range(count):
            sockets.append(socket.create_connection(address, timeout=30))
            sockets[-1].sendall(words)
        yield sockets
    finally:
        for one in sockets:
            one.close()


def answer(client: socket.socket) -> bytes:
    """All that comes until the other side closes, or an empty answer where it breaks off."""
    found = b""
    try:
        while piece := client.recv(2**16):
            found += piece
    except ConnectionResetError:
        pass
    return found


def first(client: socket.socket) -> bytes:
    """One answer that says how long it is; the connection stays open."""
    found = b""
    while b"\r\n\r\n" not in found:
        found += client.recv(1)
    (length,) = re.findall(rb"(?i)content-length: (\d+)", found)
    while len(found.partition(b"\r\n\r\n")[2]) < int(length):
        found += client.recv(2**16)
    return found


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


def status(http: httpx.Client, path: str) -> int:
    """As a client sees it that was not connected before."""
    return httpx.get(http.base_url.join(path), timeout=30).status_code


@pytest.mark.parametrize("words", [HALF, HALF[:3]])
def test_half_a_head_is_ended_and_told_why(http: httpx.Client, words: bytes) -> None:
    with opened(http, 1, words) as (client,):
        found = answer(client)
    assert found.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert b'"code":"request_timeout"' in found
    assert b"application/problem+json" in found


def test_a_head_that_comes_byte_by_byte_is_ended_too(http: httpx.Client) -> None:
    with opened(http, 1, HALF) as (client,):
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


def test_who_sends_nothing_at_all_is_ended(http: httpx.Client) -> None:
    with opened(http, 1) as (client,):
        assert answer(client) == b""


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 100\r\n\r\n{",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\n{",
        b"Content-Length: 9\r\n\r\n",
    ],
)
def test_a_body_that_does_not_come_is_ended(http: httpx.Client, head: bytes) -> None:
    with opened(http, 1, POST + head) as (client,):
        assert answer(client) == b""


def test_a_body_that_gets_on_is_waited_for(http: httpx.Client) -> None:
    pieces = [b'{"dataset":"x"', b" " * 3000, b" " * 3000, b" " * 3000, b" " * 3000, b"}"]
    length = b"Content-Length: %d\r\n\r\n" % sum(map(len, pieces))
    with opened(http, 1, POST + length) as (client,):
        for piece in pieces:
            client.sendall(piece)
            time.sleep(0.5)
        assert first(client).startswith(b"HTTP/1.1 422 ")


def test_who_takes_no_answer_is_ended(http: httpx.Client) -> None:
    with opened(http, 1) as (client,):
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        request = b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
        began = time.monotonic()
        with pytest.raises(OSError):
            while time.monotonic() - began < 30:
                client.sendall(request)
                time.sleep(0.01)


def test_more_than_there_is_room_for_take_the_place_of_those_who_only_wait(
    http: httpx.Client,
) -> None:
    with opened(http, 3 * MOST, HALF):
        assert status(http, "/livez") == 200
        assert status(http, "/v1/limits") == 200
    with opened(http, 3 * MOST, WHOLE) as clients:
        assert first(clients[-1]).startswith(b"HTTP/1.1 200 ")
        assert status(http, "/v1/limits") == 200


def test_of_requests_that_stopped_in_the_middle_the_oldest_make_room(
    http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.server.protocol.SILENT_S", 0.2)
    with opened(http, MOST, POST + b"Content-Length: 100\r\n\r\n{"):
        time.sleep(0.4)
        assert status(http, "/v1/limits") == 200


def test_how_connections_stand_and_why_they_ended_is_told(http: httpx.Client) -> None:
    with opened(http, 2, b"GET /livez HTTP/1.1\r\n\r\n") as broken, opened(http, 3, HALF) as half:
        assert [answer(client)[:12] for client in broken] == [b"HTTP/1.1 400"] * 2
        assert [answer(client)[:12] for client in half] == [b"HTTP/1.1 408"] * 3
    with opened(http, 4, POST + b"Content-Length: 100\r\n\r\n{"):
        wait_until(lambda: Scrape(http).value("purr_connections", phase="body") == 4)
        found = Scrape(http)
    assert found.value("purr_malformed_requests_total") == 2
    assert found.value("purr_connections_ended_total", reason="slow_head") == 3


def test_where_all_are_busy_health_can_be_asked_and_nothing_else(patient: httpx.Client) -> None:
    http = patient
    with crowded(http):
        assert status(http, "/livez") == 200
        refused = httpx.get(http.base_url.join("/v1/limits"), timeout=30)
        assert refused.status_code == 503
        assert refused.json()["code"] == "too_many_connections"
        assert refused.headers["retry-after"]
        assert refused.headers["connection"] == "close"
        assert status(http, "/metrics") == 200


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


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (b"hello\r\n\r\n", b"400"),
        (b"GET /\xc3\xa9 HTTP/1.1\r\nHost: localhost\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 600_000, b"400"),
        (b"GET /" + b"x" * 600_000, b"400"),
        (b"GET / HTTP/1.1\r\n\r\n", b"400"),
        (POST + b"Content-Length: -1\r\n\r\n", b"400"),
        (POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{", b"400"),
        (POST + b"Transfer-Encoding: gzip\r\n\r\n{", b"501"),
        (POST + b"Transfer-Encoding: chunked\r\n\r\nx\r\n", b"400"),
    ],
)
def test_what_is_no_http_is_a_problem_too(
    http: httpx.Client, words: bytes, expected: bytes
) -> None:
    with opened(http, 1, words) as (client,):
        found = answer(client)
    assert re.match(rb"HTTP/1.1 (400|501) ", found), found
    assert b'"code":"malformed_request"' in found
    assert status(http, "/livez") == 200


@pytest.mark.parametrize("size", [10, 100_000, 3_000_000])
def test_a_kept_connection_survives_a_refusal(http: httpx.Client, size: int) -> None:
    head = b"POST /v1/jobs HTTP/1.1\r\nHost: elsewhere\r\nContent-Length: %d\r\n\r\n" % size
    with opened(http, 1, head + b"x" * size) as (client,):
        assert first(client).startswith(b"HTTP/1.1 421 ")
        client.sendall(WHOLE)
        assert first(client).startswith(b"HTTP/1.1 200 ")


def test_a_refused_body_without_an_end_is_ended(http: httpx.Client) -> None:
    head = b"POST /v1/jobs HTTP/1.1\r\nHost: elsewhere\r\nContent-Length: 10000000000\r\n\r\n"
    with opened(http, 1, head) as (client,):
        assert first(client).startswith(b"HTTP/1.1 421 ")
        began = time.monotonic()
        with pytest.raises(OSError):
            while time.monotonic() - began < 30:
                client.sendall(b"x" * 10_000)
                time.sleep(0.01)


@pytest.mark.parametrize("headers", [{"x": "x" * 40_000}, {f"x{n}": "x" for n in range(120)}])
def test_a_long_head_is_431(http: httpx.Client, headers: dict[str, str]) -> None:
    expect_problem(http.get("/livez", headers=headers), 431, "head_too_large")
    expect_problem(http.get("/livez", params={"x": "x" * 40_000}), 431, "head_too_large")


def test_so_are_many_parameters_and_many_options_of_a_content_type(http: httpx.Client) -> None:
    expect_problem(http.get("/livez?" + "&" * 101), 431, "head_too_large")
    kind = {"content-type": "multipart/form-data" + ";" * 21}
    expect_problem(http.post("/v1/datasets", headers=kind), 431, "head_too_large")


CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        (b"GET /livez HTTP/1.1\r\nHost: localhost\r\n" + b"a:\r\n" * 60_000, 431, "head_too_large"),
        (b"GET /" + b"%" * 30_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 431, "head_too_large"),
        (CHUNKED + b"1\r\n[\r\n" * 2_000, 400, "malformed_request"),
    ],
)
def test_what_is_far_more_work_than_it_is_bytes_is_not_read_on(
    http: httpx.Client, words: bytes, status: int, code: str
) -> None:
    with opened(http, 1, words) as (client,):
        found = answer(client)
    assert found.startswith(b"HTTP/1.1 %d " % status), found
    assert b'"code":"%b"' % code.encode() in found


def test_chunks_that_are_large_on_the_average_are_read(http: httpx.Client) -> None:
    small, large = b"1\r\n \r\n", b"1000\r\n%b\r\n" % (b" " * 4096)
    words = CHUNKED + small * 250 + (large + small * 6) * 12 + b"0\r\n\r\n"
    for _ in range(2):  # of each body they are counted anew
        with opened(http, 1, words) as (client,):
            assert b'"detail":"Expected a JSON body' in first(client)
    with opened(http, 1, CHUNKED + small * 200 + b"0\r\n\r\n") as (client,):
        first(client)
        client.sendall(CHUNKED + small * 200 + b"0\r\n\r\n")
        assert b'"detail":"Expected a JSON body' in first(client)


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
