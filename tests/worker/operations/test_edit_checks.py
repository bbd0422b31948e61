"""What is refused before anything is done, each with its place in the request."""

from typing import Any

import pytest

from tests.worker.data.edits.stored import row
from worker.errors import InvalidParameter
from worker.operations.edit_checks import check_added, check_edits, with_findings
from worker.spec import EditsSpec

MANIFEST: dict[str, Any] = {
    "classes": ["cat", "dog", "a/b"],
    "shape": [8, 8, 3],
    "preprocessing": {"height": 8, "width": 8, "resize": "squash", "kind": "picture"},
    "splits": {"train": {"rows": 10}, "test": {"rows": 5}},
    "findings": [
        {"code": "two_labels", "edit": {"drop": [{"split": "train", "row": 1}]}},
        {"code": "flat_pictures"},
    ],
}


def edits(**asked: Any) -> EditsSpec:
    return EditsSpec.model_validate(asked)


@pytest.mark.parametrize(
    ("asked", "pointer", "words"),
    [
        ({}, "", "at least one edit"),
        ({"drop": [], "cleaned": False}, "", "at least one edit"),
        ({"drop": [row("train", 1), row("train", 10)]}, "/drop/1/row", "0 to 9, got 10"),
        ({"drop": [row("validation", 0)]}, "/drop/0/split", "train or test, got validation"),
        ({"drop": [row("train", 1), row("train", 1)]}, "/drop/1", "comes twice"),
        ({"relabel": [row("test", 5, label="cat")]}, "/relabel/0/row", "0 to 4, got 5"),
        ({"relabel": [row("test", 4, label="hen")]}, "/relabel/0/label", "got 'hen'"),
        ({"move": [row("test", 4, to="test")]}, "/move/0/to", "in test already"),
        (
            {"drop": [row("train", 1)], "relabel": [row("train", 1, label="cat")]},
            "/relabel/0",
            "dropped or kept",
        ),
        (
            {"drop": [row("train", 1)], "move": [row("train", 1, to="test")]},
            "/move/0",
            "dropped or kept",
        ),
        (
            {"move": [row("train", 1, to="test")], "resplit": {"test_fraction": 0.1}},
            "/move",
            "move or resplit",
        ),
        ({"rename_class": {"hen": "cock"}}, "/rename_class/hen", "got 'hen'"),
        ({"rename_class": {"cat": "dog"}}, "/rename_class/cat", "merge_classes"),
        ({"rename_class": {"a/b": "dog"}}, "/rename_class/a~1b", "merge_classes"),
        ({"rename_class": {"cat": "x", "dog": "x"}}, "/rename_class/dog", "merge_classes"),
        ({"merge_classes": {"pet": ["cat", "hen"]}}, "/merge_classes/pet/1", "got 'hen'"),
        ({"merge_classes": {"pet": ["cat", "cat"]}}, "/merge_classes/pet/1", "comes twice"),
        (
            {"merge_classes": {"x": ["cat"], "y": ["cat", "dog"]}},
            "/merge_classes/y/0",
            "comes twice",
        ),
        (
            {"rename_class": {"cat": "lion"}, "merge_classes": {"pet": ["cat", "dog"]}},
            "/merge_classes/pet/0",
            "comes twice",
        ),
        (
            {"rename_class": {"cat": "lion"}, "merge_classes": {"cat": ["dog"]}},
            "/merge_classes/cat",
            "renamed or merged itself",
        ),
        (
            {"rename_class": {"cat": "pet"}, "merge_classes": {"pet": ["dog"]}},
            "/merge_classes/pet",
            "renamed or merged itself",
        ),
        ({"merge_classes": {"all": ["cat", "dog", "a/b"]}}, "/merge_classes", "got 1"),
    ],
)
def test_what_cannot_be_made_is_refused(asked: Any, pointer: str, words: str) -> None:
    with pytest.raises(InvalidParameter, match=words) as refused:
        check_edits(edits(**asked), MANIFEST)
    assert refused.value.pointer == pointer


@pytest.mark.parametrize(
    "asked",
    [
        {"drop": [row("train", number) for number in range(9)]},
        {"relabel": [row("train", 9, label="cat")], "move": [row("train", 9, to="validation")]},
        {"merge_classes": {"cat": ["dog"]}},
        {"merge_classes": {"all": ["cat", "dog", "a/b"]}, "add": "ds_" + "0" * 32},
        {"rename_class": {"cat": "lion", "dog": "wolf"}},
        {"cleaned": True},
        {"resplit": {"test_fraction": 0.5}},
    ],
)
def test_what_can_be_made_is_not(asked: Any) -> None:
    check_edits(edits(**asked), MANIFEST)


def test_cleaned_means_the_findings_that_have_an_edit() -> None:
    assert with_findings(edits(cleaned=True), MANIFEST).cleaned == ["two_labels"]
    assert with_findings(edits(cleaned=["two_labels"]), MANIFEST).cleaned == ["two_labels"]
    assert with_findings(edits(), MANIFEST).cleaned is False


@pytest.mark.parametrize(
    ("asked", "findings", "pointer"),
    [(True, [], "/cleaned"), (["two_labels", "flat_pictures"], None, "/cleaned/1")],
)
def test_what_no_finding_proposes_is_not_cleaned(asked: Any, findings: Any, pointer: str) -> None:
    manifest = {**MANIFEST, "findings": MANIFEST["findings"] if findings is None else findings}
    with pytest.raises(InvalidParameter, match="edit") as refused:
        with_findings(edits(cleaned=asked), manifest)
    assert refused.value.pointer == pointer


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"shape": [4, 4, 3]}, "with shape"),
        (
            {"preprocessing": {**MANIFEST["preprocessing"], "resize": "crop"}},
            "with resize 'squash'",
        ),
        ({"preprocessing": {**MANIFEST["preprocessing"], "kind": "table"}}, "with kind 'picture'"),
    ],
)
def test_rows_of_another_form_are_not_added(other: Any, words: str) -> None:
    check_added({**MANIFEST, "classes": ["hen"]}, MANIFEST)
    with pytest.raises(InvalidParameter, match=words) as refused:
        check_added({**MANIFEST, **other}, MANIFEST)
    assert refused.value.pointer == "/add"
