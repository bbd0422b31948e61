"""Answers: pictures or rows in, probabilities out, by the model's own preprocessing."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from worker.data.pictures.pixels import Pixels
from worker.errors import AliasNotFound, InvalidParameter
from worker.findings.finding import Finding
from worker.jsontypes import Json
from worker.nn.arrays import Array
from worker.serving import raw_rows
from worker.serving.at_once import pieces
from worker.serving.champions import Champions
from worker.serving.decisions import (
    SWITCHED_OFF,
    Decision,
    by_threshold,
    decisions,
)
from worker.serving.loaded_models import Loaded, LoadedModels
from worker.serving.recent import Recent
from worker.settings import Settings
from worker.store import operating_point
from worker.store.aliases import CHAMPION
from worker.store.operating_point import OperatingPoint
from worker.store.store import Store


@dataclass(frozen=True)
class Prediction:
    """What a model says of one sample; `probabilities` are those of the most probable classes,
    `decision`, `confidence` and `reason` are what is made of it."""

    label: str
    probability: float
    probabilities: dict[str, float]
    decision: str
    confidence: float | None
    reason: Json | None


class Predictor:
    """Answers with the models of a store."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store, self._aliases = store, store.aliases
        self._most_rows = settings.max_predict_rows
        self._models = LoadedModels(store.models, settings)
        self._champions = Champions(store.aliases, self._models)
        self._recent = Recent[tuple[Loaded, OperatingPoint]]()

    def model(self, name: str, version: int | None) -> Loaded:
        """Returns this version of the model, or its champion, ready to answer.

        Raises:
            ModelNotFound: there is none.
            DamagedModel: its weights are not those that were published, or its aliases cannot be
                read.
            PreprocessingChanged: pictures become other pixels here than where it was trained.
        """
        return self._champions.get(name) if version is None else self._models.get(name, version)

    def at_hand(self, name: str, alias: str) -> tuple[Loaded, OperatingPoint] | None:
        """Returns what `aliased` has returned a moment ago, without a look at the disk; None if it
        has to be asked."""
        return self._recent.get(name, alias)

    def forget(self, name: str) -> None:
        """Have the disk be asked again about a model, for it was changed."""
        self._recent.forget(name)

    def aliased(self, name: str, alias: str) -> tuple[Loaded, OperatingPoint]:
        """Returns the version of a model that an alias names, ready to answer as that wants it, and
        how that is.

        Raises:
            ModelNotFound: there is no such model.
            AliasNotFound: it has no such alias.
            DamagedModel: as `model` says.
        """
        named = self._aliases.of(name)
        point, version = named.operating_point(alias), named.version(alias)
        if version is None and alias != CHAMPION:
            newest = self._store.models.newest(name)
            raise AliasNotFound(
                f"No alias of {name} has the name {alias!r:.80}; its newest version is {newest}."
            )
        loaded = self.model(name, None if alias == CHAMPION else version)
        point = point.among(len(loaded.classes))  # another version may have come since it was set
        if not point.unsure:
            loaded = replace(loaded, unsure=loaded.unsure.never(SWITCHED_OFF))
        self._recent.keep(name, alias, (loaded, point))
        return loaded, point

    def of_samples(
        self,
        model: Loaded,
        samples: Sequence[Array],
        top: int,
        threshold: float | None = None,
    ) -> Iterator[Prediction]:
        """Yields a prediction for each decoded picture, (height, width, 3) in uint8, or for the
        features of each, (features,), with the probabilities of the `top` most probable classes.

        Args:
            threshold: as of `prediction`.
        """
        step = model.rows_at_once
        blocks = (np.stack(samples[at : at + step]) for at in range(0, len(samples), step))
        return (each for block in blocks for each in predictions(model, block, top, threshold))

    def of_rows(
        self,
        model: Loaded,
        body: bytes,
        top: int,
        warnings: list[Finding],
        threshold: float | None = None,
    ) -> Iterator[Prediction | InvalidParameter]:
        """Yields a prediction for each row of raw values in a body, in JSON or as a NumPy file, or
        in its place why it cannot be used. After the last, what is odd about the rows stands among
        the warnings.

        Raises:
            WorkerError: as `raw_rows.blocks` says.
        """
        for rows in raw_rows.blocks(model, body, self._most_rows, warnings):
            if isinstance(rows, InvalidParameter):
                yield rows
                continue
            for piece in pieces(rows, model.rows_at_once):
                yield from predictions(model, piece, top, threshold)

    def pixels(
        self, model: Loaded, body: bytes, warnings: list[Finding]
    ) -> list[Pixels | InvalidParameter]:
        """Returns the pictures, (height, width, 3), whose raw pixels are the rows of a body; in the
        place of a row with values that are no whole numbers from 0 to 255 why it cannot be used.
        What is odd about the rows stands among the warnings then.

        Raises:
            WorkerError: as `raw_rows.blocks` says.
        """
        found: list[Pixels | InvalidParameter] = []
        for rows in raw_rows.blocks(model, body, self._most_rows, warnings, whole=True):
            if isinstance(rows, InvalidParameter):
                found.append(rows)
            else:
                found += [row.astype(np.uint8).reshape(model.shape) for row in rows]
        return found


def predictions(
    model: Loaded, rows: Array, top: int, threshold: float | None = None
) -> Iterator[Prediction]:
    """Yields one for each of these rows, (m, …), with the probabilities of the `top` most probable
    classes."""
    hidden, probabilities = model.hidden_and_probabilities(rows)
    labels = labels_of(probabilities, threshold)
    unsure = by_threshold(model.unsure, threshold)
    made = decisions(unsure, model.classes, hidden, probabilities, labels)
    for row, label, decision in zip(probabilities, labels.tolist(), made, strict=True):
        yield prediction(model.classes, row, top, label, decision)


def labels_of(probabilities: Array, threshold: float | None) -> Array:
    """Returns the number of the class that each answer names, (m,). Of equally probable ones, it is
    the first.

    Args:
        probabilities: of each class, (m, k).
        threshold: of two classes, the probability from which on the second is the label.
    """
    found: Array = probabilities.argmax(axis=1)
    return found if threshold is None else (probabilities[:, 1] >= threshold).astype(int)


def prediction(
    classes: Sequence[str], row: Array, top: int, label: int, decision: Decision
) -> Prediction:
    """Returns what these probabilities say, (k,), and what is made of that."""
    if top >= len(classes):
        shown: Iterable[int] = range(len(classes))
    else:
        shown = np.argsort(-row, kind="stable")[:top].tolist()
    probabilities = {classes[index]: float(row[index]) for index in shown}
    return Prediction(classes[label], float(row[label]), probabilities, *decision)


def check_threshold(model: Loaded, threshold: float | None) -> None:
    """Check whether a model can answer by a threshold.

    Raises:
        InvalidParameter: it has other than two classes.
    """
    operating_point.check_threshold(threshold, model.name, len(model.classes))
