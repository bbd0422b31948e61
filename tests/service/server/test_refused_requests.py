"""Requests that are refused before any of the application has seen them."""

import re
import time

import httpx
import pytest

from tests.problems import expect_problem
from tests.service.server.raw_sockets import POST, WHOLE, answer, first, opened, status

CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


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
    impatient: httpx.Client, words: bytes, expected: bytes
) -> None:
    with opened(impatient, 1, words) as (client,):
        found = answer(client)
    assert re.match(rb"HTTP/1.1 (400|501) ", found), found
    assert b'"code":"malformed_request"' in found
    assert status(impatient, "/livez") == 200


@pytest.mark.parametrize("size", [10, 100_000, 3_000_000])
def test_a_kept_connection_survives_a_refusal(impatient: httpx.Client, size: int) -> None:
    head = b"POST /v1/jobs HTTP/1.1\r\nHost: elsewhere\r\nContent-Length: %d\r\n\r\n" % size
    with opened(impatient, 1, head + b"x" * size) as (client,):
        assert first(client).startswith(b"HTTP/1.1 421 ")
        client.sendall(WHOLE)
        assert first(client).startswith(b"HTTP/1.1 200 ")


def test_a_refused_body_without_an_end_is_ended(impatient: httpx.Client) -> None:
    head = b"POST /v1/jobs HTTP/1.1\r\nHost: elsewhere\r\nContent-Length: 10000000000\r\n\r\n"
    with opened(impatient, 1, head) as (client,):
        assert first(client).startswith(b"HTTP/1.1 421 ")
        began = time.monotonic()
        with pytest.raises(OSError):
            while time.monotonic() - began < 30:
                client.sendall(b"x" * 10_000)
                time.sleep(0.01)


@pytest.mark.parametrize("headers", [{"x": "x" * 40_000}, {f"x{n}": "x" for n in range(120)}])
def test_a_long_head_is_431(impatient: httpx.Client, headers: dict[str, str]) -> None:
    expect_problem(impatient.get("/livez", headers=headers), 431, "head_too_large")
    expect_problem(impatient.get("/livez", params={"x": "x" * 40_000}), 431, "head_too_large")


def test_so_are_many_parameters_and_many_options_of_a_content_type(impatient: httpx.Client) -> None:
    expect_problem(impatient.get("/livez?" + "&" * 101), 431, "head_too_large")
    kind = {"content-type": "multipart/form-data" + ";" * 21}
    expect_problem(impatient.post("/v1/datasets", headers=kind), 431, "head_too_large")


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        (b"GET /livez HTTP/1.1\r\nHost: localhost\r\n" + b"a:\r\n" * 60_000, 431, "head_too_large"),
        (b"GET /" + b"%" * 30_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 431, "head_too_large"),
        (CHUNKED + b"1\r\n[\r\n" * 2_000, 400, "malformed_request"),
    ],
)
def test_what_is_far_more_work_than_it_is_bytes_is_not_read_on(
    impatient: httpx.Client, words: bytes, status: int, code: str
) -> None:
    with opened(impatient, 1, words) as (client,):
        found = answer(client)
    assert found.startswith(b"HTTP/1.1 %d " % status), found
    assert b'"code":"%b"' % code.encode() in found


def test_chunks_that_are_large_on_the_average_are_read(impatient: httpx.Client) -> None:
    small, large = b"1\r\n \r\n", b"1000\r\n%b\r\n" % (b" " * 4096)
    words = CHUNKED + small * 250 + (large + small * 6) * 12 + b"0\r\n\r\n"
    for _ in range(2):  # of each body they are counted anew
        with opened(impatient, 1, words) as (client,):
            assert b'"detail":"Expected a JSON body' in first(client)
    with opened(impatient, 1, CHUNKED + small * 200 + b"0\r\n\r\n") as (client,):
        first(client)
        client.sendall(CHUNKED + small * 200 + b"0\r\n\r\n")
        assert b'"detail":"Expected a JSON body' in first(client)
