"""JSON in every encoding and compression that people send it in, and under every type."""

import codecs
import gzip
import json
import zlib
from collections.abc import Callable

import httpx
import pytest

from tests.problems import expect_problem

JSON = {"content-type": "application/json"}
GZIP = {"content-encoding": "gzip"}


def spec(dataset: str) -> bytes:
    return json.dumps({"dataset": dataset, "model": "cats"}).encode()


@pytest.mark.parametrize(
    "kind", ["application/json", "application/json; charset=utf-8", "application/vnd.api+json"]
)
def test_json_by_its_names_is_read(http: httpx.Client, known: str, kind: str) -> None:
    answer = http.post("/v1/jobs", content=spec(known), headers={"content-type": kind})
    assert answer.status_code == 202


@pytest.mark.parametrize(
    "kind", [None, "text/json", "text/plain", "application/x-www-form-urlencoded", "multipart/x"]
)
def test_json_by_another_name_is_told_which_to_use(
    http: httpx.Client, known: str, kind: str | None
) -> None:
    headers = {"content-type": kind} if kind else {}
    answer = http.post("/v1/jobs", content=spec(known), headers=headers)
    expect_problem(answer, 415, "unsupported_media_type")
    assert "Content-Type: application/json" in answer.json()["detail"]
    assert str(kind or "no Content-Type") in answer.json()["detail"]


@pytest.mark.parametrize("mark", [codecs.BOM_UTF8, b""])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be", "utf-16-le", "utf-32"])
def test_any_unicode_is_read(http: httpx.Client, known: str, mark: bytes, encoding: str) -> None:
    if mark and encoding != "utf-8":
        pytest.skip("the mark of another encoding")
    content = mark + spec(known).decode().encode(encoding)
    assert http.post("/v1/jobs", content=content, headers=JSON).status_code == 202


def test_what_is_no_unicode_is_no_json(http: httpx.Client) -> None:
    for content in (b'{"dataset": "\xff"}', b"\xff\xfe\x00", b"\x00\x00\x00{"):
        expect_problem(
            http.post("/v1/jobs", content=content, headers=JSON), 400, "malformed_request"
        )


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", gzip.compress),
        ("x-gzip", gzip.compress),
        ("GZIP", gzip.compress),
        ("deflate", zlib.compress),
        ("identity", bytes),
    ],
)
def test_packed_bodies_are_unpacked(
    http: httpx.Client, known: str, encoding: str, pack: Callable[[bytes], bytes]
) -> None:
    headers = JSON | {"content-encoding": encoding}
    answer = http.post("/v1/jobs", content=pack(spec(known)), headers=headers)
    assert answer.status_code == 202, answer.text


def test_another_encoding_is_told_which_are_read(http: httpx.Client) -> None:
    for encoding in ("br", "zstd", "gzip, gzip"):
        headers = JSON | {"content-encoding": encoding}
        answer = http.post("/v1/jobs", content=b"x", headers=headers)
        expect_problem(answer, 415, "unsupported_media_type")
        assert answer.headers["accept-encoding"] == "gzip, deflate"


@pytest.mark.parametrize(
    "content",
    [b"{}", gzip.compress(b"{}")[:-3], gzip.compress(b"{}") + b"more", b""],
    ids=["not packed", "cut off", "more behind", "empty"],
)
def test_damaged_ones_are_malformed(http: httpx.Client, content: bytes) -> None:
    answer = http.post("/v1/jobs", content=content, headers=JSON | GZIP)
    expect_problem(answer, 400, "malformed_request")


def test_a_bomb_is_counted_as_it_grows(http: httpx.Client) -> None:
    bomb = gzip.compress(bytes(50_000_000))
    answer = http.post("/v1/jobs", content=bomb, headers=JSON | GZIP)
    expect_problem(answer, 413, "too_large")
    answer = http.post("/v1/datasets?name=x", content=bomb, headers=GZIP)
    expect_problem(answer, 413, "too_large")
