"""Scorings of uploads over HTTP: what is taken in, what is refused, and what stays of it."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.problems import expect_problem
from tests.worker.data.making import encoded, pictures, zipped
from tests.worker.scorings import publish_model
from worker.jsontypes import Json
from worker.store.aliases import Move
from worker.store.store import Store
from worker.store.upload_writer import UploadWriter

PATH, ASKED = "/v1/predictions", {"model": "cats"}
PHOTO = encoded(pictures(1)[0])
TUS = {"tus-resumable": "1.0.0"}


@pytest.fixture(autouse=True)
def model(http: httpx.Client, root: Path) -> None:
    publish_model(Store(root))


def kept(root: Path) -> list[str]:
    """The names of all files that were uploaded and are still there."""
    return sorted(path.name for path in (root / "uploads").glob("*/*"))


@pytest.mark.parametrize(
    "body",
    [
        {"files": [("file", ("a.png", PHOTO)), ("file", ("b.csv", b"a,b\n1,2\n"))]},
        {"content": PHOTO, "headers": {"content-type": "image/png"}},
    ],
)
def test_files_are_kept_until_a_worker_answers_for_them(
    http: httpx.Client, root: Path, body: Any
) -> None:
    answer = http.post(PATH, params={**ASKED, "top": 1, "threshold": 0.4}, **body)
    assert answer.status_code == 202, answer.text
    found = http.get(answer.headers["location"]).json()
    assert (found["dataset"], found["split"], found["state"]) == (None, None, "queued")
    assert (found["model"], found["top"], found["threshold"]) == (
        {"name": "cats", "version": 1},
        1,
        0.4,
    )
    assert len(kept(root)) == len(body.get("files", [1]))
    assert found["bytes"] > 0
    # A model that waits to be asked cannot be deleted.
    expect_problem(http.delete("/v1/models/cats/versions/1"), 409, "conflict")
    assert http.post(f"{answer.headers['location']}/cancel").json()["state"] == "cancelled"
    assert kept(root) == []


REFUSED: list[tuple[Json, Json, int, str]] = [
    ({}, {"content": PHOTO}, 415, "unsupported_media_type"),
    ({"model": "nobody"}, {"content": PHOTO}, 422, "invalid_parameter"),
    ({"model": "cats", "version": 7}, {"content": PHOTO}, 422, "invalid_parameter"),
    ({"model": "cats", "top": 0}, {"content": PHOTO}, 422, "invalid_parameter"),
    ({"top": 3, "threshold": 0.4}, {"content": PHOTO}, 422, "invalid_parameter"),
    ({"top": 3}, {"json": {"model": "cats", "dataset": "pets"}}, 422, "invalid_parameter"),
    (ASKED, {"json": {"model": "cats", "dataset": "pets"}}, 422, "invalid_parameter"),
    ({"model": "cats", "threshold": "nan"}, {"content": PHOTO}, 422, "invalid_parameter"),
    ({"model": "../cats"}, {"content": PHOTO}, 422, "invalid_parameter"),
    (ASKED, {"content": b"just some words\n"}, 415, "unsupported_media_type"),
    (ASKED, {"content": b""}, 422, "invalid_parameter"),
    (ASKED, {"files": [("image", ("a.png", PHOTO))]}, 422, "invalid_parameter"),
    (ASKED, {"content": PHOTO + bytes(1_000_001)}, 413, "too_large"),
    (ASKED, {"files": [("file", ("a.png", PHOTO))] * 17}, 413, "too_large"),
    (ASKED, {"content": PHOTO, "headers": {"idempotency-key": "a"}}, 422, "invalid_parameter"),
    ({}, {"json": {"model": "cats", "url": "https://nowhere.example/a"}}, 422, "invalid_parameter"),
    ({}, {"json": {"model": "cats", "url": "https://x.example", "dataset": "a"}}, 422,
     "invalid_parameter"),
    ({}, {"json": ["url"]}, 422, "invalid_parameter"),
]  # fmt: skip


def test_nothing_of_what_is_refused_stays(http: httpx.Client, root: Path) -> None:
    for params, body, status, code in REFUSED:
        expect_problem(http.post(PATH, params=params, **body), status, code)
        assert (kept(root), http.get(PATH).json()["data"]) == ([], [])


def test_a_deleted_scoring_takes_what_was_uploaded_with_it(
    http: httpx.Client, root: Path, tmp_path: Path
) -> None:
    file = zipped(tmp_path / "a.zip", {"a.png": PHOTO})
    answer = http.post(PATH, params=ASKED, content=file.read_bytes())
    path = answer.headers["location"]
    store, scoring = Store(root), path.rpartition("/")[2]
    assert store.uploads.bytes(scoring) > 0
    expect_problem(http.delete(path), 409, "conflict")
    store.drop(scoring)
    assert kept(root) == []


def begun(http: httpx.Client, length: int, **asked: str) -> str:
    """The address of an upload in pieces that begins."""
    answer = http.post("/v1/uploads", params=asked, headers={**TUS, "upload-length": str(length)})
    assert answer.status_code == 201, answer.text
    return str(answer.headers["location"])


def sent(http: httpx.Client, where: str, piece: bytes, offset: int) -> httpx.Response:
    kind = {"content-type": "application/offset+octet-stream"}
    return http.patch(where, content=piece, headers={**TUS, **kind, "upload-offset": str(offset)})


def test_a_file_may_come_in_pieces(http: httpx.Client, root: Path) -> None:
    unknown = http.post(
        "/v1/uploads", params={"model": "nobody"}, headers={**TUS, "upload-length": "9"}
    )
    expect_problem(unknown, 422, "invalid_parameter", "/model")
    where = begun(http, len(PHOTO), **ASKED, top="1")
    for start, stop in ((0, 40), (40, len(PHOTO))):
        answer = sent(http, where, PHOTO[start:stop], start)
        assert answer.status_code == 204, answer.text
    assert http.head(where, headers=TUS).headers["upload-offset"] == str(len(PHOTO))
    found = http.get(f"{PATH}/{where.rpartition('/')[2]}").json()
    assert (found["state"], found["top"], found["dataset"]) == ("queued", 1, None)
    (upload,) = Store(root).uploads.local_files(found["id"])
    assert upload.read_bytes() == PHOTO


def promote(store: Store, version: int) -> None:
    store.aliases.move(
        "cats", Move("champion", version, "caller", ""), store.aliases.of("cats").revision
    )


def test_a_version_that_is_deleted_while_its_upload_comes_is_asked_nothing(
    http: httpx.Client, root: Path
) -> None:
    publish_model(Store(root), version=2)
    promote(Store(root), 2)
    where = begun(http, len(PHOTO), **ASKED, version="1")
    assert http.delete("/v1/models/cats/versions/1").status_code == 204
    expect_problem(sent(http, where, PHOTO, 0), 422, "invalid_parameter", "/version")
    assert not Store(root).archive.knows(where.rpartition("/")[2])
    assert http.get(PATH).json()["data"] == []


def test_a_champion_that_changes_while_an_upload_comes_is_not_meant(
    http: httpx.Client, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, write = Store(root), UploadWriter.write
    promote(store, 1)
    publish_model(store, version=2)

    def promoted_meanwhile(upload: UploadWriter, block: bytes) -> None:
        write(upload, block)
        promote(store, 2)

    monkeypatch.setattr(UploadWriter, "write", promoted_meanwhile)
    found = http.post(PATH, params=ASKED, content=PHOTO).json()
    assert store.aliases.answering("cats") == 2
    assert found["model"]["version"] == 1
