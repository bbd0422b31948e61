"""Answers for rows as columns, and what they come to."""

import pytest

from worker.data.scored_rows import UNANSWERED, Tally, cells, columns
from worker.findings.intervals import wilson_interval
from worker.jsontypes import Json

CLASSES = ["=cat", "dog", "fox"]


def line(label: str | None, *ranked: str, split: str = "test", row: int = 0) -> Json:
    told = dict(zip(ranked, (0.5, 0.3, 0.2), strict=False))
    first = {"row": row, "split": split, "name": "a.jpg", "label": label}
    said = {"prediction": ranked[0], "probability": 0.5, "probabilities": told}
    if ranked[0] == "fox":
        decided = {"decision": "unsure", "confidence": 0.4, "reason": {"code": "low_confidence"}}
    else:
        decided = {"decision": ranked[0], "confidence": 0.5, "reason": None}
    return {**first, **said, **decided}


def test_where_all_classes_are_told_each_has_its_column() -> None:
    names = [*columns(CLASSES, 3)]
    assert names[-4:] == ["reason", "p:=cat", "p:dog", "p:fox"]
    row = cells(line("dog", "dog", "=cat", "fox"), CLASSES, 3)
    assert dict(zip(names, row, strict=True))["p:=cat"] == 0.3


def test_otherwise_each_rank_behind_the_first_has_two() -> None:
    names = [*columns(CLASSES, 2)]
    assert names[-2:] == ["prediction_2", "probability_2"]
    assert cells(line(None, "fox", "dog"), CLASSES, 2) == [
        0, "test", "a.jpg", None, "fox", 0.5, "unsure", 0.4, "low_confidence",
        "dog", 0.3,
    ]  # fmt: skip


def test_answers_are_counted_split_by_split() -> None:
    tally = Tally(CLASSES)
    for said, label in (("dog", "dog"), ("dog", "fox"), ("fox", "wolf"), ("=cat", None)):
        tally.add(line(label, said))
    tally.add(line(None, "fox", split="train"))
    found = tally.counted(CLASSES)
    assert found["rows"] == 5
    test, train = found["splits"]["test"], found["splits"]["train"]
    assert (test["rows"], test["predicted"]) == (4, {"=cat": 1, "dog": 2, "fox": 1})
    assert (test["unsure"], train["unsure"]) == (1, 1)
    # A wolf is none of the classes, so nobody could have been right.
    assert (test["labelled_rows"], test["accuracy"]) == (2, 0.5)
    assert test["accuracy_interval"] == pytest.approx(wilson_interval(1, 2))
    assert (train["labelled_rows"], train["accuracy"], train["accuracy_interval"]) == (
        0,
        None,
        None,
    )


def test_a_row_without_an_answer_says_why_and_is_counted_apart() -> None:
    problem = {"code": "corrupt_file", "detail": "It is damaged."}
    broken = line(None, "dog") | UNANSWERED | {"problem": problem}
    for top in (1, 2, 3):
        sound = line(None, *("dog", "fox", "=cat")[:top]) | {"problem": None}
        for each in (broken, sound):
            named = columns(CLASSES, top, with_problems=True)
            row = dict(zip(named, cells(each, CLASSES, top), strict=True))
            assert row["problem"] == (each["problem"] or {}).get("code")
        assert row["problem_detail"] is None
    tally = Tally(CLASSES)
    tally.add(broken)
    tally.add(sound)
    found = tally.counted(CLASSES)["splits"]["test"]
    assert (found["rows"], found["problems"], found["predicted"]) == (2, 1, {"dog": 1})
