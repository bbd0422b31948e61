"""`purr datasets edit`: what is typed becomes the body of a request."""

import json
from typing import Any

import pytest

from tests.service.cli.command import Purr
from tests.service.cli.fake_service import FakeService
from tests.service.cli.sample_answers import DATASET

OTHER = "ds_" + "2" * 32


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        (["--cleaned"], {"cleaned": True}),
        (
            ["--drop", "train:17", "--drop", "test:0"],
            {"drop": [{"split": "train", "row": 17}, {"split": "test", "row": 0}]},
        ),
        (
            ["--relabel", "train:1=a cat", "--move", "train:2=test"],
            {
                "relabel": [{"split": "train", "row": 1, "label": "a cat"}],
                "move": [{"split": "train", "row": 2, "to": "test"}],
            },
        ),
        (
            ["--rename", "cat=lion", "--merge", "a=b", "--merge", "c=b"],
            {"rename_class": {"cat": "lion"}, "merge_classes": {"b": ["a", "c"]}},
        ),
        (
            ["--add", OTHER, "--test-fraction", "0.2", "--seed", "7"],
            {"add": OTHER, "resplit": {"test_fraction": 0.2, "seed": 7}},
        ),
    ],
)
def test_what_is_typed_is_sent(
    purr: Purr, fake: FakeService, typed: list[str], sent: dict[str, Any]
) -> None:
    made = {"id": "ds_2", "version": 2, "parent": "ds_1", "state": "importing"}
    fake.say("POST /v1/datasets/ds_1/versions", made, status=202)
    fake.say("GET /v1/datasets/ds_2", DATASET | made | {"state": "ready"})
    result = purr("datasets", "edit", "ds_1", *typed)
    assert result.exit_code == 0, result.output
    assert json.loads(fake.asked("POST")[0].body) == sent
    assert "Version 2 is ds_2." in result.stderr
    assert "parent" in result.stdout


def test_a_version_that_was_rejected_is_exit_code_1_and_the_reason(
    purr: Purr, fake: FakeService
) -> None:
    problem = {"code": "invalid_parameter", "detail": "Too few rows."}
    fake.say("POST /v1/datasets/ds_1/versions", {"id": "ds_2", "version": 2}, status=202)
    fake.say("GET /v1/datasets/ds_2", DATASET | {"state": "rejected", "problem": problem})
    result = purr("datasets", "edit", "ds_1", "--cleaned")
    assert result.exit_code == 1
    assert result.stderr.endswith("Too few rows. (invalid_parameter)\n")


@pytest.mark.parametrize(
    "typed", [["--drop", "17"], ["--drop", "train:x"], ["--rename", "cat"], ["--merge", "=x"]]
)
def test_what_names_no_row_or_class_is_refused(purr: Purr, typed: list[str]) -> None:
    result = purr("datasets", "edit", "ds_1", *typed)
    assert result.exit_code == 2
    assert "such as" in result.stderr.replace("\n", " ")


def test_what_would_mend_a_finding_is_shown(purr: Purr, fake: FakeService) -> None:
    edit = {"cleaned": ["two_labels"]}
    finding = {"code": "two_labels", "severity": "warning", "message": "Torn.", "edit": edit}
    fake.say("GET /v1/datasets/ds_1", DATASET | {"findings": [finding]})
    shown = purr("datasets", "show", "ds_1").stdout
    assert 'edit by {"cleaned": ["two_labels"]}' in shown
