from pathlib import Path

import numpy as np
import pytest

from worker.errors import DamagedModel
from worker.nn.arrays import Array
from worker.serving.decisions import (
    THRESHOLD,
    TRAINED_BEFORE,
    Decision,
    by_threshold,
    decisions,
    told,
    unsure_of,
)
from worker.store.store import Store
from worker.training import familiarity
from worker.training.decision_limits import FarFromTraining, LowConfidence
from worker.training.familiarity import Acquaintance
from worker.training.unsure import NO_ROWS, PIXELS, Unsure

CLASSES = ["other", "cat"]


def fitted() -> Unsure:
    rng = np.random.default_rng(1)
    met = Acquaintance(3, np.arange(200) % 2, 2)
    met.add(rng.normal(size=(200, 3)))
    low, far = LowConfidence(0.8, 90, 1, 0.04), FarFromTraining(5.0, 0.01, 3)
    return Unsure(0.05, 100, 2.0, low, far, None, met.familiarity())


def made(unsure: Unsure, *second: float, hidden: Array | None = None) -> list[Decision]:
    """What is made of answers of which the second class is so probable."""
    probabilities = np.array([[1 - each, each] for each in second])
    rows = np.zeros((len(second), 3)) if hidden is None else hidden
    labels = probabilities.argmax(axis=1)
    return list(decisions(unsure, CLASSES, rows, probabilities, labels))


def test_a_confidence_is_calibrated_and_one_below_the_limit_is_unsure() -> None:
    # Of the temperature 2, odds become their roots.
    sure, less = made(fitted(), 1 - 1 / 26, 0.1)
    assert (sure.decision, sure.reason, less.decision) == ("cat", None, "unsure")
    assert [sure.confidence, less.confidence] == pytest.approx([5 / 6, 3 / 4])
    assert less.reason is not None
    assert less.reason["code"] == "low_confidence"
    assert "0.7500" in less.reason["detail"]


def test_what_is_far_is_unsure_however_confident_the_answer() -> None:
    hidden = np.array([[0.0, 0, 0], [40, 0, 0], [np.nan, 0, 0]])
    near, far, no_number = made(fitted(), 0.999, 0.999, 0.51, hidden=hidden)
    assert near.decision == "cat"
    for each in (far, no_number):
        assert each.decision == "unsure"
        assert each.reason is not None
        assert each.reason["code"] == "far_from_training"


def test_where_nothing_was_fitted_the_label_is_the_decision() -> None:
    assert made(Unsure(off=NO_ROWS), 0.51) == [Decision("cat", None, None)]


def test_a_threshold_decides_in_the_place_of_the_confidence_but_not_of_the_distance() -> None:
    unsure = by_threshold(fitted(), 0.3)
    assert made(unsure, 0.6)[0].decision == "cat"
    assert made(unsure, 0.6, hidden=np.full((1, 3), 40.0))[0].decision == "unsure"
    assert told(unsure) == {
        "enabled": True, "reason": "threshold", "detail": THRESHOLD.detail, "error_rate": None,
        "lowest_confidence": None, "farthest_from_training": 5.0,
    }  # fmt: skip
    assert by_threshold(fitted(), None).low is not None
    assert by_threshold(Unsure(off=NO_ROWS), 0.3).off == NO_ROWS


def test_a_version_is_unsure_as_it_was_when_it_was_published(tmp_path: Path) -> None:
    models, unsure = Store(tmp_path).models, fitted()
    assert unsure.familiarity is not None
    others = {familiarity.FILE: unsure.familiarity.tensors()}
    about = {"job": "job_1", "unsure": unsure.as_dict()}
    models.publish("cats", 1, {"W1": np.ones(1)}, about, {}, others=others)
    again = unsure_of(models, models.manifest("cats", 1))
    assert again.as_dict() == unsure.as_dict()
    assert again.familiarity is not None
    hidden = np.eye(3)
    assert (again.familiarity.distances(hidden) == unsure.familiarity.distances(hidden)).all()
    (tmp_path / "models" / "cats" / "1" / familiarity.FILE).write_bytes(b"another")
    with pytest.raises(DamagedModel, match=familiarity.FILE):
        unsure_of(models, models.manifest("cats", 1))


def test_one_limit_alone_says_why_there_is_no_other(tmp_path: Path) -> None:
    models = Store(tmp_path).models
    unsure = Unsure(0.05, 100, 2.0, LowConfidence(0.8, 90, 1, 0.04), None, PIXELS)
    about = {"job": "job_1", "unsure": unsure.as_dict()}
    models.publish("cats", 1, {"W1": np.ones(1)}, about, {})
    assert unsure_of(models, models.manifest("cats", 1)) == unsure
    assert told(unsure)["reason"] == "pixels_alone"
    assert told(unsure)["enabled"]


def test_a_version_from_before_says_so(tmp_path: Path) -> None:
    models = Store(tmp_path).models
    assert unsure_of(models, {}).off == TRAINED_BEFORE
