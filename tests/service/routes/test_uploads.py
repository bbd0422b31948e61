"""Uploads over HTTP, on the service alone: what is accepted is not imported."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.problems import expect_problem

FORM = {"content-type": "multipart/form-data; boundary=b"}


def test_an_upload_is_accepted_once_it_is_on_disk(http: httpx.Client, root: Path) -> None:
    parts = [("file", ("a.h5", b"1" * 10)), ("file", ("../../b.h5", b"2" * 20))]
    answer = http.post("/v1/datasets?name=cats", files=parts)
    body = answer.json()
    assert (answer.status_code, body["state"], body["name"]) == (202, "importing", "cats")
    assert answer.headers["location"] == f"/v1/datasets/{body['id']}"
    files = sorted((root / "uploads" / body["id"]).iterdir())
    assert [f.read_bytes() for f in files] == [b"1" * 10, b"2" * 20]
    assert http.get("/v1/datasets").json()["data"] == [body]


def test_a_raw_body_is_one_file(http: httpx.Client, root: Path) -> None:
    body = http.post("/v1/datasets", content=b"x" * 3_000).json()
    (file,) = (root / "uploads" / body["id"]).iterdir()
    assert file.read_bytes() == b"x" * 3_000


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        ({"content": b""}, 422, "invalid_parameter"),
        ({"files": [("file", ("a.h5", b""))]}, 422, "invalid_parameter"),
        ({"files": [("photo", ("a.h5", b"x"))]}, 422, "invalid_parameter"),
        ({"files": [("file", (f"{i}.h5", b"x")) for i in range(17)]}, 413, "too_large"),
        ({"content": b"x" * 1_000_001}, 413, "too_large"),
        ({"content": b"x" * 1_100_000}, 413, "too_large"),
        ({"content": b"--b\r\n", "headers": FORM}, 422, "invalid_parameter"),
        (
            {
                "content": b"nonsense",
                "headers": {"content-type": "multipart/form-data; boundary=b"},
            },
            422,
            "invalid_parameter",
        ),
        (
            {"content": b"x", "headers": {"content-type": "multipart/form-data"}},
            422,
            "invalid_parameter",
        ),
    ],
)
def test_a_refused_upload_leaves_nothing(
    http: httpx.Client, root: Path, request_: dict[str, Any], status: int, code: str
) -> None:
    expect_problem(http.post("/v1/datasets", **request_), status, code)
    assert not list(root.glob("uploads/*"))
    assert http.get("/v1/datasets").json()["data"] == []


def test_a_large_form_arrives_as_it_was_sent(http: httpx.Client, root: Path) -> None:
    payload = bytes(range(256)) * 3_900  # CR and LF in every place of every chunk
    body = http.post("/v1/datasets", files=[("file", ("a.h5", payload))]).json()
    (file,) = (root / "uploads" / body["id"]).iterdir()
    assert file.read_bytes() == payload
