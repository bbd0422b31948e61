"""What a finished network is worth on each split, and when its answers are unsure."""

import json
from typing import NamedTuple

import numpy as np

from worker.data.dataset import Split
from worker.jsontypes import Json
from worker.nn.arrays import Array
from worker.nn.losses import Loss
from worker.nn.network import Network
from worker.training import familiarity, threshold_curve
from worker.training.calibration import calibrated
from worker.training.evaluate import (
    Answers,
    Look,
    away,
    cut,
    fitted_temperature,
    measures,
    rows_of,
)
from worker.training.familiarity import Acquaintance, Familiarity, Tensors
from worker.training.unsure import (
    ALIKE,
    NO_ROWS,
    NOT_WANTED,
    PIXELS,
    TOO_LARGE,
    Off,
    Unsure,
    fitted,
    outcome,
)


class Measured(NamedTuple):
    """What is known of a model.

    Attributes:
        result: the measures of each split.
        answers: for the rows of each split that has any.
        unsure: when its answers are unsure.
        curves: by the names of the splits for validation and test, what comes of each threshold;
            of two classes only.
    """

    result: Json
    answers: dict[str, Answers]
    unsure: Unsure
    curves: Json

    @property
    def files(self) -> dict[str, Tensors | bytes]:
        """What of it is kept in files of the model, by their names."""
        found: dict[str, Tensors | bytes] = {}
        if self.unsure.familiarity is not None:
            found[familiarity.FILE] = self.unsure.familiarity.tensors()
        if self.curves:
            found[threshold_curve.FILE] = json.dumps(self.curves).encode()
        return found


class Model(NamedTuple):
    """What is measured: a network that takes raw rows, its loss, and the classes."""

    network: Network
    loss: Loss
    classes: list[str]

    def answers(self, split: Split, look: Look = away) -> Answers:
        """What it says of the rows of a split, while somebody looks on."""
        return Answers(self.network, self.loss, split, len(self.classes), look)


class Splits(NamedTuple):
    """The rows by which familiarity is told, those by which all else is chosen, if there are any,
    and those by which nothing is."""

    train: Split
    validation: Split | None
    test: Split | None


class Rows:
    """What is kept of each row of a split while a network answers for it.

    Attributes:
        logits: (m, k); none, unless a temperature is to be fitted on them.
        sure: how confident each answer is, (m,); only once a temperature is known.
        distances: from the rows that were learned from, (m,); 0 where none can be told.
        answers: all else.
    """

    def __init__(
        self,
        model: Model,
        split: Split,
        known: Familiarity | Off,
        temperature: float | None = None,
        *,
        to_be_fitted: bool = False,
    ) -> None:
        rows, units = len(split), model.loss.units(len(model.classes))
        self.logits = np.empty((rows if to_be_fitted else 0, units))
        self.sure, self.distances = np.zeros(rows), np.zeros(rows)
        self._loss, self._known, self._temperature, self._at = model.loss, known, temperature, 0
        self.answers = model.answers(split, self._look)

    def _look(self, hidden: Array, logits: Array) -> None:
        rows = slice(self._at, self._at + len(logits))
        self._at = rows.stop
        if isinstance(self._known, Familiarity):
            self.distances[rows] = self._known.distances(hidden)
        if len(self.logits):
            self.logits[rows] = logits
        if self._temperature is not None:
            self.sure[rows] = self._confidences(logits, self._temperature)

    def calibrate(self, temperature: float) -> None:
        """Tell how sure each answer is, by the logits that were kept."""
        self.sure = self._confidences(self.logits, temperature)

    def _confidences(self, logits: Array, temperature: float) -> Array:
        """Some at a time: probabilities of many classes take as much memory as the logits."""
        found = np.empty(len(logits))
        for rows in cut(len(logits), rows_of(logits)):
            probabilities = self._loss.probabilities(logits[rows])
            found[rows] = calibrated(probabilities, temperature).max(axis=1)
        return found

    @property
    def judged(self) -> tuple[Array, Array, Array]:
        """By what answers are told to be unsure, and whether they are right."""
        return self.sure, self.answers.right, self.distances

    def curve(self) -> Json:
        """What comes of each threshold, of two classes."""
        scores = self._loss.probabilities(self.answers.scores[:, None])[:, 1]
        return threshold_curve.of_rows(scores, self.answers.labels)


def measured(model: Model, splits: Splits, error_rate: float | None) -> Measured:
    """What the model is worth on each split, how far to trust its probabilities, and when its
    answers are unsure.

    Args:
        error_rate: of the answers that are decided, the largest share that may be wrong; None where
            no answer is to be unsure.
    """
    train, kept_out, test = splits
    learned, known = acquainted(model, train, bool(kept_out) and error_rate is not None)
    unsure = Unsure(error_rate, off=NOT_WANTED if error_rate is None else NO_ROWS)
    seen = dict[str, Rows]()
    if kept_out:
        seen["validation"] = Rows(model, kept_out, known, to_be_fitted=True)
        unsure = chosen(model, seen["validation"], error_rate, known)
    if test:
        seen["test"] = Rows(model, test, known, unsure.temperature)
    answers = {"train": learned, **{name: rows.answers for name, rows in seen.items()}}
    result: Json = dict.fromkeys(splits._fields)
    result |= {name: measures(each, model.classes) for name, each in answers.items()}
    if kept_out:
        result["temperature"] = unsure.temperature
    if test:
        result["test"]["unsure"] = outcome(unsure, *seen["test"].judged)
    curves = {name: rows.curve() for name, rows in seen.items() if len(model.classes) == 2}
    return Measured(result, answers, unsure, curves)


def acquainted(model: Model, train: Split, wanted: bool) -> tuple[Answers, Familiarity | Off]:
    """What is answered for the training rows; and what is familiar from them, if that is wanted,
    or why it cannot be told."""
    weights = [layer.params[0] for layer in model.network.layers if layer.params]
    if not wanted:
        return model.answers(train), NOT_WANTED
    if len(weights) == 1 and not train.floats:
        return model.answers(train), PIXELS
    met = Acquaintance(len(weights[-1]), train.y, len(model.classes))
    answers = model.answers(train, lambda hidden, logits: met.add(hidden))
    return answers, met.familiarity() or (ALIKE if met.finite else TOO_LARGE)


def chosen(model: Model, rows: Rows, error_rate: float | None, known: Familiarity | Off) -> Unsure:
    """What is chosen by the validation rows, whose logits were kept."""
    labels = rows.answers.labels
    temperature = fitted_temperature(rows.logits, model.loss, labels, len(model.classes))
    if error_rate is None:
        return Unsure(None, len(labels), temperature, off=NOT_WANTED)
    rows.calibrate(temperature)
    return fitted(error_rate, temperature, known, *rows.judged)
