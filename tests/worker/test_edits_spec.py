from typing import Any

import pytest
from pydantic import ValidationError

from worker.data.options import ImportOptions
from worker.spec import EditsSpec

ADDED = "ds_" + "0" * 32


@pytest.mark.parametrize(
    "asked",
    [
        {"drop": [{"split": "train", "row": -1}]},
        {"drop": [{"split": "training", "row": 1}]},
        {"drop": [{"split": "train", "row": "1"}]},
        {"drop": [17]},
        {"relabel": [{"split": "train", "row": 1}]},
        {"relabel": [{"split": "train", "row": 1, "label": ""}]},
        {"move": [{"split": "train", "row": 1, "to": "nowhere"}]},
        {"rename_class": {"cat": "a\nb"}},
        {"rename_class": {"cat": ""}},
        {"merge_classes": {"cat": []}},
        {"merge_classes": {"": ["cat"]}},
        {"resplit": {}},
        {"resplit": {"test_fraction": 0}},
        {"resplit": {"test_fraction": 0.6, "validation_fraction": 0.5}},
        {"resplit": {"test_fraction": float("nan")}},
        {"add": "../etc"},
        {"cleaned": ["Two labels"]},
        {"cleaned": "yes"},
        {"dropped": []},
    ],
)
def test_what_makes_no_sense_is_refused(asked: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        EditsSpec.model_validate(asked)


def test_what_says_nothing_is_left_out() -> None:
    assert EditsSpec.model_validate({"drop": [], "cleaned": False, "add": None}).plain() == {}


def test_requests_that_mean_the_same_are_told_alike() -> None:
    rows = [
        {"split": "train", "row": 10},
        {"split": "test", "row": 2},
        {"split": "train", "row": 9},
    ]
    one = {"drop": rows, "merge_classes": {"pet": ["dog", "cat"]}, "cleaned": ["b", "a", "b"]}
    other = {"drop": rows[::-1], "merge_classes": {"pet": ["cat", "dog"]}, "cleaned": ["a", "b"]}
    told = EditsSpec.model_validate(one).plain()
    assert told == EditsSpec.model_validate(other).plain()
    assert [row["row"] for row in told["drop"]] == [2, 9, 10]
    assert EditsSpec.model_validate(told).plain() == told


def test_a_version_may_have_every_size_that_an_upload_may_ask_for() -> None:
    sizes = (
        model.model_json_schema()["properties"]["image_size"]["anyOf"][0]
        for model in (EditsSpec, ImportOptions)
    )
    assert len({(size["minimum"], size["maximum"]) for size in sizes}) == 1


def test_defaults_are_told() -> None:
    told = EditsSpec.model_validate({"resplit": {"test_fraction": 0.2}, "add": ADDED}).plain()
    assert told["resplit"] == {"test_fraction": 0.2, "validation_fraction": 0.0, "seed": 1}
