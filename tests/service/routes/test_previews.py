"""Sheets with pictures of a dataset."""

from urllib.parse import quote

import httpx
import numpy as np
import pytest

from tests.problems import expect_problem
from tests.service.routes.shelf import CLASSES, PICTURES, pixels
from tests.worker.data.sheet.tiles import tile
from worker.data.sheet.places import Places

SHAPE = PICTURES["train"].shape[1:]
LARGER = 14  # times as wide and as high as it is a picture is drawn


@pytest.mark.parametrize(("split", "each"), [("train", 6), ("test", 3)])
def test_a_sheet_is_a_picture_with_every_class(
    http: httpx.Client, pictures: str, split: str, each: int
) -> None:
    found = pixels(http.get(f"{pictures}/preview.png", params={"split": split}))
    places = Places(SHAPE, len(CLASSES), each, legend=1)
    assert found.shape[:2] == places.size[::-1]
    for row, picture in enumerate(PICTURES[split]):  # of the first two classes by turns
        drawn = tile(found, places, row % 2, row // 2)
        assert np.array_equal(drawn[::LARGER, ::LARGER], picture)


def test_a_sheet_has_as_many_of_each_class_as_are_asked_for(
    http: httpx.Client, pictures: str
) -> None:
    few, more = (http.get(f"{pictures}/preview.png", params={"rows": n}) for n in (1, 4))
    assert pixels(few).shape[1] < pixels(more).shape[1]


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_of_any_letters_is_shown_alone(
    http: httpx.Client, pictures: str, name: str
) -> None:
    one = pixels(http.get(f"{pictures}/preview.png?class={quote(name, safe='')}"))
    assert one.shape != pixels(http.get(f"{pictures}/preview.png")).shape


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("split=validation", "Expected a split that the dataset has, train, test, got validation."),
        ("class=dgo", "got 'dgo'; 'dog' was probably meant."),
        ("class=%E7%8A%AC", "Expected a class of the dataset, got '犬'; it has 'other', '猫"),
        ("class=", "Expected a class of the dataset, got ''"),
    ],
)
def test_what_the_dataset_does_not_have_is_named(
    http: httpx.Client, pictures: str, query: str, words: str
) -> None:
    answer = http.get(f"{pictures}/preview.png?{query}")
    expect_problem(answer, 422, "invalid_parameter")
    assert words in answer.json()["detail"]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("split=all", "split"), ("split=", "split"), ("split=Train", "split"),
        ("rows=0", "rows"), ("rows=-3", "rows"), ("rows=241", "rows"), ("rows=1000000000", "rows"),
        ("rows=a", "rows"), ("rows=1.5", "rows"), ("rows=", "rows"),
        ("class=" + "a" * 257, "class"), ("clas=dog", "clas"), ("class_name=dog", "class_name"),
    ],
)  # fmt: skip
def test_a_parameter_that_cannot_be_used_is_named(
    http: httpx.Client, pictures: str, query: str, parameter: str
) -> None:
    answer = http.get(f"{pictures}/preview.png?{query}")
    expect_problem(answer, 422, "invalid_parameter")
    assert [fault["parameter"] for fault in answer.json()["errors"]] == [parameter]


@pytest.mark.parametrize("path", ["preview.png", "rows/0.png", "evidence/two_labels.png"])
def test_rows_that_are_no_pictures_are_not_drawn(http: httpx.Client, table: str, path: str) -> None:
    answer = http.get(f"{table}/{path}")
    expect_problem(answer, 422, "invalid_parameter")
    assert "Expected a dataset of pictures, got one of rows." in answer.json()["detail"]


# Evidence


def test_the_pictures_that_a_finding_names_are_shown(http: httpx.Client, pictures: str) -> None:
    found = pixels(http.get(f"{pictures}/evidence/near_duplicates_across_splits.png"))
    places = Places(SHAPE, 1, 2, legend=1)
    for number, picture in enumerate((PICTURES["train"][3], PICTURES["test"][1])):
        assert np.array_equal(tile(found, places, 0, number)[::LARGER, ::LARGER], picture)


@pytest.mark.parametrize("code", ["few_test_rows", "no such finding", "x" * 500, "%00", "..%5c"])
def test_a_finding_that_names_no_rows_is_404(http: httpx.Client, pictures: str, code: str) -> None:
    answer = http.get(f"{pictures}/evidence/{code}.png")
    expect_problem(answer, 404, "row_not_found")
    assert answer.json()["detail"].startswith(
        "Expected a finding that names rows, of which the dataset has "
        "near_duplicates_across_splits, got "
    )
    assert len(answer.json()["detail"]) < 200
