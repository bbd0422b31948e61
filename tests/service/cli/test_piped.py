"""`purr predict MODEL -`: what comes by standard input is known by its first bytes."""

import io
import json
import os
from typing import Any

import numpy as np
import pytest
from PIL import Image

from service.cli.piped_input import Kind, looked_at
from tests.service.cli.command import Purr
from tests.service.cli.fake_service import FakeService

CATS = "POST /v1/models/cats/predict"
CAT = {"label": "cat", "probability": 0.93}
PROBLEM = {"code": "invalid_parameter", "detail": "No number."}
NDJSON = "application/x-ndjson"
COLUMNS = [{"name": "age", "kind": "number"}, {"name": "colour", "kind": "text"}]


def picture(form: str) -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").resize((9, 9)).save(file, form)
    return file.getvalue()


def array() -> bytes:
    file = io.BytesIO()
    np.save(file, np.zeros((2, 3)))
    return file.getvalue()


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        *((picture(form), Kind.PICTURE) for form in ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP")),
        (array(), Kind.ARRAY),
        (b"[1, 2]\n[3, 4]\n", Kind.LINES),
        (b'{"age": 3}\n{"age": 4}', Kind.LINES),
        (b'{\n "age": 3\n}', Kind.LINES),
        (b'"iVBORw0KGgo="\n', Kind.LINES),
        (b"\n[1, 2]\n", Kind.LINES),
        (b"[1, 2\n[3, 4]\n", Kind.LINES),
        (b"", Kind.LINES),
        (b"[[1, 2], [3, 4]]", Kind.DOCUMENT),
        (b'[\n {"age": 3}\n]\n', Kind.DOCUMENT),
        (b'{"rows": [[1, 2]]}', Kind.DOCUMENT),
        (b'{"images": ["iVBORw0KGgo="]}', Kind.DOCUMENT),
        (b"age,colour\n3,red\n", Kind.TABLE),
        ("\ufeffgröße\n3\n".encode(), Kind.TABLE),
    ],
    ids=range(20),
)
def test_it_is_known_by_its_first_bytes_and_whole_behind_them(said: bytes, kind: Kind) -> None:
    found = looked_at(io.BufferedReader(io.BytesIO(said)))
    assert found.kind is kind
    if kind is Kind.DOCUMENT:
        assert found.known == json.loads(said)
    elif said.strip().startswith(b"{\n"):
        assert found.file.read() == b'{"age": 3}'  # in one line
    else:
        assert found.file.read() == said


def test_of_lines_no_more_than_the_first_is_waited_for() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as file, os.fdopen(writing, "wb", buffering=0) as other:
        other.write(b"[1]\n")
        found = looked_at(file)
        assert found.kind is Kind.LINES
        other.write(b"[2]\n")
        assert [found.file.readline(), found.file.readline()] == [b"[1]\n", b"[2]\n"]


def test_a_picture_is_a_line(purr: Purr, fake: FakeService) -> None:
    fake.say(CATS, {"predictions": [CAT]})
    result = purr("predict", "cats", "-", stdin=picture("PNG"))
    assert (result.exit_code, result.stdout) == (0, "-  cat  0.9300\n")
    assert picture("PNG") in fake.requests[0].body


def test_what_is_no_picture_is_told_as_the_service_does(purr: Purr, fake: FakeService) -> None:
    problem = {"code": "unsupported_media_type", "detail": "It looks like a zip."}
    fake.refuse(CATS, 415, problem)
    result = purr("predict", "cats", "-", stdin=b"PK\x03\x04\0\0")
    assert result.exit_code == 1
    assert result.stdout == "-  not read: It looks like a zip. (unsupported_media_type)\n"


def test_an_array_is_sent_as_it_is(purr: Purr, fake: FakeService) -> None:
    fake.say(CATS, {"predictions": [CAT, CAT]})
    assert purr("predict", "cats", "-", stdin=array()).stdout == "0  cat  0.9300\n1  cat  0.9300\n"
    assert fake.requests[0].body == array()


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ([[1, 2], [3, 4]], {"rows": [[1, 2], [3, 4]]}),
        ({"rows": [{"age": 3}]}, {"rows": [{"age": 3}]}),
        ({"images": ["iVBO"]}, {"images": ["iVBO"]}),
    ],
)
def test_rows_in_one_piece_of_json_are_numbered_from_0(
    purr: Purr, fake: FakeService, said: Any, sent: Any
) -> None:
    fake.say(CATS, {"predictions": [CAT, {"row": 1, "problem": PROBLEM}]})
    result = purr("predict", "cats", "-", stdin=json.dumps(said, indent=1))
    assert result.stdout.splitlines() == [
        "0  cat  0.9300", "1  not read: No number. (invalid_parameter)"
    ]  # fmt: skip
    assert result.exit_code == 1
    assert json.loads(fake.requests[0].body) == sent


def test_more_rows_than_one_request_takes_are_numbered_on(purr: Purr, fake: FakeService) -> None:
    fake.say(CATS, {"predictions": [CAT] * 10_000})
    fake.say(CATS, {"predictions": [CAT]})
    result = purr("predict", "cats", "-", stdin=json.dumps([[1]] * 10_001))
    assert result.stdout.splitlines()[-1] == "10000  cat  0.9300"


def test_a_table_is_sent_by_the_columns_that_the_model_takes(purr: Purr, fake: FakeService) -> None:
    fake.say("GET /v1/models/cats", {"aliases": {"champion": 4}, "versions": [], "next": None})
    fake.say("GET /v1/models/cats/versions/4", {"preprocessing": {"columns": COLUMNS}})
    fake.say(CATS, json.dumps({"line": 1, **CAT}).encode(), kind=NDJSON)
    result = purr("predict", "cats", "-", stdin='\ufeffage,colour,x\n3,"a\nb",1\n')
    assert result.stdout == "1  cat  0.9300\n"
    assert json.loads(fake.asked("POST")[0].body) == {"age": 3.0, "colour": "a\nb"}
