"""Answers: pictures or rows in, probabilities out, by the model's own preprocessing."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np

from worker import build
from worker.data.images import Preprocessing, decode
from worker.errors import InvalidParameter, ModelNotFound, WorkerError
from worker.nn.backend import Array
from worker.nn.losses import Loss, loss_for
from worker.nn.network import Network
from worker.settings import Settings
from worker.store import Store

Json = dict[str, Any]


@dataclass(frozen=True)
class Loaded:
    """A model ready to answer."""

    name: str
    version: int
    classes: list[str]
    shape: list[int]
    preprocessing: Preprocessing
    network: Network
    loss: Loss

    def answer(self, x: Array) -> Json:
        """What the model says of raw rows, (m, …)."""
        # float64, so that an answer does not depend on the rows that were sent along with it.
        probabilities = self.loss.probabilities(self.network.logits(x.astype("float64")))
        return {
            "model": self.name,
            "version": self.version,
            "predictions": [self._prediction(row) for row in probabilities.tolist()],
        }

    def _prediction(self, row: list[float]) -> Json:
        probabilities = dict(zip(self.classes, row, strict=True))
        label = max(probabilities, key=probabilities.__getitem__)
        return {"label": label, "probability": probabilities[label], "probabilities": probabilities}


class Predictor:
    """Answers with the models of a store, of which it keeps the last few loaded."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store, self._settings = store, settings
        self._loaded: OrderedDict[tuple[str, int], Loaded] = OrderedDict()
        self._lock = Lock()

    def newest(self) -> str:
        """The name of the model whose newest version was published last."""
        names = self._store.model_names()
        if not names:
            raise ModelNotFound("No model was trained yet. Post a job first.")
        return max(names, key=self._published)

    def pictures(self, name: str, version: int | None, encoded: Sequence[bytes]) -> Json:
        """One prediction for each encoded picture."""
        model = self._model(name, version)
        x = np.empty((len(encoded), *model.shape), "uint8")
        for index, picture in enumerate(encoded):
            try:
                x[index] = self._decoded(picture, model.preprocessing)
            except WorkerError as error:
                error.pointer = f"/image/{index}"
                raise
        return model.answer(x)

    def rows(self, name: str, version: int | None, rows: Sequence[Sequence[float]]) -> Json:
        """One prediction for each row of raw values, in the order of the training data."""
        model = self._model(name, version)
        features = int(np.prod(model.shape))
        for index, row in enumerate(rows):
            if len(row) != features:
                raise InvalidParameter(
                    f"Expected {features} numbers in each row, got {len(row)}. Send the values of "
                    f"shape {model.shape} in row-major order, as in training.",
                    f"/rows/{index}",
                )
        return model.answer(np.array(rows, dtype="float64"))

    def _decoded(self, picture: bytes, preprocessing: Preprocessing) -> Array:
        return decode(
            picture,
            preprocessing,
            max_bytes=self._settings.max_image_bytes,
            max_pixels=self._settings.max_image_pixels,
        )

    def _published(self, name: str) -> str:
        versions = self._store.versions(name)
        return self._store.model_manifest(name, versions[-1])["created_at"] if versions else ""

    def _model(self, name: str, version: int | None) -> Loaded:
        if version is None:
            versions = self._store.versions(name)
            if not versions:
                raise ModelNotFound(f"No model has the name {name}.")
            version = versions[-1]
        with self._lock:
            if (name, version) not in self._loaded:
                self._loaded[name, version] = self._load(name, version)
                if len(self._loaded) > self._settings.models_in_memory:
                    self._loaded.popitem(last=False)
            self._loaded.move_to_end((name, version))
            return self._loaded[name, version]

    def _load(self, name: str, version: int) -> Loaded:
        manifest = self._store.model_manifest(name, version)
        tensors = self._store.tensors(name, version)
        wide = {key: tensor.astype("float64") for key, tensor in tensors.items()}
        return Loaded(
            name=name,
            version=version,
            classes=manifest["classes"],
            shape=manifest["shape"],
            preprocessing=Preprocessing.from_dict(manifest["preprocessing"]),
            network=build.network_of(wide, manifest["spec"]["network"]["activation"]),
            loss=loss_for(len(manifest["classes"])),
        )
