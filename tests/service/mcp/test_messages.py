"""Messages in each version of the protocol, and what is no message: nothing stays of any."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from service.mcp.endpoint import Endpoint
from service.settings import ServiceSettings
from tests.problems import expect_problem
from tests.service.mcp.speaking import ERAS, PATIENCE_S, message, post
from tests.service.server_thread import serving

NOWHERE = ServiceSettings(redis_url="unix:///nowhere.sock", max_mcp_bytes=2**18, max_mcp_calls=2)
HANDSHAKE, ENVELOPE = ERAS


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[str, Endpoint]]:
    """The address of a service whose Redis is away, and what answers `/mcp`."""
    with serving(NOWHERE) as (address, server):
        application: Any = server.config.app
        yield address, application.state.mcp


@pytest.fixture(scope="module")
def http(served: tuple[str, Endpoint]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served[0], timeout=PATIENCE_S, trust_env=False) as client:
        yield client


def in_envelope(method: str, **params: Any) -> Any:
    meta = {
        "io.modelcontextprotocol/protocolVersion": ENVELOPE,
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    return message(method, **params, _meta=meta)


# Versions


@pytest.mark.parametrize(
    ("offered", "agreed"),
    [("2024-11-05", "2024-11-05"), (HANDSHAKE, HANDSHAKE), ("1999-12-31", HANDSHAKE)],
)
def test_a_version_is_agreed_on_and_no_session_is_begun(
    http: httpx.Client, offered: str, agreed: str
) -> None:
    about = {"capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    answer = post(http, message("initialize", protocolVersion=offered, **about))
    assert answer.json()["result"]["protocolVersion"] == agreed
    assert answer.headers["content-type"] == "application/json"
    assert "mcp-session-id" not in answer.headers


def test_a_version_that_nobody_speaks_is_refused_with_those_that_are(http: httpx.Client) -> None:
    answer = post(http, message("tools/list"), **{"mcp-protocol-version": "2099-01-01"})
    assert answer.status_code == 400


@pytest.mark.parametrize(("path", "method"), [("/mcp", "GET"), ("/mcp", "DELETE"), ("/mcp", "PUT")])
def test_there_are_no_streams_and_no_sessions_to_end(
    http: httpx.Client, path: str, method: str
) -> None:
    refused = http.request(method, path, headers={"accept": "text/event-stream"})
    expect_problem(refused, 405, "method_not_allowed")
    assert refused.headers["allow"] == "OPTIONS, POST"


def test_nobody_can_listen(http: httpx.Client) -> None:
    said = {"mcp-protocol-version": ENVELOPE, "mcp-method": "subscriptions/listen"}
    answer = post(http, in_envelope("subscriptions/listen", notifications={}), **said)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/json")


def test_a_header_that_says_something_else_than_the_message_is_refused(
    http: httpx.Client,
) -> None:
    said = {"mcp-protocol-version": ENVELOPE, "mcp-method": "tools/list"}
    answer = post(http, in_envelope("tools/call", name="list_jobs", arguments={}), **said)
    assert answer.status_code == 400
    assert "result" not in answer.json()


# What is no message


@pytest.mark.parametrize("version", ERAS)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[" * 50_000,
        b'{"a":' * 10_000,
        b"9" * 60_000,
        b"\xff\xfe\x00",
        b"null",
        b"[]",
        json.dumps([message("ping")] * 100).encode(),
        b'{"jsonrpc": "2.0", "id": 1}',
        b'{"jsonrpc": "2.0", "id": {}, "method": "ping"}',
        b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": []}',
        b'{"jsonrpc": "2.0", "id": 1, "result": {}}',
    ],
    ids=range(13),
)
def test_what_is_no_message_is_refused_and_harms_nobody(
    http: httpx.Client, served: tuple[str, Endpoint], version: str, body: bytes
) -> None:
    headers = {
        "content-type": "application/json", "accept": "application/json, text/event-stream",
        "mcp-protocol-version": version, "mcp-method": "tools/call",
    }  # fmt: skip
    answer = http.post("/mcp", content=body, headers=headers)
    assert answer.status_code in (200, 202, 400, 404), answer.text
    assert '"result":' not in answer.text
    assert served[1].under_way == 0
    assert http.get("/livez").status_code == 200


def test_a_message_that_is_too_large_is_refused_before_it_is_read(http: httpx.Client) -> None:
    expect_problem(post(http, {"x": "y" * 2**18}), 413, "too_large")


def test_a_message_with_many_values_is_refused_before_it_is_parsed(http: httpx.Client) -> None:
    called = message("tools/call", name="list_jobs", arguments={"a": [[]] * 25_000})
    with_many = httpx.Request("POST", "http://x", json=called).content
    headers = {"content-type": "application/json", "accept": "application/json"}
    expect_problem(http.post("/mcp", content=with_many, headers=headers), 413, "too_large")


# Each would be an error of the service's, if it came as far as a request.
@pytest.mark.parametrize(
    "argument",
    [
        b'{"job_id": %b}' % (b"9" * 5_000),
        b'{"job_id": "\\ud800"}',
        b'{"job_id": {"a": 1}}',
        b'{"job_id": "job_1", "wait": [%b]}' % (b"1," * 200 + b"1"),
        b'{"job_id": "job_1", "wait": {"a": 1}}',
        b'{"job_id": "job_1", "%b": 1}' % (b"x" * 9_000),
        b'{"job_id": "job_1", "wait": 1e999}',
        b'{"job_id": "job_1\\r\\nX: y"}',
        b'{"job_id": true, "wait": NaN}',
    ],
)
@pytest.mark.parametrize("version", ERAS)
def test_arguments_that_no_request_can_hold_are_refused_in_words(
    http: httpx.Client, version: str, argument: bytes
) -> None:
    meta = json.dumps(in_envelope("tools/call")["params"]["_meta"]).encode()
    body = (
        b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "show_job", '
        b'"arguments": %b, "_meta": %b}}' % (argument, meta)
    )
    headers = {
        "content-type": "application/json", "accept": "application/json, text/event-stream",
        "mcp-protocol-version": version, "mcp-method": "tools/call", "mcp-name": "show_job",
    }  # fmt: skip
    answer = http.post("/mcp", content=body, headers=headers)
    if answer.status_code == 400:  # it is no message
        assert answer.json()["error"]["code"] in (-32700, -32600, -32602)
        return
    assert answer.status_code == 200, answer.text
    assert answer.json()["result"]["isError"] is True


@pytest.mark.parametrize("name", ["resources/list", "prompts/list", "logging/setLevel", "x"])
def test_a_method_that_is_not_served_is_an_error(http: httpx.Client, name: str) -> None:
    assert "error" in post(http, message(name)).json()


@pytest.mark.parametrize("params", [{}, {"name": 3}, {"name": "list_jobs", "arguments": [1]}])
def test_a_call_that_is_none_is_an_error(http: httpx.Client, params: Any) -> None:
    assert "error" in post(http, message("tools/call", **params)).json()
