"""One row of a dataset: its picture, or its values, and what is known of it."""

import hashlib

import httpx
import numpy as np
import pytest

from tests.problems import expect_problem
from tests.service.routes.shelf import CLASSES, PICTURES, TABLE, Shelf, pixels
from worker.operations.dataset_views import MOST_VALUES

PNG = {"Accept": "image/png"}


@pytest.mark.parametrize(("split", "row"), [("train", 0), ("train", 11), ("test", 4)])
def test_a_picture_is_exactly_the_pixels_that_are_stored(
    http: httpx.Client, pictures: str, split: str, row: int
) -> None:
    asked = f"{pictures}/rows/{row}"
    named = http.get(f"{asked}.png", params={"split": split})
    preferred = http.get(asked, params={"split": split}, headers=PNG)
    assert np.array_equal(pixels(named), PICTURES[split][row])
    assert named.content == preferred.content
    assert preferred.headers["vary"] == "Accept"


def test_a_row_says_what_is_known_of_it(http: httpx.Client, pictures: str) -> None:
    row = http.get(f"{pictures}/rows/3").json()
    assert row == {
        "dataset": pictures.rpartition("/")[2], "split": "train", "row": 3, "label": CLASSES[1],
        "name": "pets/3.jpg", "sha256": hashlib.sha256(PICTURES["train"][3].tobytes()).hexdigest(),
        "findings": ["near_duplicates_across_splits"],
        "picture": f"{pictures}/rows/3.png?split=train", "values": None,
    }  # fmt: skip
    assert np.array_equal(pixels(http.get(row["picture"])), PICTURES["train"][3])


def test_a_row_without_a_name_or_a_finding_has_none(http: httpx.Client, pictures: str) -> None:
    row = http.get(f"{pictures}/rows/0", params={"split": "test"}).json()
    assert (row["name"], row["findings"]) == (None, [])


def test_rows_that_are_no_pictures_have_values(http: httpx.Client, table: str) -> None:
    for headers in ({}, PNG):
        row = http.get(f"{table}/rows/2", headers=headers).json()
        assert row["values"] == TABLE["train"][2].tolist()
        assert row["picture"] is None


@pytest.mark.parametrize("row", [12, 999, 2**31 - 1])
@pytest.mark.parametrize("end", ["", ".png"])
def test_a_row_that_is_not_there_is_404(
    http: httpx.Client, pictures: str, row: int, end: str
) -> None:
    answer = http.get(f"{pictures}/rows/{row}{end}")
    expect_problem(answer, 404, "row_not_found")
    assert answer.json()["detail"] == (
        f"Expected a row from 0 to 11 of the split train, got {row:,}."
    )


@pytest.mark.parametrize("row", ["-1", "a", "1.5", "9" * 30, "%20", "0x1"])
@pytest.mark.parametrize("end", ["", ".png"])
def test_what_is_no_row_is_refused(http: httpx.Client, pictures: str, row: str, end: str) -> None:
    answer = http.get(f"{pictures}/rows/{row}{end}")
    expect_problem(answer, 422, "invalid_parameter")
    assert [fault["parameter"] for fault in answer.json()["errors"]] == ["row"]


@pytest.mark.parametrize("end", ["", ".png"])
def test_what_climbs_out_of_the_rows_is_not_found(
    http: httpx.Client, pictures: str, end: str
) -> None:
    expect_problem(http.get(f"{pictures}/rows/..%2f..%2fx{end}"), 404, "not_found")


def test_a_row_of_too_many_numbers_is_not_written_out(http: httpx.Client, shelf: Shelf) -> None:
    wide = {split: np.zeros((2, MOST_VALUES + 1), np.float32) for split in ("train", "test")}
    answer = http.get(f"{shelf.put(wide, 'rows')}/rows/0")
    expect_problem(answer, 422, "limit_exceeded")
    assert "at most 65,536 numbers to show, got one of 65,537." in answer.json()["detail"]
