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
    Look,
    away,
    cut,
    evaluate,
    fitted_temperature,
    rows_of,
)
from worker.training.familiarity import Acquaintance, Familiarity, Tensors
from worker.training.unsure import ALIKE, NO_ROWS, NOT_WANTED, PIXELS, Off, Unsure, fitted, outcome


class Measured(NamedTuple):
    """What is known of a model.

    Attributes:
        result: the measures of each split.
        unsure: when its answers are unsure.
        curves: by the names of the splits for validation and test, what comes of each threshold;
            of two classes only.
    """

    result: Json
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

    def evaluated(self, split: Split, look: Look = away) -> Json | None:
        """The measures of a split, while somebody looks on."""
        return evaluate(self.network, self.loss, split, self.classes, look)


class Rows:
    """What is kept of each row of a split while it is measured.

    Attributes:
        logits: (m, k); none, where a temperature is known already.
        sure: how confident each answer is, (m,); only once a temperature is known.
        right: whether it is right, (m,).
        scores: the probability of the last class, (m,).
        labels: the class of each row, (m,).
        distances: from the rows that were learned from, (m,); 0 where none can be told.
    """

    def __init__(
        self,
        model: Model,
        split: Split,
        known: Familiarity | Off,
        temperature: float | None = None,
    ) -> None:
        rows, units = len(split), model.loss.units(len(model.classes))
        self.logits = np.empty((rows if temperature is None else 0, units))
        self.sure, self.right = np.zeros(rows), np.zeros(rows, bool)
        self.scores, self.distances = np.zeros(rows), np.zeros(rows)
        self.labels, self._loss, self._at = split.y, model.loss, 0
        self._known, self._temperature = known, temperature

    def look(self, hidden: Array, logits: Array, labels: Array) -> None:
        """Keep what is wanted of the next rows."""
        place = slice(self._at, self._at + len(logits))
        self._at = place.stop
        probabilities = self._loss.probabilities(logits)
        self.scores[place] = probabilities[:, -1]
        self.right[place] = self._loss.answers(logits) == labels
        if self._temperature is None:
            self.logits[place] = logits
        else:
            self.sure[place] = calibrated(probabilities, self._temperature).max(axis=1)
        if isinstance(self._known, Familiarity):
            self.distances[place] = self._known.distances(hidden)

    def calibrate(self, temperature: float) -> None:
        """Tell how sure each answer is, by the logits that were kept."""
        for rows in cut(len(self.logits), rows_of(self.logits)):
            probabilities = self._loss.probabilities(self.logits[rows])
            self.sure[rows] = calibrated(probabilities, temperature).max(axis=1)

    def curve(self) -> Json:
        return threshold_curve.of_rows(self.scores, self.labels)


def measured(
    model: Model,
    train: Split,
    kept_out: Split | None,
    test: Split | None,
    error_rate: float | None,
) -> Measured:
    """What the model is worth on each split, how far to trust its probabilities, and when its
    answers are unsure.

    Args:
        train: by which familiarity is told.
        kept_out: by which all else is chosen, if there are such rows.
        test: by which nothing is.
        error_rate: of the answers that are decided, the largest share that may be wrong; None where
            no answer is to be unsure.
    """
    wanted = error_rate is not None and bool(kept_out)
    learned, known = acquainted(model, train, wanted)
    result: Json = {"train": learned, "validation": None, "test": None}
    unsure, seen = Unsure(error_rate, off=NO_ROWS if error_rate else NOT_WANTED), {}
    if kept_out:
        rows = seen["validation"] = Rows(model, kept_out, known)
        result["validation"] = model.evaluated(kept_out, rows.look)
        unsure = chosen(model, rows, error_rate, known)
        result["temperature"] = unsure.temperature
    if test:
        rows = seen["test"] = Rows(model, test, known, unsure.temperature)
        result["test"] = model.evaluated(test, rows.look)
        result["test"] |= {"unsure": outcome(unsure, rows.sure, rows.right, rows.distances)}
    two = len(model.classes) == 2
    return Measured(result, unsure, {name: rows.curve() for name, rows in seen.items() if two})


def acquainted(model: Model, train: Split, wanted: bool) -> tuple[Json | None, Familiarity | Off]:
    """The measures of the training rows; and what is familiar from them, if that is wanted, or why
    it cannot be told."""
    weights = [layer.params[0] for layer in model.network.layers if layer.params]
    if not wanted:
        return model.evaluated(train), NOT_WANTED
    if len(weights) == 1 and not train.floats:
        return model.evaluated(train), PIXELS
    met = Acquaintance(len(weights[-1]), len(model.classes))
    learned = model.evaluated(train, lambda hidden, logits, labels: met.add(hidden, labels))
    return learned, met.familiarity() or ALIKE


def chosen(model: Model, rows: Rows, error_rate: float | None, known: Familiarity | Off) -> Unsure:
    """What is chosen by the validation rows, whose logits were kept."""
    labels, classes = rows.labels, len(model.classes)
    temperature = fitted_temperature(rows.logits, model.loss, labels, classes)
    if error_rate is None:
        return Unsure(None, len(labels), temperature, off=NOT_WANTED)
    rows.calibrate(temperature)
    return fitted(error_rate, temperature, rows.sure, rows.right, known, rows.distances)
