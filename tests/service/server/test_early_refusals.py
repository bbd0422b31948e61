"""Requests that are refused before they are parsed, while more are asked than can be answered."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from service.server.connections import Phase
from service.server.early_refusals import path_of
from service.state import AppState
from tests.service.server.raw_sockets import WHOLE, first, little_room, opened
from tests.service.server_thread import serving

PATH = b"/v1/models/cats/predict"
BODY = b'{"rows": [[1]]}'


def asked(*lines: bytes, path: bytes = PATH, body: bytes = BODY) -> bytes:
    head = b"POST %b HTTP/1.1\r\nHost: localhost\r\n" % path
    return head + b"".join(line + b"\r\n" for line in lines) + b"\r\n" + body


LENGTH = b"Content-Length: %d" % len(BODY)


@pytest.mark.parametrize(
    "data",
    [
        asked(LENGTH),
        asked(b"content-length:%d" % len(BODY), b"Accept: */*"),
        asked(LENGTH, path=PATH + b"?top=3"),
        asked(LENGTH, b"Connection: keep-alive"),
    ],
)
def test_a_whole_request_for_predictions_is_known(data: bytes) -> None:
    assert path_of(data) == PATH


@pytest.mark.parametrize(
    "data",
    [
        b"",
        asked(LENGTH)[:-1],
        asked(LENGTH) + b"G",
        asked(LENGTH, LENGTH),
        asked(LENGTH, b"X-Content-Length: 3"),
        asked(LENGTH, b"Transfer-Encoding: chunked"),
        asked(LENGTH, b"transfer-encoding : chunked"),
        asked(LENGTH, b" folded: line"),
        asked(LENGTH, b"Connection: close"),
        asked(LENGTH, b"Connection: keep-alive, close"),
        asked(LENGTH, b"Origin: https://cats.example"),
        asked(LENGTH, b"Expect: 100-continue"),
        asked(LENGTH, b"Content-Type: application/x-ndjson"),
        asked(b"Content-Length: +%d" % len(BODY)),
        asked(b"Content-Length: %d, %d" % (len(BODY), len(BODY))),
        asked(LENGTH).replace(b"\r\n", b"\n"),
        asked(LENGTH).replace(b"HTTP/1.1", b"HTTP/1.0"),
        asked(LENGTH).replace(b"POST", b"GET"),
        asked(LENGTH, path=b"/v1/jobs"),
        asked(LENGTH, path=b"/v2/models/cats/infer"),
        asked(LENGTH, path=b"/v1/jobs?/predict"),
        asked(LENGTH, *[b"X: " + b"x" * 1000] * 40),
    ],
)
def test_whatever_is_odd_or_something_else_goes_the_long_way(data: bytes) -> None:
    assert path_of(data) is None


@pytest.fixture
def service(tmp_path: Path) -> Iterator[tuple[httpx.Client, AppState]]:
    with serving(little_room(tmp_path, 30)) as (address, server):
        application: Any = server.config.app
        with httpx.Client(base_url=address, trust_env=False, verify=False) as http:
            yield http, application.state.app_state


def test_it_is_told_when_to_come_again_and_keeps_its_connection(
    service: tuple[httpx.Client, AppState], caplog: pytest.LogCaptureFixture
) -> None:
    http, answering = service[0], service[1].answering
    answering.refuse()
    answering.under_way = answering.limit
    with caplog.at_level(logging.INFO), opened(http, 1) as (client,):
        for _ in range(2):
            client.sendall(asked(LENGTH))
            head, _, body = first(client).partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 429 Too Many Requests\r\n")
            assert b"\r\nretry-after: 5\r\n" in head
            told = json.loads(body)
            assert (told["code"], told["status"]) == ("too_busy", 429)
            assert b"\r\nx-request-id: " + told["request_id"].encode() in head
        assert [connection.phase for connection in service[1].connections] == [Phase.IDLE]
        client.sendall(WHOLE)
        assert first(client).startswith(b"HTTP/1.1 200 ")
    assert f"POST {PATH.decode()} 429 too_busy" in caplog.text
    assert 'purr_problems_total{code="too_busy"} 2.0' in http.get("/metrics").text


def test_when_a_place_is_free_it_goes_the_usual_way(
    service: tuple[httpx.Client, AppState],
) -> None:
    http, answering = service[0], service[1].answering
    answering.refuse()
    with opened(http, 1) as (client,):
        client.sendall(asked(LENGTH))
        assert first(client).startswith(b"HTTP/1.1 404 ")
    assert answering.under_way == 0


@pytest.mark.parametrize(
    ("host", "lines", "status"),
    [
        (b"cats.example", [], b"421"),
        (b"localhost", [b"Sec-Fetch-Site: cross-site"], b"403"),
        (b"localhost", [b"Authorization: Bearer wrong"], b"401"),
        (b"localhost", [b"Authorization: Bearer a key of cats"], b"429"),
    ],
)
def test_who_may_not_ask_is_told_so_and_counts_for_nothing(
    tmp_path: Path, host: bytes, lines: list[bytes], status: bytes
) -> None:
    settings = little_room(tmp_path, 30).model_copy(update={"api_key": SecretStr("a key of cats")})
    with serving(settings) as (address, server):
        application: Any = server.config.app
        answering = application.state.app_state.answering
        answering.refuse()
        answering.under_way, refused_at = answering.limit, answering._refused_at
        with httpx.Client(base_url=address) as http, opened(http, 1) as (client,):
            client.sendall(asked(LENGTH, *lines).replace(b"localhost", host, 1))
            assert first(client).startswith(b"HTTP/1.1 " + status)
        assert (answering._refused_at > refused_at) is (status == b"429")
        answering.under_way = 0


@pytest.mark.parametrize("path", ["/v1/models/cats/predict", "/v2/models/cats/infer"])
def test_who_sends_the_head_first_is_told_the_same(
    service: tuple[httpx.Client, AppState], path: str
) -> None:
    http, answering = service[0], service[1].answering
    answering.refuse()
    answering.under_way = answering.limit
    answer = http.post(path, content=BODY)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "5")
    assert "at most" in answer.json()["detail"]
