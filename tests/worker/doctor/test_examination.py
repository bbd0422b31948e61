"""How the doctor works: in which order it says what, and what it needs to know for it."""

import copy
import json
import math
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.worker.doctor.patients import GOOD, codes, net, rate, records, spec_of, visit
from tests.worker.doctor.sick import SICK, Sick
from tests.worker.training import test_fit
from tests.worker.training.watching import RecordingWatcher
from worker.doctor.chart import Statistics
from worker.doctor.examination import COMPLAINTS, examine
from worker.doctor.remedies import FITTING
from worker.findings.finding import SEVERITIES
from worker.jsontypes import Json
from worker.spec import DenseSpec
from worker.training.fit import train

pytestmark = pytest.mark.usefixtures("one_thread")

PAGE = Path(__file__).parents[3] / "docs" / "doctor.md"
CODES = [rule.code for rule in COMPLAINTS]

ILL = {"network": net(5, 5, activation="identity", initializer="zeros"), "normalization": "none"}
BAD = Statistics([90, 10], test_rows=7, input_mean=100, input_deviation=50, constant_features=2)


def test_before_the_first_epoch_the_doctor_looks_at_the_spec_and_the_data() -> None:
    assert codes([], BAD, **ILL) == [
        "symmetric_start",
        "inputs_not_normalized",
        "linear_collapse",
        "class_imbalance",
        "few_test_rows",
        "constant_features",
    ]


def test_one_epoch_is_too_few_for_a_judgement_on_the_cost() -> None:
    assert codes(records([3.0])) == []


@pytest.mark.parametrize("case", SICK[:1] + SICK[14:30:5], ids=lambda case: case.code)
def test_the_severe_come_first(case: Sick, request: pytest.FixtureRequest) -> None:
    found = visit(request.getfixturevalue("sketches"), spec_of(**case.spec)).findings.values()
    ranks = [SEVERITIES.index(finding.severity) for finding in found]
    assert ranks == sorted(ranks)


def test_a_cause_stands_before_what_it_causes() -> None:
    found = codes(records([0.6931] * 20, dead=1.0), network=net(5, 5, initializer="zeros"))
    assert found == ["symmetric_start", "dead_units", "not_learning"]


def test_examining_changes_nothing_and_repeats_itself() -> None:
    epochs, spec = records([0.7] * 20, dead=0.8), spec_of(**ILL)
    given = copy.deepcopy((epochs, spec, BAD))
    assert examine(epochs, spec, BAD) == examine(*copy.deepcopy(given))
    assert (epochs, spec, BAD) == given


def test_an_epoch_read_from_the_metrics_is_as_good_as_one_just_heard_of() -> None:
    epochs = records([0.7] * 20, dead=0.8)
    again = json.loads(json.dumps(epochs))
    assert examine(again, spec_of(), GOOD) == examine(epochs, spec_of(), GOOD) != []


def thinned_out(epochs: list[Json], keep: Callable[[int], bool]) -> list[Json]:
    """The epochs as a long job has them: what is said of the layers only in some."""
    nothing = {"gradient_norms": None, "layers": None}
    return [epoch if keep(epoch["epoch"]) else {**epoch, **nothing} for epoch in epochs]


def test_of_a_long_job_the_doctor_reads_the_epochs_that_have_their_layers() -> None:
    epochs = records([0.7] * 20, dead=0.8, update_ratio=1e-9)
    for epoch in epochs:
        epoch["gradient_norms"] = [1e-6, 1e-3, 1.0]
        epoch["layers"][-1]["update_ratio"] = 1e-9
    some = thinned_out(epochs, lambda epoch: epoch in (1, 4, 8, 12, 16, 20))
    found = examine(some, spec_of(), GOOD)
    assert found == examine(epochs, spec_of(), GOOD)
    assert {"dead_units", "not_learning"} <= {finding.code for finding in found}
    exploding = thinned_out(records([9.0] * 8), lambda epoch: epoch == 4)
    exploding[3]["gradient_norms"] = [500.0, 1.0, 1.0]
    assert "exploding_gradients" in codes(exploding)


def test_where_nothing_is_known_of_the_layers_the_cost_is_judged() -> None:
    epochs = thinned_out(records([0.6931] * 20, dead=1.0), lambda epoch: False)
    assert codes(epochs) == ["not_learning"]


def test_a_job_that_was_cut_gets_the_findings_of_one_that_was_not() -> None:
    patient = test_fit.pictures()
    spec = spec_of(optimizer=rate(1.0, "adam"), batch_size=16)
    whole, rest = RecordingWatcher(keep=lambda step: step == 22), RecordingWatcher()
    train(spec, patient, whole)
    train(spec, patient, rest, checkpoint=whole.checkpoints[22])
    assert whole.statistics is not None
    uncut = [asdict(epoch) for epoch in whole.epochs]
    joined = uncut[:5] + [asdict(epoch) for epoch in rest.epochs]
    found = examine(joined, spec, whole.statistics)
    assert found == examine(uncut, spec, whole.statistics)
    assert "dead_units" in [finding.code for finding in found]


def test_a_job_that_diverged_shows_why() -> None:
    patient = test_fit.pictures()
    network = net(8, activation="leaky_relu")
    seen = visit(patient, spec_of(network=network, optimizer=rate(100.0), batch_size="all"))
    assert seen.trained is None
    assert {"learning_rate_too_high", "exploding_gradients"} <= seen.findings.keys()


def test_evidence_is_json_even_where_the_numbers_are_not() -> None:
    epochs = records([0.7, 1e30, 1e30, 1e30])
    for epoch in epochs:
        epoch |= {"gradient_norms": [math.inf, 1.0, 1.0], "validation_loss": math.nan}
    found = examine(epochs, spec_of(validation_fraction=0.1), GOOD)
    assert [finding.code for finding in found] == ["learning_rate_too_high", "exploding_gradients"]
    json.dumps([finding.as_dict() for finding in found], allow_nan=False)


# What the doctor says is written down.


def test_every_finding_has_its_own_code() -> None:
    cured = {case.code for case in SICK}
    cured_elsewhere = {"still_falling", "one_class_only", "use_backbone", "use_folds"}
    incurable = {
        "few_test_rows",
        "constant_features",
        "below_chance",
        "no_better_than_guessing",
        "changed_classes",
    }
    assert {*CODES} == cured | cured_elsewhere | incurable


def test_what_explains_a_finding_is_a_finding_too() -> None:
    assert {code for rule in COMPLAINTS for code in rule.explained_by} <= {*CODES}


def test_every_code_is_documented() -> None:
    lines = PAGE.read_text().splitlines()
    assert [line[3:].strip("`") for line in lines if line.startswith("## `")] == CODES


def test_every_activation_has_its_starting_weights() -> None:
    schema = DenseSpec.model_json_schema()["properties"]
    assert {*FITTING} == {*schema["activation"]["enum"]}
    assert {*FITTING.values()} <= {*schema["initializer"]["enum"]}
