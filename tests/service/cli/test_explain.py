"""`purr explain`: what a model answers about a picture, and what it is like."""

import json
from base64 import b64encode
from pathlib import Path

import pytest

from tests.service.cli.command import Purr
from tests.service.cli.fake_service import FakeService

ROUTE = "POST /v1/models/cats/explain"
ROW = {"row": 412, "label": "cat", "name": "cat-0412.jpg", "similarity": 0.98712}
FOUND = {
    "prediction": {"label": "cat", "probability": 0.93131},
    "heat_map": f"data:image/png;base64,{b64encode(b'a map').decode()}",
    "nearest": {"data": [ROW]},
    "warnings": [{"code": "preprocessing_differs", "message": "A little."}],
}


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "cat.jpg"
    path.write_bytes(b"a cat")
    return path


def test_the_answer_comes_with_the_rows_that_are_like_it(
    purr: Purr, fake: FakeService, picture: Path
) -> None:
    fake.say(ROUTE, FOUND)
    result = purr("explain", "cats", picture)
    first, _, row = result.stdout.splitlines()
    assert first == "cat  0.9313"
    assert row.split() == ["train", "412", "cat-0412.jpg", "cat", "0.9871"]
    assert "preprocessing_differs: A little." in result.stderr
    [request] = fake.requests
    assert request.target == "/v1/models/cats/explain?nearest=5"
    assert b"a cat" in request.body


def test_of_a_version_and_a_class_where_nothing_is_left_to_compare_with(
    purr: Purr, fake: FakeService, picture: Path
) -> None:
    fake.say("POST /v1/models/cats/versions/2/explain", {**FOUND, "nearest": None})
    asked = "--version", "2", "--class", "a b", "--nearest", "0"
    assert purr("explain", "cats", picture, *asked).stdout == "cat  0.9313\n"
    assert fake.requests[-1].target.endswith("/explain?class=a+b&nearest=0")


def test_the_heat_map_is_drawn_into_a_file_that_is_not_replaced_unasked(
    purr: Purr, fake: FakeService, picture: Path, tmp_path: Path
) -> None:
    fake.say(ROUTE, FOUND)
    path = tmp_path / "why.png"
    asked = "explain", "cats", picture, "--heat-map", path
    assert purr(*asked).stdout.splitlines()[-1] == str(path)
    assert path.read_bytes() == b"a map"
    assert purr(*asked).exit_code != 0
    assert json.loads(purr(*asked, "--force", "--json").stdout) == FOUND
