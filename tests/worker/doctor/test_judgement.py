"""What the doctor makes of records that are made up for it."""

import math
from dataclasses import replace

import pytest

from tests.worker.doctor.patients import GOOD, codes, net, patched, rate, records, spec_of
from worker.doctor.chart import Chart
from worker.doctor.examination import examine
from worker.nn.optimizers import OPTIMIZERS


@pytest.mark.parametrize(("rows", "few"), [(0, True), (1, True), (99, True), (100, False)])
def test_a_hundred_test_rows_are_enough(rows: int, few: bool) -> None:
    assert ("few_test_rows" in codes([], data=replace(GOOD, test_rows=rows))) is few


def test_a_job_that_could_keep_no_row_out_is_examined_too() -> None:
    assert (
        codes(records([0.7 - 0.02 * epoch for epoch in range(20)]), validation_fraction=0.2) == []
    )


def test_a_long_job_may_rest_longer() -> None:
    resting = records([0.6931] * 30)
    assert "not_learning" in codes(resting, epochs=100)
    assert codes(resting, epochs=2500) == []


def test_the_doctor_can_judge_the_part_of_a_long_job_that_it_is_shown() -> None:
    shown = records([0.6931] * 500)
    for late, epoch in enumerate(shown[100:]):
        epoch |= {"epoch": 9_000 + late, "step": 10 * (9_000 + late)}
    assert "not_learning" in codes(shown, epochs=10_000)


def test_to_know_how_frequent_the_classes_are_is_not_to_have_learned() -> None:
    rare = replace(GOOD, train_per_class=[75, 25])
    epochs = records([0.5623] * 20)
    assert "not_learning" in codes(epochs, rare)
    assert "not_learning" not in codes(epochs, rare, class_weights="balanced")


def test_a_class_without_rows_is_no_class_to_guess() -> None:
    chart = Chart([], spec_of(), replace(GOOD, train_per_class=[50, 50, 0]))
    assert chart.guess_cost == pytest.approx(math.log(2))
    alone = Chart([], spec_of(), replace(GOOD, train_per_class=[50, 0]))
    assert alone.guess_cost == pytest.approx(math.log(2))


@pytest.mark.parametrize(("sign", "activation"), [("dead", "relu"), ("saturated", "tanh")])
def test_a_network_that_learns_all_the_same_is_only_warned(sign: str, activation: str) -> None:
    fields = {"network": net(5, 5, activation=activation)}
    learning = records([0.7 - 0.02 * epoch for epoch in range(20)], **{sign: 0.6})
    (finding,) = examine(learning, spec_of(**fields), GOOD)
    assert (finding.code, finding.severity) == (f"{sign}_units", "warning")


def test_one_dead_unit_of_five_is_no_illness() -> None:
    assert codes(records([0.7 - 0.02 * epoch for epoch in range(20)], dead=0.2)) == []


def test_sure_and_right_answers_leave_no_gradient_and_that_is_fine() -> None:
    assert codes(records([0.5, 0.1, 0.001, 0.001, 0.001, 0.001], dead=1.0)) == []


def test_the_warm_up_is_not_a_low_learning_rate() -> None:
    schedule = {"kind": "constant", "warmup_epochs": 10}
    creeping = records([1.0] * 10, update_ratio=0.0)
    for epoch in creeping:
        epoch["layers"][-1]["update_ratio"] = 1e-6
    assert "learning_rate_too_low" in codes(creeping)
    assert codes(creeping, schedule=schedule) == []


@pytest.mark.parametrize("kind", OPTIMIZERS)
@pytest.mark.parametrize(("learning_rate", "found"), [(1000.0, "high"), (1e-9, "low")])
def test_another_learning_rate_is_within_bounds_and_on_the_right_side(
    kind: str, learning_rate: float, found: str
) -> None:
    epochs = records([3.0] * 10 if found == "high" else [1.0] * 10, update_ratio=0.0)
    for epoch in epochs:
        epoch["layers"][-1]["update_ratio"] = 1e-6
    spec = spec_of(optimizer=rate(learning_rate, kind))
    findings = {finding.code: finding for finding in examine(epochs, spec, GOOD)}
    better = patched(spec, findings[f"learning_rate_too_{found}"].patch)
    assert better.optimizer == type(spec.optimizer)()


def test_what_explains_a_finding_takes_its_place() -> None:
    still = records([0.6931] * 20, dead=1.0, update_ratio=0.0)
    for epoch in still:
        epoch["layers"][-1]["update_ratio"] = 0.0
    assert codes(still) == ["dead_units", "not_learning"]


def test_what_no_learning_rate_can_make_good_is_taken_away() -> None:
    spec = spec_of(network=net(5, 5, dropout=0.7), regularization={"l2": 1.0})
    (finding,) = examine(records([0.7] * 5, dead=1.0), spec, GOOD)
    assert patched(spec, finding.patch) == spec_of(network=net(5, 5))


def test_too_deep_for_its_gradients_means_fewer_layers() -> None:
    epochs = records([0.7] * 5)
    for epoch in epochs:
        epoch["gradient_norms"] = [1e-6, 1e-3, 1.0]
    (finding,) = examine(epochs, spec_of(network=net(9, 8, 7)), GOOD)
    assert (finding.code, finding.patch[0]["value"]) == ("vanishing_gradients", [9, 8])
