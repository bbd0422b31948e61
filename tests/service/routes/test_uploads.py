"""Uploads over HTTP, on the service alone: what is accepted is not imported."""

import gzip
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.problems import expect_problem
from tests.worker.data.making import HDF5

ZIP = b"PK\x03\x04"
FORM = {"content-type": "multipart/form-data; boundary=b"}


def test_an_upload_is_accepted_once_it_is_on_disk(http: httpx.Client, root: Path) -> None:
    parts = [("file", ("a.h5", HDF5)), ("file", ("../../b.zip", ZIP * 9))]
    answer = http.post("/v1/datasets?name=cats", files=parts)
    body = answer.json()
    assert (answer.status_code, body["state"], body["name"]) == (202, "importing", "cats")
    assert answer.headers["location"] == f"/v1/datasets/{body['id']}"
    files = sorted((root / "uploads" / body["id"]).iterdir())
    assert [f.read_bytes() for f in files] == [HDF5, ZIP * 9]
    assert http.get("/v1/datasets").json()["data"] == [body]


def test_a_raw_body_is_one_file(http: httpx.Client, root: Path) -> None:
    body = http.post("/v1/datasets", content=HDF5 * 500).json()
    (file,) = (root / "uploads" / body["id"]).iterdir()
    assert file.read_bytes() == HDF5 * 500


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        ({"content": b""}, 422, "invalid_parameter"),
        ({"files": [("file", ("a.h5", b""))]}, 422, "invalid_parameter"),
        ({"files": [("photo", ("a.h5", b"x"))]}, 422, "invalid_parameter"),
        ({"files": [("file", (f"{i}.h5", HDF5)) for i in range(17)]}, 413, "too_large"),
        ({"content": HDF5.ljust(1_000_001)}, 413, "too_large"),
        ({"content": HDF5.ljust(1_100_000)}, 413, "too_large"),
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
    payload = HDF5 + bytes(range(256)) * 3_900  # CR and LF in every place of every chunk
    body = http.post("/v1/datasets", files=[("file", ("a.h5", payload))]).json()
    (file,) = (root / "uploads" / body["id"]).iterdir()
    assert file.read_bytes() == payload


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([("cats.rar", b"Rar!" + bytes(2_000))], "'cats.rar' look like RAR; unpack it"),
        ([("a.zip", ZIP), ("b.csv", b"\xff\xfea\0,\0")], "'b.csv' look like text in UTF-16; save"),
        ([("a.zip", b"<html>"), ("b.zip", ZIP)], "'a.zip' look like a web page"),
        ([("a.gz", gzip.compress(b"hello"))], "'a.gz' look like gzip; unpack it"),
        ([("x\u202egpj.exe", b"MZ" * 600)], r"'x\u202egpj.exe' look like plain text"),
    ],
    ids=range(5),
)
def test_a_file_of_another_kind_is_refused_by_its_first_bytes(
    http: httpx.Client, root: Path, files: list[tuple[str, bytes]], words: str
) -> None:
    answer = http.post("/v1/datasets", files=[("file", file) for file in files])
    expect_problem(answer, 415, "unsupported_media_type")
    assert words in answer.json()["detail"]
    assert not list(root.glob("uploads/*"))


def test_a_file_of_another_kind_is_refused_before_it_is_all_there(http: httpx.Client) -> None:
    def body() -> Iterator[bytes]:
        yield b"%PDF" * 2**10
        yield from [bytes(2**14)] * 99

    # At its end it would be too large.
    with suppress(httpx.WriteError):  # the connection is closed behind the answer
        expect_problem(http.post("/v1/datasets", content=body()), 415, "unsupported_media_type")
    expect_problem(http.post("/v1/datasets", content=b"x"), 415, "unsupported_media_type")


@pytest.mark.parametrize(
    "query", ["image_size=7", "image_size=513", "image_size=x", "resize=stretch", "channel_order=b"]
)
def test_an_option_that_is_none_is_named(http: httpx.Client, query: str) -> None:
    answer = http.post(f"/v1/datasets?{query}", content=HDF5)
    expect_problem(answer, 422, "invalid_parameter")
    [error] = answer.json()["errors"]
    assert error["parameter"] == query.partition("=")[0]


def test_a_name_is_kept_in_any_alphabet_but_never_as_a_path(http: httpx.Client, root: Path) -> None:
    names = ["\u043a\u043e\u0448\u043a\u0438.zip", "a/../\u202eb c.zip", "\U00020000" * 90]
    parts = [("file", (name, ZIP)) for name in names]
    body = http.post("/v1/datasets", files=parts).json()
    found = sorted(path.name for path in (root / "uploads" / body["id"]).iterdir())
    assert found == [
        "01-\u043a\u043e\u0448\u043a\u0438.zip",
        "02-a_.._b_c.zip",
        "03-" + "\U00020000" * 60,
    ]
