"""Answers: pictures or rows in, probabilities out, by the model's own preprocessing."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from worker.data import json_rows
from worker.data.pictures.pixels import Pixels
from worker.data.tables import json_rows as table_rows
from worker.data.tables.preprocessing import TablePreprocessing
from worker.findings.finding import Finding
from worker.nn.arrays import Array
from worker.serving import pixel_range
from worker.serving.champions import Champions
from worker.serving.loaded_models import Loaded, LoadedModels
from worker.settings import Settings
from worker.store.store import Store


@dataclass(frozen=True)
class Prediction:
    """What a model says of one sample; `probabilities` are those of the most probable classes."""

    label: str
    probability: float
    probabilities: dict[str, float]


class Predictor:
    """Answers with the models of a store."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._most_rows = settings.max_predict_rows
        self._models = LoadedModels(store.models, settings)
        self._champions = Champions(store.aliases, self._models)

    def model(self, name: str, version: int | None) -> Loaded:
        """Returns this version of the model, or its champion, ready to answer.

        Raises:
            ModelNotFound: there is none.
            DamagedModel: its weights are not those that were published, or its aliases cannot be
                read.
            PreprocessingChanged: pictures become other pixels here than where it was trained.
        """
        return self._champions.get(name) if version is None else self._models.get(name, version)

    def of_samples(self, model: Loaded, samples: Sequence[Array], top: int) -> Iterator[Prediction]:
        """Yields a prediction for each decoded picture, (height, width, 3) in uint8, or for the
        features of each, (features,), with the probabilities of the `top` most probable classes."""
        step = model.rows_at_once
        blocks = (np.stack(samples[at : at + step]) for at in range(0, len(samples), step))
        return predictions(model, blocks, top)

    def of_rows(
        self, model: Loaded, body: bytes, top: int, warnings: list[Finding]
    ) -> Iterator[Prediction]:
        """Yields a prediction for each row of raw values in a JSON body, of a table by the names of
        its columns too. After the last, what is odd about the rows stands among the warnings.

        Raises:
            InvalidParameter: the body is no rows, or no rows for this model.
        """
        blocks: Iterable[Array]
        if isinstance(model.preprocessing, TablePreprocessing):
            blocks = table_rows.read(body, model.preprocessing, self._most_rows)
        else:
            numbers = json_rows.read(body, prod(model.shape), self._most_rows)
            pictures = model.preprocessing.kind == "picture"
            blocks = pixel_range.checked(numbers, warnings) if pictures else numbers
        return predictions(model, (piece for rows in blocks for piece in pieces(model, rows)), top)

    def pixels(self, model: Loaded, body: bytes, warnings: list[Finding]) -> list[Pixels]:
        """Returns the pictures, (height, width, 3), whose raw pixels are the rows of a JSON body.
        What is odd about the rows stands among the warnings then.

        Raises:
            InvalidParameter: the body is no rows, or a value is no whole number from 0 to 255.
        """
        rows = json_rows.read(body, prod(model.shape), self._most_rows)
        blocks = pixel_range.checked(rows, warnings, whole=True)
        return [row.astype(np.uint8).reshape(model.shape) for block in blocks for row in block]


def pieces(model: Loaded, rows: Array) -> Iterator[Array]:
    """Returns the rows, (m, …), so many at a time as fit through every layer in a little memory."""
    step = model.rows_at_once
    return (rows[at : at + step] for at in range(0, len(rows), step))


def predictions(model: Loaded, blocks: Iterable[Array], top: int) -> Iterator[Prediction]:
    """Yields one for each row of the blocks, (m, …), with the probabilities of the `top` most
    probable classes."""
    for block in blocks:
        for row in model.probabilities(block):
            yield prediction(model.classes, row, top)


def prediction(classes: Sequence[str], row: Array, top: int) -> Prediction:
    """Returns what these probabilities say, (k,). Of equal ones, the first class is the label."""
    best = int(row.argmax())
    if top >= len(classes):
        shown: Iterable[int] = range(len(classes))
    else:
        shown = np.argsort(-row, kind="stable")[:top].tolist()
    probabilities = {classes[index]: float(row[index]) for index in shown}
    return Prediction(classes[best], float(row[best]), probabilities)
