"""Whether the doctor advises folds: where test rows leave the accuracy open, and rows are few."""

from dataclasses import replace
from typing import Any

import pytest

from tests.worker.doctor.patients import GOOD, patched, records, spec_of
from worker.doctor.examination import examine
from worker.doctor.outcome import Outcome
from worker.findings.finding import Finding
from worker.findings.intervals import wilson_interval
from worker.jsontypes import Json

LEVEL = records([0.7 * 0.5**epoch for epoch in range(10)] + [0.01] * 40)
START = {"start_from": {"model": "cats", "version": 1}}


def scores(rows: int) -> Json:
    """Four answers of five are right."""
    right = rows * 4 // 5
    return {"rows": rows, "accuracy": 0.8, "accuracy_interval": [*wilson_interval(right, rows)],
            "majority_baseline": 0.5, "confusion": [[right, 0], [rows - right, 0]],
            "auc_interval": None}  # fmt: skip


def advice(
    per_class: list[int], test: int | None, validation: int = 0, **spec: Any
) -> Finding | None:
    """What is said of folds at the end of a job; None if nothing is."""
    watched = scores(validation) if validation else None
    result = {"train": scores(sum(per_class)), "validation": watched,
              "test": None if test is None else scores(test)}  # fmt: skip
    statistics = replace(GOOD, train_per_class=per_class)
    outcome = Outcome("epochs", result, ["0", "1"])
    found: dict[str, Finding] = {
        each.code: each for each in examine(LEVEL, spec_of(**spec), statistics, outcome)
    }
    return found.get("use_folds")


@pytest.mark.parametrize(
    ("per_class", "spec", "patch"),
    [
        ([50, 50], {}, {"/folds": 5}),
        ([400, 99], {"keep_checkpoints": 3}, {"/folds": 5, "/keep_checkpoints": 0}),
        ([60, 3], {}, {"/folds": 3}),
        ([50, 50], {"epochs": 200_000}, {}),
    ],
)
def test_few_rows_that_leave_the_accuracy_open_are_worth_folds(
    per_class: list[int], spec: Json, patch: Json
) -> None:
    seen = advice(per_class, 20, **spec)
    assert seen is not None
    assert seen.severity == "info"
    assert {change["path"]: change["value"] for change in seen.patch} == patch
    assert seen.evidence == {"rows": sum(per_class), "accuracy_interval": [0.584, 0.9193]}
    assert patched(spec_of(**spec), seen.patch).folds == patch.get("/folds")


@pytest.mark.parametrize(
    ("per_class", "test", "validation", "spec"),
    [
        ([250, 250], 20, 0, {}),  # as many as are no longer few
        ([200, 200], 20, 100, {}),  # with those that are watched
        ([50, 50], 1_000, 0, {}),  # the accuracy is known
        ([50, 50], None, 0, {}),  # nobody has asked about any
        ([50, 1], 20, 0, {}),  # a class has no two rows
        ([50, 50], 20, 0, {"folds": 2}),  # it has some
        ([50, 50], 20, 0, START),  # they may have been seen
    ],
)
def test_where_folds_tell_nothing_more_they_are_not_proposed(
    per_class: list[int], test: int | None, validation: int, spec: Json
) -> None:
    assert advice(per_class, test, validation, **spec) is None


def test_a_network_that_does_not_learn_has_other_troubles() -> None:
    assert advice([50, 50], 20, normalization="none") is not None
    dull = replace(GOOD, train_per_class=[50, 50])
    outcome = Outcome(
        "epochs", {"train": scores(100), "validation": None, "test": scores(20)}, ["0", "1"]
    )
    stuck = examine(records([0.693] * 40), spec_of(epochs=40), dull, outcome)
    codes = {finding.code for finding in stuck}
    assert "not_learning" in codes
    assert "use_folds" not in codes
