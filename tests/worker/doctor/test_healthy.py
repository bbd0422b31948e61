"""Networks that learn get no severe finding, after none of their epochs."""

import math

import pytest

from tests.worker.doctor.patients import net, rate, spec_of, visit
from tests.worker.training import test_fit
from worker.data.dataset import Dataset
from worker.doctor.examination import examine
from worker.jsontypes import Json

pytestmark = pytest.mark.usefixtures("one_thread")

HEALTHY: list[Json] = [
    {},
    {"optimizer": rate(0.01)},
    {"optimizer": rate(0.01), "batch_size": 16},
    {"optimizer": rate(0.001), "batch_size": 1, "epochs": 8},
    {"optimizer": rate(0.0075), "batch_size": "all", "epochs": 100},
    {"optimizer": rate(0.05, "momentum")},
    {"optimizer": rate(0.005, "nesterov")},
    {"optimizer": rate(0.001, "rmsprop")},
    {"optimizer": rate(0.001, "adamw"), "regularization": {"l2": 0.001}},
    {"optimizer": rate(0.001), "network": net()},
    {"optimizer": rate(0.0003, "adam"), "network": net()},
    {"network": net(100)},
    {"network": net(20, 10, activation="tanh"), "optimizer": rate(0.01)},
    {"network": net(20, 10, activation="tanh", initializer="xavier")},
    {"network": net(20, activation="sigmoid")},
    {"network": net(20, 10, activation="gelu")},
    {"network": net(30, 20, 20, 10, 10, activation="leaky_relu")},
    {"network": net(30, 20, 20, 10, 10)},
    {"network": net(40, 20, dropout=0.2)},
    {"network": net(40, 20, dropout=0.5)},
    {"network": net(40, initializer="glorot"), "normalization": "scale"},
    {"network": net(20, activation="tanh"), "normalization": "scale", "optimizer": rate(0.02)},
    {"schedule": {"kind": "cosine", "warmup_epochs": 3}},
    {"schedule": {"kind": "step", "every": 8}},
    {"schedule": {"kind": "exponential", "gamma": 0.9, "warmup_epochs": 6}},
    {"regularization": {"clip_norm": 1.0}},
    {"augmentation": {"flip": True, "shift": 2}},
    {"class_weights": "balanced"},
    {"validation_fraction": 0.2, "early_stopping": {"patience": 5}},
    {"precision": "float64", "seed": 2, "batch_size": 8},
]
AT_EASE_WITH_PHOTOGRAPHS = [HEALTHY[at] for at in (0, 1, 3, 5, 9, 12, 14, 16, 22)]


def severe_ones(patient: Dataset, spec: Json) -> set[tuple[int, str]]:
    """Every severe finding of a job, with the epoch after which the doctor had it."""
    seen = visit(patient, spec_of(**spec))
    return {
        (epoch, finding.code)
        for epoch in range(len(seen.epochs) + 1)
        for finding in examine(seen.epochs[:epoch], seen.spec, seen.statistics)
        if finding.severity == "severe"
    }


@pytest.mark.parametrize("spec", HEALTHY, ids=str)
def test_the_healthy_are_left_alone(spec: Json, request: pytest.FixtureRequest) -> None:
    assert severe_ones(request.getfixturevalue("sketches"), spec) == set()


@pytest.mark.parametrize("spec", AT_EASE_WITH_PHOTOGRAPHS, ids=str)
def test_the_healthy_are_left_alone_on_photographs(
    spec: Json, request: pytest.FixtureRequest
) -> None:
    assert severe_ones(request.getfixturevalue("course's pictures"), spec) == set()


@pytest.mark.parametrize("classes", [3, 5])
def test_more_classes_are_as_healthy(classes: int) -> None:
    patient = test_fit.pictures(rows=100, classes=classes)
    assert severe_ones(patient, {"optimizer": rate(0.01, "adam"), "batch_size": 10}) == set()


@pytest.mark.parametrize("classes", [3, 5])
def test_more_classes_stay_at_the_cost_of_their_number(classes: int) -> None:
    patient = test_fit.pictures(rows=60, classes=classes)
    found = visit(patient, spec_of(network=net(8, initializer="zeros"))).findings["not_learning"]
    assert found.evidence["guess"] == pytest.approx(math.log(classes), rel=1e-3)
    assert found.evidence["loss"] == pytest.approx(math.log(classes), rel=1e-2)
