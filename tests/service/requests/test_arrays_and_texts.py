"""Rows as NumPy arrays, pictures in base64, and one bad row of many."""

import base64
import json
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from tests.problems import expect_problem
from tests.service.requests.asked import (
    JSON,
    NUMBERS,
    PIXELS,
    PNG,
    ROW,
    TABLE_ROWS,
    answers_well,
    cats,
    npy,
    probability,
    said,
)
from tests.worker.data.making import encoded, pictures

DRAWN = pictures(3)
OWN = [probability(picture.reshape(-1)) for picture in DRAWN]
NUMPY = {"content-type": "application/x-npy"}


@pytest.mark.parametrize("headers", [NUMPY, {"content-type": "image/png"}, {}])
@pytest.mark.parametrize(
    "array",
    [
        DRAWN,
        DRAWN.reshape(3, -1),
        DRAWN.astype("float32"),
        DRAWN.astype(">f8"),
        DRAWN.astype("float16"),
        DRAWN.astype("int64"),
        np.asfortranarray(DRAWN),
    ],
    ids=["uint8", "flat", "float32", "big endian", "float16", "int64", "in Fortran's order"],
)
def test_an_array_is_answered_row_by_row(
    asked: httpx.Client, array: Any, headers: dict[str, str]
) -> None:
    assert cats(asked.post(PIXELS, content=npy(array), headers=headers)) == pytest.approx(OWN)


WHOLE = npy(DRAWN)
CHANGED = WHOLE.replace(b"(3, 8, 8, 3)", b"(9, 8, 8, 3)")


class Payload:
    """What would leave a file behind if it was unpickled."""

    path = ""

    def __reduce__(self) -> Any:
        return Path.touch, (Path(self.path),)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (WHOLE[:-1], 422, "corrupt_file"),
        (WHOLE + b"x", 422, "corrupt_file"),
        (WHOLE[:9], 422, "corrupt_file"),
        (CHANGED, 422, "corrupt_file"),
        (WHOLE.replace(b"(3, 8, 8, 3)", b"(-3, 8, 8, 3)"[:12]), 422, "corrupt_file"),
        (WHOLE.replace(b"|u1", b"<c8"), 415, "unsupported_media_type"),
        (npy([["a" * 192]]), 415, "unsupported_media_type"),
        (npy(DRAWN[0]), 422, "invalid_parameter"),
        (npy(DRAWN[:, :4]), 422, "invalid_parameter"),
        (npy(DRAWN[:0]), 422, "invalid_parameter"),
        (npy(np.zeros((1_001, 192), "uint8")), 422, "limit_exceeded"),
        (npy(np.zeros((20_000, 192), "uint8")), 413, "too_large"),
        (b"no array", 415, "unsupported_media_type"),
    ],
    ids=range(13),
)
def test_what_is_no_array_for_the_model_is_refused(
    asked: httpx.Client, body: bytes, status: int, code: str
) -> None:
    expect_problem(asked.post(PIXELS, content=body, headers=NUMPY), status, code)
    assert answers_well(asked)


def test_an_array_of_objects_is_never_unpickled(asked: httpx.Client, tmp_path: Path) -> None:
    payload = Payload()
    payload.path = str(tmp_path / "owned")
    answer = asked.post(PIXELS, content=npy([payload], allow_pickle=True), headers=NUMPY)
    expect_problem(answer, 415, "unsupported_media_type")
    assert "never unpickled" in answer.json()["detail"]
    assert not Path(payload.path).exists()


def test_numbers_of_a_table_may_be_an_array_and_texts_may_not(asked: httpx.Client) -> None:
    good, bad = [1.0, -2.0, 3.0], [1.0, np.nan, 3.0]
    answer = asked.post(NUMBERS, content=npy([good, bad, [np.inf, 0, 0], good]))
    first, second, third, last = said(answer)
    assert first == last
    assert [each["problem"]["errors"][0]["pointer"] for each in (second, third)] == [
        "/rows/1/1", "/rows/2/0",
    ]  # fmt: skip
    refused = asked.post(TABLE_ROWS, content=npy([[1.0, 2.0]]))
    expect_problem(refused, 415, "unsupported_media_type")
    assert "'colour'" in refused.json()["detail"]


# Rows


