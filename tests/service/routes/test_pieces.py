"""Uploads in pieces, by the tus protocol: they go on where they broke off."""

import base64
import hashlib
import os
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.requests import blocks
from tests.problems import expect_problem
from tests.service.wait import wait_until
from tests.worker.data.making import HDF5
from worker.jobs.garbage import LEFTOVER_S
from worker.store import uploads
from worker.store.uploads import UploadStore

TUS = {"tus-resumable": "1.0.0"}
PIECE = {**TUS, "content-type": "application/offset+octet-stream"}
FILE = HDF5 + bytes(range(256)) * 20


def begin(http: httpx.Client, length: int = len(FILE), query: str = "", metadata: str = "") -> str:
    headers = {**TUS, "upload-length": str(length), "upload-metadata": metadata}
    answer = http.post(f"/v1/uploads{query}", headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.headers["location"]


def send(
    http: httpx.Client, where: str, piece: bytes, offset: int, **headers: Any
) -> httpx.Response:
    return http.patch(
        where, content=piece, headers={**PIECE, "upload-offset": str(offset), **headers}
    )


def offset(http: httpx.Client, where: str) -> int:
    answer = http.head(where, headers=TUS)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert answer.headers["tus-resumable"] == "1.0.0"
    return int(answer.headers["upload-offset"])


def text(value: str) -> str:
    return base64.b64encode(value.encode()).decode()


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes is written a thousand bytes at a time."""
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 1_000)


def test_the_last_piece_makes_a_dataset(http: httpx.Client, root: Path) -> None:
    metadata = f"filetype {text('x')},filename {text('../my cats.h5')}"
    where = begin(http, query="?name=cats&channel_order=bgr", metadata=metadata)
    dataset = where.rpartition("/")[2]
    assert http.get(f"/v1/datasets/{dataset}").status_code == 404
    for begins in range(0, len(FILE), 2_000):
        assert offset(http, where) == begins
        answer = send(http, where, FILE[begins : begins + 2_000], begins)
        assert answer.status_code == 204, answer.text
    assert "upload-expires" not in answer.headers
    found = http.get(f"/v1/datasets/{dataset}").json()
    assert (found["name"], found["state"]) == ("cats", "importing")
    files = [file for file in (root / "uploads" / dataset).iterdir() if file.name[0] != "."]
    assert [file.name for file in files] == ["01-.._my_cats.h5"]
    assert files[0].read_bytes() == FILE
    # Whose answer was lost asks again, whatever has become of the upload meanwhile.
    assert offset(http, where) == len(FILE)
    assert send(http, where, b"", len(FILE)).status_code == 204
    for file in (root / "uploads" / dataset).iterdir():
        file.unlink()
    (root / "uploads" / dataset).rmdir()
    assert offset(http, where) == len(FILE)


def test_what_breaks_off_goes_on_where_it_was(http: httpx.Client) -> None:
    where = begin(http)

    def breaking() -> Iterator[bytes]:
        yield FILE[:3_000]
        time.sleep(0.2)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        http.patch(where, content=breaking(), headers={**PIECE, "upload-offset": "0"})
    wait_until(lambda: offset(http, where) == 3_000)
    assert send(http, where, FILE[3_000:], 3_000).headers["upload-offset"] == str(len(FILE))


def test_a_piece_that_is_not_what_its_checksum_says_leaves_nothing(http: httpx.Client) -> None:
    where = begin(http)
    sums = {
        name: base64.b64encode(hashlib.new(name, FILE[:2_000]).digest()).decode()
        for name in ("sha1", "sha256")
    }
    for name, wanted in sums.items():
        answer = send(http, where, FILE[1:2_001], 0, **{"upload-checksum": f"{name} {wanted}"})
        assert (answer.status_code, answer.json()["code"]) == (460, "checksum_mismatch")
        assert offset(http, where) == 0
    for wrong in ("md5 eA==", "sha1", "sha1 !", "", b"sha1 \xe9"):
        answer = send(http, where, FILE, 0, **{"upload-checksum": wrong})
        expect_problem(answer, 422, "invalid_parameter")
    right = {"upload-checksum": f"sha256 {sums['sha256']}"}
    assert send(http, where, FILE[:2_000], 0, **right).status_code == 204


def test_of_a_piece_with_a_checksum_that_fails_nothing_stays(
    http: httpx.Client, small_blocks: None
) -> None:
    where = begin(http)
    checksum = {"upload-checksum": f"sha1 {base64.b64encode(bytes(20)).decode()}"}
    expect_problem(send(http, where, FILE + b"x", 0, **checksum), 413, "too_large")
    assert offset(http, where) == 0


def test_what_came_whole_and_was_not_accepted_is_accepted_when_it_is_asked_for(
    http: httpx.Client, root: Path
) -> None:
    where = begin(http)
    dataset = where.rpartition("/")[2]
    (file,) = [f for f in (root / "uploads" / dataset).iterdir() if f.name[0] != "."]
    file.write_bytes(FILE)  # by a service that died before it could accept it
    assert offset(http, where) == len(FILE)
    assert http.get(f"/v1/datasets/{dataset}").json()["state"] == "importing"


def test_one_request_at_a_time_sends_pieces(http: httpx.Client) -> None:
    where = begin(http)

    def slow() -> Iterator[bytes]:
        yield FILE[:2_000]
        wait_until(lambda: send(http, where, b"", 0).status_code == 409)
        assert "one request at a time" in send(http, where, b"", 0).json()["detail"]
        yield FILE[2_000:]

    headers = {**PIECE, "upload-offset": "0"}
    assert http.patch(where, content=slow(), headers=headers).status_code == 204
    assert offset(http, where) == len(FILE)


def test_pieces_come_in_their_order_and_no_more_than_was_said(http: httpx.Client) -> None:
    where = begin(http)
    expect_problem(send(http, where, b"x", 1), 409, "conflict")
    expect_problem(send(http, where, FILE + b"x", 0), 413, "too_large")
    assert offset(http, where) == 0
    answer = http.patch(where, content=b"x", headers={**TUS, "upload-offset": "0"})
    expect_problem(answer, 415, "unsupported_media_type")


def test_a_wrong_kind_is_refused_by_its_first_bytes_and_removed(
    http: httpx.Client, root: Path
) -> None:
    where = begin(http, 10**6 - 1, metadata=f"filename {text('cats.rar')}")
    answer = send(http, where, b"Rar!" + bytes(2_000), 0)
    expect_problem(answer, 415, "unsupported_media_type")
    assert "'cats.rar' look like RAR" in answer.json()["detail"]
    assert http.head(where, headers=TUS).status_code == 404
    assert not list(root.glob("uploads/*"))


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({}, 412, "unsupported_version"),
        ({"tus-resumable": "0.2.2", "upload-length": "9"}, 412, "unsupported_version"),
        (TUS, 422, "invalid_parameter"),
        ({**TUS, "upload-length": "-1"}, 422, "invalid_parameter"),
        ({**TUS, "upload-length": "0"}, 422, "invalid_parameter"),
        ({**TUS, "upload-length": "9" * 40}, 422, "invalid_parameter"),
        ({**TUS, "upload-length": "1000001"}, 413, "too_large"),
        (
            {**TUS, "upload-length": "9", "upload-metadata": "filename !"},
            422,
            "invalid_parameter",
        ),
    ],
    ids=range(8),
)
def test_what_cannot_begin_says_why(
    http: httpx.Client, root: Path, headers: dict[str, str], status: int, code: str
) -> None:
    answer = http.post("/v1/uploads", headers=headers)
    expect_problem(answer, status, code)
    assert answer.headers["tus-resumable"] == "1.0.0"
    assert not list(root.glob("uploads/*"))


@pytest.mark.parametrize("name", ["ds_" + "0" * 32, "x", "..", "ds_" + "0" * 32 + "%2f.."])
def test_an_upload_that_is_not_there_is_not_found(http: httpx.Client, name: str) -> None:
    assert http.head(f"/v1/uploads/{name}", headers=TUS).status_code == 404
    assert send(http, f"/v1/uploads/{name}", b"x", 0).status_code == 404


def test_what_is_spoken_is_told(http: httpx.Client) -> None:
    answer = http.options("/v1/uploads")
    assert (answer.status_code, answer.headers["tus-version"]) == (204, "1.0.0")
    assert answer.headers["tus-extension"] == "creation,expiration,checksum"
    assert answer.headers["tus-max-size"] == "1000000"
    assert answer.headers["allow"] == "OPTIONS, POST"


def test_there_are_not_more_than_there_may_be(
    http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MOST_BEGUN", 2)
    begin(http)
    begin(http)
    answer = http.post("/v1/uploads", headers={**TUS, "upload-length": "9"})
    expect_problem(answer, 429, "too_busy")


def test_into_which_nothing_comes_expires(http: httpx.Client, root: Path) -> None:
    where = begin(http)
    folder = root / "uploads" / where.rpartition("/")[2]
    for path in (folder, *folder.iterdir()):
        os.utime(path, (0, time.time() - LEFTOVER_S - 9))
    expires = http.head(where, headers=TUS).headers["upload-expires"]
    assert parsedate_to_datetime(expires).timestamp() < time.time()
    store = UploadStore(root / "uploads")
    assert store.forsaken("ds", LEFTOVER_S) == [folder.name]
