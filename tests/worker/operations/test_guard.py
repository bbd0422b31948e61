from typing import Any

import pytest

from worker.findings.paired import Paired
from worker.jsontypes import Json
from worker.operations.guard import NOTHING_KEPT, judged
from worker.training.model import FOLD_TOLERANCE

MANIFEST: Json = {
    "classes": ["other", "cat"],
    "preprocessing": {"kind": "picture"},
    "fold_difference": FOLD_TOLERANCE,
    "findings": [{"code": "still_falling", "severity": "warning", "message": "Not done."}],
}
SEVERE = {"code": "dead_units", "severity": "severe", "message": "All units are dead."}
BETTER = Paired("ds_1", 100, 60, 1, 30)


def table(*columns: str) -> Json:
    return {"preprocessing": {"kind": "table", "columns": [{"name": name} for name in columns]}}


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ({}, {}),
        ({}, {"classes": ["cat", "other"]}),
        ({"preprocessing": {}}, {}),  # from before there were tables
        ({"fold_difference": None, "findings": [SEVERE]}, {}),  # of the champion nothing is asked
        (table("a", "b"), table("a", "b")),
    ],
)
def test_what_is_as_good_may_take_the_place(before: Json, now: Json) -> None:
    verdict = judged(MANIFEST | before, MANIFEST | now, [BETTER])
    assert (verdict.allowed, verdict.reasons) == (True, [])


@pytest.mark.parametrize(
    ("before", "now", "reason"),
    [
        ({}, {"classes": ["other", "dog"]}, "other classes than the champion: without cat and wi"),
        ({}, {"classes": ["other", "cat", "dog"]}, "other classes than the champion: with dog"),
        ({}, table("a"), "It takes tables, and the champion takes pictures"),
        (table("a", "b"), table("a"), "other columns than the champion's: without b"),
        (table("a", "b"), table("b", "a"), "they stand in another order"),
        ({}, {"fold_difference": 2 * FOLD_TOLERANCE}, "got 0.0002"),
        ({}, {"fold_difference": float("nan")}, "got nan"),
        ({}, {"fold_difference": None}, "got no proof"),
        ({}, {"findings": [SEVERE]}, "The doctor found dead_units: All units are dead."),
    ],
)
def test_each_thing_that_is_wrong_is_a_reason(before: Json, now: Json, reason: str) -> None:
    verdict = judged(MANIFEST | before, MANIFEST | now, [BETTER])
    assert not verdict.allowed
    assert len(verdict.reasons) == 1
    assert reason in verdict.reasons[0]


@pytest.mark.parametrize(
    ("only_champion", "only_candidate", "allowed"),
    [(30, 2, False), (30, 29, True), (2, 30, True), (5, 0, True), (6, 0, False)],
)
def test_a_candidate_may_not_be_worse_on_any_rows(
    only_champion: int, only_candidate: int, allowed: bool
) -> None:
    found = Paired("ds_2", 100, 40, only_champion, only_candidate)
    verdict = judged(MANIFEST, MANIFEST, [BETTER, found])
    assert verdict.allowed == allowed
    assert [one["on"] for one in verdict.as_dict()["comparisons"]] == ["ds_1", "ds_2"]
    assert all("right on" in reason and "ds_2" in reason for reason in verdict.reasons)


@pytest.mark.parametrize("said", [["The rows are gone."], []])
def test_what_cannot_be_compared_is_said_and_is_no_reason(said: list[str]) -> None:
    verdict = judged(MANIFEST, MANIFEST, [], said)
    assert verdict.allowed
    assert verdict.not_compared == (said or [NOTHING_KEPT])


def test_what_is_said_is_plain_json() -> None:
    said: dict[str, Any] = judged(MANIFEST, MANIFEST, [BETTER]).as_dict()
    assert said.keys() == {"allowed", "reasons", "comparisons", "not_compared"}
    assert said["comparisons"][0]["champion_right"] == 61
