"""Networks that are trained for the doctor to look at, and the words of their specs."""

import math
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from tests.worker.training.watching import RecordingWatcher
from worker.data.dataset import Dataset, Split
from worker.doctor.chart import Statistics
from worker.doctor.examination import examine
from worker.doctor.outcome import Outcome
from worker.doctor.remedies import FITTING
from worker.errors import Diverged
from worker.findings.finding import Finding
from worker.jsontypes import Json
from worker.spec import JobSpec
from worker.training.devices import Engines
from worker.training.fit import Trained, train

ID = "ds_" + "0" * 32


def dataset(train_x: Any, train_y: Any, test_x: Any, test_y: Any) -> Dataset:
    splits = {"train": Split.whole(train_x, train_y), "test": Split.whole(test_x, test_y)}
    return Dataset(ID, "", ["other", "cat"], list(train_x.shape[1:]), {}, splits)


def with_train(whole: Dataset, split: Split) -> Dataset:
    return replace(whole, splits={**whole.splits, "train": split})


def uneven(whole: Dataset) -> Dataset:
    """With so few cats that it pays to forget them."""
    rows = whole.train
    cats = np.flatnonzero(rows.y == 1)[15:]
    return with_train(whole, Split.whole(np.delete(rows.x, cats, 0), np.delete(rows.y, cats)))


def framed(whole: Dataset) -> Dataset:
    """With a black edge around every picture."""
    x = whole.train.x.copy()
    x[:, 0] = x[:, -1] = 0
    return with_train(whole, Split.whole(x, whole.train.y))


@dataclass(frozen=True)
class Visit:
    """A job, as the doctor sees it at its end."""

    spec: JobSpec
    epochs: list[Json]
    statistics: Statistics
    trained: Trained | None

    @property
    def outcome(self) -> Outcome | None:
        if self.trained is None:
            return None
        classes = [*self.trained.result["train"]["per_class"]]
        return Outcome(self.trained.ended_by, self.trained.result, classes)

    @property
    def findings(self) -> dict[str, Finding]:
        found = examine(self.epochs, self.spec, self.statistics, self.outcome)
        return {finding.code: finding for finding in found}

    @property
    def cost(self) -> float:
        return float(self.epochs[-1]["loss"])

    @property
    def validation_cost(self) -> float:
        """Of the weights that the job ends with."""
        assert self.trained is not None
        return float(self.trained.result["validation"]["loss"])

    @property
    def trained_cost(self) -> float:
        """On the training rows, of the weights that the job ends with."""
        return math.inf if self.trained is None else float(self.trained.result["train"]["loss"])

    @property
    def unseen_cost(self) -> float:
        """On the test rows."""
        return math.inf if self.trained is None else float(self.trained.result["test"]["loss"])

    @property
    def missed_cats(self) -> float:
        assert self.trained is not None
        return 1 - float(self.trained.result["train"]["per_class"]["cat"]["recall"])


def visit(patient: Dataset, spec: JobSpec, engines: Engines | None = None) -> Visit:
    watcher, trained = RecordingWatcher(), None
    with suppress(Diverged):
        trained = train(spec, patient, watcher, engines=engines)
    assert watcher.statistics is not None
    return Visit(spec, [asdict(epoch) for epoch in watcher.epochs], watcher.statistics, trained)


def spec_of(**fields: Any) -> JobSpec:
    return JobSpec.model_validate({"dataset": ID, "epochs": 20, "batch_size": 32, **fields})


def patched(spec: JobSpec, patch: list[Json]) -> JobSpec:
    """RFC 6902, as far as the doctor needs it."""
    body = spec.model_dump(mode="json")
    for change in patch:
        assert change["op"] == "replace"
        *folders, name = change["path"].removeprefix("/").split("/")
        place = body
        for folder in folders:
            place = place[folder]
        assert name in place
        place[name] = change["value"]
    return JobSpec.model_validate(body)


def net(*hidden: int, activation: str = "relu", **more: Any) -> Json:
    fitting = {"initializer": FITTING[activation]}
    return {"hidden_units": list(hidden), "activation": activation, **fitting, **more}


def rate(learning_rate: float, kind: str = "sgd") -> Json:
    return {"kind": kind, "learning_rate": learning_rate}


GOOD = Statistics(
    train_per_class=[100, 100],
    test_rows=200,
    input_mean=0.0,
    input_deviation=1.0,
    constant_features=0,
)


def record(epoch: int, loss: float = 0.69, **signs: Any) -> Json:
    """An epoch of ten steps of a healthy network of two hidden layers."""
    hidden = {"weight_norm": 4.0, "update_ratio": 0.003, "saturated": 0.0, "dead": 0.0}
    layers = [{**hidden, **signs}, {**hidden, **signs}, {"weight_norm": 2.0, "update_ratio": 0.003}]
    known = {"validation_loss": None, "gradient_norms": [1.0, 0.5, 0.5], "layers": layers}
    return {"epoch": epoch, "step": 10 * epoch, "loss": loss, **known}


def records(losses: list[float], **signs: Any) -> list[Json]:
    return [record(at, loss, **signs) for at, loss in enumerate(losses, 1)]


def codes(seen: list[Json], data: Statistics = GOOD, **spec: Any) -> list[str]:
    return [finding.code for finding in examine(seen, spec_of(**spec), data)]
