"""What the doctor says at the end of a job: of the model's worth, and of what it replaces."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.worker.doctor.patients import (
    GOOD,
    Visit,
    net,
    patched,
    rate,
    records,
    spec_of,
    uneven,
    visit,
    with_train,
)
from worker.data.dataset import Dataset, Split
from worker.doctor.examination import examine
from worker.doctor.outcome import Outcome
from worker.findings.finding import Finding
from worker.jsontypes import Json
from worker.nn.activations import ACTIVATIONS
from worker.nn.losses import LOGISTIC, SOFTMAX
from worker.nn.network import dense_network
from worker.training.evaluate import Answers, measures

pytestmark = pytest.mark.usefixtures("one_thread")

FALLING = records([0.7 * 0.97**epoch for epoch in range(40)])
LEVEL = records([0.7 * 0.5**epoch for epoch in range(10)] + [0.01] * 40)


def scores(labels: list[int], said: list[int], classes: int = 2) -> Json:
    """The measures of answers that are sure of themselves."""
    loss = LOGISTIC if classes == 2 else SOFTMAX
    logits = np.where(np.array(said)[:, None] == np.arange(classes), 3.0, -3.0)
    split = Split.whole(logits[:, 1:] if classes == 2 else logits, np.array(labels))
    units = split.x.shape[1]
    passing = dense_network([(np.eye(units), np.zeros(units))], ACTIVATIONS["identity"])
    return measures(Answers(passing, loss, split, classes), [str(name) for name in range(classes)])


def partly_right(rows: int, right: float, classes: int = 2) -> Json:
    """The measures of answers that are right on this share of each class."""
    labels = np.arange(rows) % classes
    wrong = np.arange(rows) // classes >= right * rows / classes
    return scores(labels.tolist(), ((labels + wrong) % classes).tolist(), classes)


def found(
    train: Json, test: Json | None, epochs: list[Json] | None = None, **more: Any
) -> dict[str, Finding]:
    spec = more.pop("spec", {})
    result = {"train": train, "validation": more.pop("validation", None), "test": test}
    classes = more.pop("classes", [str(name) for name in range(len(train["confusion"]))])
    outcome = Outcome(more.pop("ended_by", "epochs"), result, classes, more.pop("before", None))
    statistics = replace(GOOD, train_per_class=[100] * len(classes))
    seen = examine(LEVEL if epochs is None else epochs, spec_of(**spec), statistics, outcome)
    json.dumps([finding.as_dict() for finding in seen], allow_nan=False)
    return {finding.code: finding for finding in seen}


# The model's worth.


def test_a_good_model_is_left_alone() -> None:
    assert found(partly_right(200, 1), partly_right(200, 0.99), ended_by="early_stopping") == {}


def test_rows_known_by_heart_are_told_with_or_without_validation() -> None:
    by_heart = found(partly_right(200, 1), partly_right(200, 0.8))["overfitting"]
    assert by_heart.severity == "warning"
    assert by_heart.patch == [{"op": "replace", "path": "/regularization/l2", "value": 0.1}]
    assert "overfitting" in found(partly_right(200, 1), None, validation=partly_right(50, 0.7))


def test_where_weights_are_small_already_dropout_is_next_and_then_nothing_is() -> None:
    spec: Json = {"regularization": {"l2": 0.1}}
    bad = partly_right(200, 1), partly_right(200, 0.8)
    (change,) = found(*bad, spec=spec)["overfitting"].patch
    assert (change["path"], change["value"]) == ("/network/dropout", 0.2)
    assert found(*bad, spec=spec | {"network": {"dropout": 0.1}})["overfitting"].patch == []


def test_few_test_rows_are_no_proof_of_overfitting() -> None:
    assert "overfitting" not in found(partly_right(200, 1), partly_right(10, 0.9))


def test_what_always_names_one_class_has_learned_nothing_by_heart() -> None:
    mostly_other = scores([0] * 160 + [1] * 40, [0] * 200)
    mostly_cats = scores([0] * 40 + [1] * 160, [0] * 200)
    codes = found(mostly_other, mostly_cats)
    assert "overfitting" not in codes
    assert codes["one_class_only"].severity == "severe"
    assert codes["one_class_only"].evidence == {"answer": "0", "rows": 200, "accuracy": 0.2}
    assert "no_better_than_guessing" not in codes


def test_one_class_that_is_the_only_one_asked_about_is_no_fault() -> None:
    assert "one_class_only" not in found(partly_right(200, 1), scores([0] * 150, [0] * 150))


def test_an_answer_that_does_not_clear_the_majority_is_a_warning_and_below_it_severe() -> None:
    near = found(partly_right(200, 0.7), partly_right(60, 0.6))["no_better_than_guessing"]
    assert (near.severity, near.evidence["majority_baseline"]) == ("warning", 0.5)
    at = found(partly_right(200, 0.7), partly_right(60, 0.5))["no_better_than_guessing"]
    assert at.severity == "severe"
    assert "no_better_than_guessing" not in found(partly_right(200, 0.9), partly_right(200, 0.9))


def test_swapped_labels_are_below_chance_for_two_classes_and_for_more() -> None:
    for classes in (2, 3):
        codes = found(partly_right(300, 1, classes), partly_right(120, 0.05, classes))
        assert codes["below_chance"].severity == "severe"
        assert "no_better_than_guessing" not in codes
    assert "below_chance" not in found(partly_right(200, 0.6), partly_right(60, 0.45))


def test_a_model_that_nobody_has_asked_about_unseen_rows_is_not_judged_by_them() -> None:
    assert {*found(partly_right(200, 0.9), None)} == set()


# Its end.


def test_a_cost_that_fell_to_the_end_wants_more_epochs() -> None:
    seen = found(partly_right(200, 0.8), partly_right(200, 0.8), FALLING, spec={"epochs": 40})
    (change,) = seen["still_falling"].patch
    assert change["path"] == "/epochs"
    # 0.7 times 0.97 to the power of 99 is a twentieth of ln 2.
    assert 90 <= change["value"] <= 110


def test_what_has_come_to_its_end_is_not_still_falling() -> None:
    good = partly_right(200, 0.8), partly_right(200, 0.8)
    assert "still_falling" not in found(*good, LEVEL)
    chance = np.random.default_rng(1)
    noisy = records((0.4 + 0.05 * chance.standard_normal(60)).tolist())
    assert "still_falling" not in found(*good, noisy)
    late = [0.7 - 0.01 * epoch for epoch in range(30)] + [0.41] * 10
    assert "still_falling" not in found(*good, records(late))
    assert "still_falling" not in found(*good, FALLING, ended_by="stop")
    assert "still_falling" not in found(partly_right(200, 1), good[1], FALLING)
    assert "still_falling" not in found(*good, records([0.5]))


def test_where_the_seconds_ended_it_it_wants_more_seconds() -> None:
    spec, good = {"max_seconds": 9, "epochs": 40}, partly_right(200, 0.8)
    (change,) = found(good, good, FALLING, spec=spec, ended_by="max_seconds")["still_falling"].patch
    assert change["path"] == "/max_seconds"
    assert change["value"] > 9


def test_more_epochs_are_no_cure_for_rows_known_by_heart() -> None:
    codes = found(partly_right(200, 0.99), partly_right(200, 0.6), FALLING)
    assert "overfitting" in codes
    assert "still_falling" not in codes


@pytest.mark.parametrize(
    ("before", "now", "changed"),
    [
        (None, ["a", "b"], False),
        (["a", "b"], ["b", "a"], False),
        (["a", "c"], ["a", "b"], True),
        (["a", "b", "c"], ["a", "b"], True),
    ],
)
def test_a_version_that_answers_other_classes_says_so(
    before: list[str] | None, now: list[str], changed: bool
) -> None:
    good = partly_right(200, 0.99)
    seen = found(good, good, classes=now, before=before)
    assert ("changed_classes" in seen) is changed
    if changed:
        assert seen["changed_classes"].evidence["gone"] == ["c"]


# Real ones.


def examined(patient: Dataset, **spec: Any) -> Visit:
    return visit(patient, spec_of(**spec))


def test_labels_that_do_not_belong_to_their_rows_are_no_better_than_guessing(
    sketches: Dataset,
) -> None:
    dealt = np.random.default_rng(3).permutation(sketches.train.y)
    patient = with_train(sketches, Split.whole(sketches.train.x, dealt))
    codes = examined(patient, epochs=60, optimizer=rate(0.001, "adam")).findings
    assert {"overfitting", "no_better_than_guessing"} <= {*codes}


def test_swapped_test_labels_are_seen(sketches: Dataset) -> None:
    test = sketches.splits["test"]
    swapped = {**sketches.splits, "test": Split.whole(test.x, 1 - test.y)}
    codes = examined(replace(sketches, splits=swapped), optimizer=rate(0.001, "adam")).findings
    assert "below_chance" in codes


def test_who_forgets_the_rare_class_is_told_to_weigh_it(sketches: Dataset) -> None:
    patient = uneven(sketches)
    before = examined(patient, optimizer=rate(0.005), epochs=10, normalization="scale")
    finding = before.findings["one_class_only"]
    assert finding.evidence["answer"] == "other"
    after = visit(patient, patched(before.spec, finding.patch))
    assert after.missed_cats < before.missed_cats


COURSE = {
    "network": net(20, 7, 5),
    "optimizer": rate(0.0075),
    "batch_size": "all",
    "normalization": "scale",
}


@pytest.mark.parametrize("epochs", [100, 300, 600, 1_000])
def test_no_prescription_for_the_courses_network_makes_it_worse(
    epochs: int, request: pytest.FixtureRequest
) -> None:
    """Each of them against the network as it is, after the same further epochs."""
    patient = request.getfixturevalue("course's pictures")
    before = examined(patient, epochs=epochs, **COURSE)
    assert "dead_units" not in before.findings
    for code, finding in before.findings.items():
        if not finding.patch:
            continue
        cure = patched(before.spec, finding.patch)
        more = {"epochs": max(cure.epochs, 2 * epochs)}
        as_it_is = examined(patient, **COURSE, **more)
        after = visit(patient, cure.model_copy(update=more)) if cure.epochs == epochs else as_it_is
        measure = "unseen_cost" if code == "overfitting" else "trained_cost"
        assert getattr(after, measure) <= getattr(as_it_is, measure), code
        if code == "still_falling":
            assert after.trained is not None
            assert after.trained.result["train"]["accuracy"] == 1
    assert epochs != 300 or "still_falling" in before.findings
