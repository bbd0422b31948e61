"""Folds and repeats, as a job's spec may have them."""

from typing import Any

import pytest
from pydantic import ValidationError

from tests.worker.watching import spec_of

VERIFIES = {"model": "cats", "version": 1}


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"folds": None, "repeats": 1},
        {"folds": 2},
        {"folds": 20, "repeats": 10, "epochs": 4_975},
    ],
)
def test_folds_may_be_wanted(fields: dict[str, Any]) -> None:
    found = spec_of(**fields)
    assert (found.folds, found.repeats) == (fields.get("folds"), fields.get("repeats", 1))


@pytest.mark.parametrize(
    ("fields", "at", "said"),
    [
        ({"folds": 1}, "folds", "greater than or equal to 2"),
        ({"folds": 21}, "folds", "less than or equal to 20"),
        ({"folds": 5, "repeats": 11}, "repeats", "less than or equal to 10"),
        ({"repeats": 2}, "repeats", "need folds"),
        ({"folds": 5, "verifies": VERIFIES}, "folds", "do not go with verifies"),
        ({"folds": 5, "keep_checkpoints": 1}, "folds", "do not go with keep_checkpoints"),
        ({"folds": 5, "checkpoint": {"job": "job_" + "0" * 32, "epoch": 1}}, "folds", "publish"),
        ({"folds": 9, "epochs": 100_001}, "folds", "10 trainings of 100,001"),
        ({"folds": 20, "repeats": 10, "epochs": 5_000}, "repeats", "201 trainings"),
    ],
)
def test_what_would_prove_nothing_is_refused(fields: dict[str, Any], at: str, said: str) -> None:
    with pytest.raises(ValidationError, match=said) as refused:
        spec_of(**fields)
    assert [error["loc"] for error in refused.value.errors()] == [(at,)]
