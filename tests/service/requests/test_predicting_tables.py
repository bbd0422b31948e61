"""A model of a table is asked by the names of its columns."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.problems import expect_problem
from tests.worker.data.making import encoded, pictures
from tests.worker.serving.test_loaded_models import publish
from worker.data.tables.columns import NumberColumn, TextColumn
from worker.data.tables.preprocessing import TablePreprocessing
from worker.store.store import Store

ASK = "/v1/models/table/predict"
GOOD = {"age": 3, "colour": "red"}


@pytest.fixture(autouse=True)
def model(root: Path) -> None:
    columns = (
        NumberColumn("age", mean=1.0, deviation=2.0, median=1.0, missing=True),
        TextColumn("colour", ("blue", "red"), missing=False),
    )
    preprocessing = TablePreprocessing("label", columns)
    publish(Store(root), "table", shape=preprocessing.shape, preprocessing=preprocessing)


def test_rows_are_taken_by_name_and_by_place(http: httpx.Client) -> None:
    by_name = http.post(ASK, json={"rows": [GOOD, {"age": None, "colour": "blue"}]})
    assert by_name.status_code == 200, by_name.text
    assert [row["label"] for row in by_name.json()["predictions"]] == ["cat", "cat"]
    assert by_name.json()["warnings"] == []
    by_place = http.post(ASK, json={"rows": [[3, "red"], [None, "blue"]]})
    assert by_place.json() == by_name.json()


@pytest.mark.parametrize(
    ("row", "pointer"),
    [
        ({"age": 3}, "/rows/0/colour"),
        ({**GOOD, "age": "three"}, "/rows/0/age"),
        ({**GOOD, "colour": "green"}, "/rows/0/colour"),
        ({**GOOD, "size": 3}, "/rows/0/size"),
        ([3], "/rows/0"),
    ],
)
def test_a_fault_is_named_with_its_field(http: httpx.Client, row: Any, pointer: str) -> None:
    answer = http.post(ASK, json={"rows": [row]})
    expect_problem(answer, 422, "invalid_parameter", pointer)
    bad, good = http.post(ASK, json={"rows": [row, GOOD]}).json()["predictions"]
    assert (bad["row"], bad["problem"]["errors"][0]["pointer"]) == (0, pointer)
    assert good["label"] == "cat"


def test_a_picture_is_no_row(http: httpx.Client) -> None:
    answer = http.post(ASK, content=encoded(pictures(1)[0]), headers={"content-type": "image/png"})
    expect_problem(answer, 415, "unsupported_media_type")
    assert "trained on a table, got a picture" in answer.json()["detail"]
