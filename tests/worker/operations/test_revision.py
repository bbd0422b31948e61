"""A job's spec, otherwise."""

from typing import Any

import pytest

from worker.errors import InvalidParameter
from worker.operations.revision import changes, prescribed, revised

SPEC = {"epochs": 100, "optimizer": {"kind": "sgd", "learning_rate": 0.1}, "early_stopping": None}


def replace(path: str, value: Any) -> dict[str, Any]:
    return {"op": "replace", "path": path, "value": value}


FINDINGS: list[dict[str, Any]] = [
    {"code": "learning_rate_too_high", "patch": [replace("/optimizer/learning_rate", 0.01)]},
    {"code": "not_learning", "patch": [replace("/optimizer", {"kind": "adam"}),
                                       replace("/epochs", 200)]},
    {"code": "few_test_rows", "patch": []},
]  # fmt: skip


def test_the_first_finding_decides_where_two_change_the_same() -> None:
    assert prescribed(FINDINGS, None) == [*FINDINGS[0]["patch"], replace("/epochs", 200)]
    assert prescribed(FINDINGS, ["not_learning"]) == FINDINGS[1]["patch"]
    whole_first = [FINDINGS[1], FINDINGS[0]]
    assert prescribed(whole_first, None) == FINDINGS[1]["patch"]


@pytest.mark.parametrize(
    ("findings", "codes", "pointer", "said"),
    [
        (FINDINGS, ["overfitting"], "/findings/0", "learning_rate_too_high, not_learning"),
        (FINDINGS, ["few_test_rows"], "/findings", "patch of your own"),
        ([], None, "/findings", "none"),
    ],
)
def test_what_no_finding_says_cannot_be_followed(
    findings: Any, codes: Any, pointer: str, said: str
) -> None:
    with pytest.raises(InvalidParameter, match=said) as error:
        prescribed(findings, codes)
    assert error.value.pointer == pointer


def test_a_patch_changes_a_copy() -> None:
    after = revised(SPEC, [replace("/epochs", 7), {"op": "remove", "path": "/early_stopping"}])
    assert after == {"epochs": 7, "optimizer": SPEC["optimizer"]}
    assert SPEC["epochs"] == 100
    assert revised(SPEC, []) == SPEC


@pytest.mark.parametrize(
    "change",
    [
        replace("/nothing/here", 1),
        {"op": "replace", "path": "epochs", "value": 1},
        {"op": "test", "path": "/epochs", "value": 99},
        {"op": "strange", "path": "/epochs"},
        {"path": "/epochs"},
        {"op": "replace", "path": "/epochs"},
        {"op": "replace", "path": 7, "value": 1},
        {"op": "remove", "path": ""},
        replace("", []),
        {"op": "add", "path": "/optimizer/kind/deep", "value": 1},
        {"op": "copy", "from": "/nowhere", "path": "/epochs"},
        "text",
        None,
        7,
    ],
    ids=str,
)
def test_what_is_no_change_is_named_by_its_place(change: Any) -> None:
    with pytest.raises(InvalidParameter, match="Expected") as error:
        revised(SPEC, [replace("/epochs", 7), change])
    assert error.value.pointer == "/patch/1"


def test_copies_of_copies_do_not_grow_without_bound() -> None:
    double = [{"op": "copy", "from": "", "path": f"/more{at}"} for at in range(100)]
    with pytest.raises(InvalidParameter, match="100,000 bytes"):
        revised(SPEC, double)
    with pytest.raises(InvalidParameter, match="at most 100 changes"):
        revised(SPEC, [replace("/epochs", 7)] * 101)


def test_changes_are_told_place_by_place() -> None:
    after = {"epochs": 100, "optimizer": {"kind": "adam", "learning_rate": 0.1}, "more": 1}
    assert list(changes(SPEC, after)) == [
        {"path": "/more", "before": None, "after": 1},
        {"path": "/optimizer/kind", "before": "sgd", "after": "adam"},
    ]
