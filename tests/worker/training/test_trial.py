"""A job before it is submitted: what is found out by beginning it."""

from functools import partial
from typing import Any

import pytest

from tests.worker.training.test_fit import pictures, plan_of
from worker.data.dataset import Dataset
from worker.errors import Diverged, Preempted
from worker.jsontypes import Json
from worker.nn.engines.cpu.engine import CpuEngine
from worker.training import trial_steps
from worker.training.gradient_check import GradientCheck
from worker.training.sizes import Sizes
from worker.training.time_estimate import seconds
from worker.training.trial import trial

MEASURED = ["opening", "starting", "training", "measuring", "proving"]


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial_steps, "LONG_S", 0.05)


def tried(dataset: Dataset, tell: Any, check: bool = True, **fields: Any) -> None:
    plan = plan_of(dataset, **{"network": {"hidden_units": [6]}, "batch_size": 16, **fields})
    engines = partial(CpuEngine, threads=1)
    trial(plan, dataset, tell, error_rate=None, engines=engines, threads=1, check_gradients=check)


def all_of(dataset: Dataset, **fields: Any) -> Json:
    """Everything that was told, one upon the other."""
    found: Json = {"phases": {}, "checks": []}

    def tell(more: Json) -> None:
        found["phases"] |= more.pop("phases", {})
        found["checks"] += more.pop("checks", [])
        found.update(more)

    tried(dataset, tell, **fields)
    return found


def test_every_phase_is_timed_and_every_check_made() -> None:
    found = all_of(pictures(), epochs=50, validation_fraction=0.2)
    assert [*found["phases"]] == MEASURED
    assert min(found["phases"].values()) > 0
    names = [check["name"] for check in found["checks"]]
    assert names == ["first_cost", "eight_rows", "dealt_labels"]
    assert sum(found["time_shares"]) == pytest.approx(1)
    assert len(found["time_shares"]) == 4


def test_pictures_are_tried_too() -> None:
    network = {"kind": "convolutional", "blocks": [{"filters": 3}], "batch_norm": True}
    found = all_of(pictures(), network=network, epochs=2, augmentation={"flip": True})
    assert [*found["phases"]] == MEASURED


def test_without_a_gradient_check_its_time_is_none() -> None:
    found = all_of(pictures(), check=False, epochs=2)
    assert "proving" not in found["phases"]
    assert "time_shares" not in found


def test_one_derivative_stands_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[int] = []

    def error(self: GradientCheck) -> float:
        compared.append(sum(map(len, self.places)))
        assert [len(own) for own in self.gradients] == [len(own) for own in self.places]
        return largest_error(self)

    largest_error = GradientCheck.largest_error
    monkeypatch.setattr(GradientCheck, "largest_error", error)
    all_of(pictures(), epochs=2)
    assert compared == [1]


def test_what_diverges_is_told_and_not_timed() -> None:
    told: list[Json] = []
    wild = {"kind": "sgd", "learning_rate": 1000.0}
    linear = {"hidden_units": [6], "activation": "identity"}
    with pytest.raises(Diverged):
        tried(pictures(), told.append, optimizer=wild, epochs=100_000, network=linear)
    assert [[*each] for each in told] == [["phases"], ["checks"]]
    [check] = told[1]["checks"]
    assert check["outcome"] == "failed"
    assert "no number" in check["said"]


def test_who_is_told_may_end_it() -> None:
    told: list[Json] = []

    def tell(more: Json) -> None:
        told.append(more)
        if len(told) == 2:
            raise Preempted("The worker was told to stop.")

    with pytest.raises(Preempted):
        tried(pictures(), tell)
    assert len(told) == 2


def test_all_that_is_timed_can_be_counted_too() -> None:
    job = Sizes(plan_of(pictures()), 1, True)
    assert {*MEASURED, "publishing"} == seconds(job).keys()