@pytest.mark.parametrize(
    ("bad", "pointer"),
    [([1], "/rows/1"), ([*ROW[:5], 256, *ROW[6:]], "/rows/1/5"), ([*ROW[:-1], "7"], "/rows/1/191")],
)
def test_a_bad_row_of_many_has_a_problem_and_the_others_their_answers(
    asked: httpx.Client, bad: list[Any], pointer: str
) -> None:
    first, second, last = said(asked.post(PIXELS, json={"rows": [ROW, bad, ROW]}))
    assert first == last
    assert (second["row"], second["problem"]["status"]) == (1, 422)
    assert second["problem"]["errors"][0]["pointer"] == pointer
    alone = asked.post(PIXELS, json={"rows": [bad]})
    expect_problem(alone, 422, "invalid_parameter", pointer.replace("/1", "/0", 1))


def test_where_no_row_can_be_used_the_first_is_to_blame(asked: httpx.Client) -> None:
    answer = asked.post(PIXELS, json={"rows": [[1], [2, 3]]})
    expect_problem(answer, 422, "invalid_parameter", "/rows/0")


# Texts


def url(data: bytes, kind: str = "image/png") -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def wrapped(data: bytes) -> str:
    """Base64 as programs write it, in lines."""
    return base64.encodebytes(data).decode()


def test_pictures_in_base64_are_answered_as_files_are(asked: httpx.Client) -> None:
    files = [*map(encoded, DRAWN)]
    texts = [url(files[0]), base64.b64encode(files[1]).decode(), url(files[2], "text/plain")]
    assert cats(asked.post(PIXELS, json={"images": texts})) == pytest.approx(OWN)
    assert cats(asked.post(PIXELS, json={"images": [wrapped(files[0])]})) == pytest.approx(OWN[:1])
    padded = json.dumps({"images": texts}, indent=1).encode("utf-16")
    assert cats(asked.post(PIXELS, content=padded, headers=JSON)) == pytest.approx(OWN)


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        ("", 415, "unsupported_media_type"),
        ("data:image/png," + PNG.hex(), 422, "invalid_parameter"),
        ("data:image/png;base64", 422, "invalid_parameter"),
        (url(PNG)[:-3], 422, "invalid_parameter"),
        (url(PNG) + "*", 422, "invalid_parameter"),
        ("\udc00", 422, "invalid_parameter"),
        ("https://cats.example/a.png", 422, "invalid_parameter"),
        (url(PNG[:60]), 422, "corrupt_file"),
        (url(bytes(1_000_001)), 422, "limit_exceeded"),
        (7, 422, "invalid_parameter"),
        (None, 422, "invalid_parameter"),
        ({"url": "https://cats.example/a.png"}, 422, "invalid_parameter"),
    ],
    ids=range(12),
)
def test_a_text_that_is_no_picture_has_a_problem_in_its_place(
    asked: httpx.Client, text: Any, status: int, code: str
) -> None:
    alone = asked.post(PIXELS, content=json.dumps({"images": [text]}), headers=JSON)
    expect_problem(alone, status, code, "/images/0")
    several = json.dumps({"images": [url(PNG), text, url(PNG)]})
    first, second, last = said(asked.post(PIXELS, content=several, headers=JSON))
    assert first == last
    assert (second["problem"]["status"], second["problem"]["code"]) == (status, code)


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({"images": []}, ["/images"]),
        ({"images": "x"}, ["/images"]),
        ({"images": [url(PNG)] * 65}, ["/images"]),
        ({"images": [url(PNG)], "rows": [ROW]}, []),
        ({"url": "https://cats.example/a.png"}, ["/url"]),
        ({"url": "file:///etc/passwd"}, ["/url"]),
        ({"url": 7}, ["/url"]),
        ({"url": "https://cats.example/a.png", "name": "x"}, ["/name"]),
    ],
    ids=range(8),
)
def test_what_names_no_pictures_is_refused(
    asked: httpx.Client, body: Any, pointers: list[str]
) -> None:
    answer = asked.post(PIXELS, json=body)
    expect_problem(answer, 422, "invalid_parameter", *pointers)


def test_a_table_has_no_pictures(asked: httpx.Client) -> None:
    answer = asked.post(TABLE_ROWS, json={"images": [url(PNG)]})
    expect_problem(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"images":[%b[]]}' % (b"[]," * 300_000), 422, "invalid_parameter"),
        (b'{"url":[%b0]}' % (b"0," * 300_000), 413, "too_large"),
    ],
)
def test_what_cannot_be_a_few_texts_is_refused_before_it_becomes_objects(
    asked: httpx.Client, monkeypatch: pytest.MonkeyPatch, body: bytes, status: int, code: str
) -> None:
    def parsed(text: bytes) -> None:
        raise AssertionError("it was parsed")

    for module in ("json_body", "sent_pictures"):
        monkeypatch.setattr(f"service.requests.{module}.parse", parsed)
    expect_problem(asked.post(PIXELS, content=body, headers=JSON), status, code)
