"""Which rows a model has learned from are most like a sample, as they come to its last layer."""

from collections import OrderedDict
from collections.abc import Iterator
from threading import Lock
from typing import NamedTuple

import numpy as np

from worker.data.dataset import Split
from worker.errors import DatasetNotFound
from worker.nn.arrays import Array
from worker.serving.loaded_models import Loaded
from worker.store.features import Form, Key
from worker.store.store import Store

MOST_ROWS = 5_000  # of a dataset, spread evenly over it
MOST_BYTES = 64 * 2**20  # of what comes to the last layer of a model for them
KEPT = 4  # models of which that is kept
FORMS: tuple[Form, ...] = ("plain", "both")


class Neighbour(NamedTuple):
    """A row to train on.

    Attributes:
        row: its number, from 0.
        label, name: its class, and that of its file in the upload, if it was one.
        similarity: the cosine between what comes to the last layer for it and for the sample.
    """

    row: int
    label: str
    name: str | None
    similarity: float


class Nearest(NamedTuple):
    """The rows that are most like a sample, the most alike first.

    Attributes:
        dataset: the id of the one that has them.
        compared, rows: how many the sample was compared with, of how many there are.
    """

    dataset: str
    compared: int
    rows: int
    found: list[Neighbour]


class Seen(NamedTuple):
    """Rows to train on as they come to the last layer.

    Attributes:
        row: their numbers, (m,).
        directions: of length 1, (m, n).
    """

    row: Array
    directions: Array


class TrainingRows:
    """The rows from which the models of a store have learned, as these see them. That is computed
    when it is first asked for, and kept for the models that were asked last."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen: OrderedDict[tuple[str, int], Seen] = OrderedDict()
        self._lock = Lock()

    def nearest(self, model: Loaded, sample: Array, count: int) -> Nearest | None:
        """Returns the rows that are most like a sample, as the network of a model takes it; None
        where they are not there any more."""
        try:
            return self._nearest(model, sample, count)
        except (DatasetNotFound, FileNotFoundError):  # deleted, before or meanwhile
            return None

    def _nearest(self, model: Loaded, sample: Array, count: int) -> Nearest | None:
        dataset = self._store.models.manifest(model.name, model.version)["dataset"]["id"]
        if (split := self._split(model, dataset)) is None:
            return None
        seen = self._seen_by(model, split)
        alike = seen.directions @ directions(model, sample[None])[0]
        names, classes = self._store.datasets.rows(dataset, "train"), model.classes
        best = np.argsort(-alike, kind="stable")[:count]
        found = [
            Neighbour(row, classes[split.y[row]], names.name(row), float(alike[at]))
            for at in best.tolist()
            for row in [int(seen.row[at])]
        ]
        return Nearest(dataset, len(seen.row), len(split), found)

    def _split(self, model: Loaded, dataset_id: str) -> Split | None:
        """The rows as the network of the model takes them."""
        dataset, features = self._store.datasets.mapped(dataset_id), self._store.features
        if model.backbone is None:
            return dataset.train
        for form in FORMS:
            key = Key(dataset_id, model.backbone, form)
            if features.manifest(key) is not None:
                return features.of(dataset, key).train
        return None

    def _seen_by(self, model: Loaded, split: Split) -> Seen:
        key = model.name, model.version
        with self._lock:
            if key in self._seen:
                self._seen.move_to_end(key)
                return self._seen[key]
        seen = seen_by(model, split)
        with self._lock:
            self._seen[key] = seen
            while len(self._seen) > KEPT:
                self._seen.popitem(last=False)
        return seen


def seen_by(model: Loaded, split: Split) -> Seen:
    """Returns rows of a split, spread evenly over it, as they come to the last layer of a model."""
    width = directions(model, split.samples(slice(0, 1))).nbytes
    most = max(1, min(len(split), MOST_ROWS, MOST_BYTES // width))
    row = np.arange(most) * len(split) // most
    return Seen(row, np.concatenate([*blocks(model, split, row)]))


def blocks(model: Loaded, split: Split, row: Array) -> Iterator[Array]:
    for at in range(0, len(row), model.rows_at_once):
        yield directions(model, split.samples(row[at : at + model.rows_at_once]))


def directions(model: Loaded, samples: Array) -> Array:
    """Returns what comes to the last layer for samples, (m, …), divided by its length, (m, n)."""
    hidden, _ = model.hidden_and_probabilities(samples)
    rows = hidden.reshape(len(hidden), -1)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    found: Array = (rows / np.where(lengths > 0, lengths, 1)).astype("float32")
    return found
