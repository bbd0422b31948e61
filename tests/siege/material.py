"""What the service has in store when it is attacked: made by it wherever it can make it."""

import io
import json
import time
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.siege.subject import Subject
from tests.siege.wire import Wire, request
from worker.data import sketches
from worker.data.hdf5 import reader
from worker.jsontypes import Json
from worker.store.store import Store

BINARY = "application/octet-stream"
FINAL = ("succeeded", "failed", "cancelled")
PATIENCE_S = 120.0
CLASSES, NAME_CHARACTERS = 1_000, 256  # the most that a dataset may have
HEAVY_BYTES = 75_000_000


class Material:
    """Datasets, jobs and models of one service; each is made when it is first asked for.

    Attributes:
        folder: for files that are sent.
    """

    def __init__(self, subject: Subject, wire: Wire, folder: Path) -> None:
        self._subject, self._wire, self.folder = subject, wire, folder

    @cached_property
    def store(self) -> Store:
        """The service's own files, for what would take it long to make."""
        return Store(self._subject.data)

    @cached_property
    def drawings(self) -> list[Path]:
        """Files that make a small dataset."""
        drawn = sketches.draw(seed=1, train_rows=80, test_rows=20)
        files = [self.folder / "train.h5", self.folder / "test.h5"]
        reader.write(files[0], "train", drawn.train_x, drawn.train_y, list(sketches.CLASSES))
        reader.write(files[1], "test", drawn.test_x, drawn.test_y, list(sketches.CLASSES))
        return files

    @cached_property
    def picture(self) -> bytes:
        """One that anybody might ask about."""
        return png(sketches.draw(seed=2, train_rows=1, test_rows=1).train_x[0])

    @cached_property
    def dataset(self) -> str:
        return self.ready(self.upload(self.drawings[0].read_bytes()))

    @cached_property
    def job(self) -> str:
        """One that has succeeded; its model is called `small`."""
        return self.trained({**self.spec("small"), "epochs": 8})

    def spec(self, model: str) -> Json:
        """Of a job that is quickly done with an epoch."""
        return {"dataset": self.dataset, "model": model, "recipe": "classic"}

    @cached_property
    def wide_dataset(self) -> str:
        """One of as many classes as there may be, with names as long as they may be."""
        path, labels = self.folder / "wide.h5", np.arange(2 * CLASSES) % CLASSES
        pixels = np.random.default_rng(1).integers(0, 256, (2 * CLASSES, 1, 1, 3), np.uint8)
        names = [f"{number:0{NAME_CHARACTERS}}" for number in range(CLASSES)]
        reader.write(path, "train", pixels, labels, names)
        return self.ready(self.upload(path.read_bytes()))

    @cached_property
    def wide_job(self) -> str:
        """Trained on that; its model is called `wide`."""
        return self.trained(self.wide_spec("wide"))

    def wide_spec(self, model: str) -> Json:
        network = {"hidden_units": [4]}
        return {"dataset": self.wide_dataset, "model": model, "network": network, "epochs": 1}

    @cached_property
    def heavy_model(self) -> str:
        """A model whose weights are a large file."""
        return self.published("heavy", 1, HEAVY_BYTES)

    @cached_property
    def _manifest(self) -> Json:
        assert self.job
        return self.store.models.manifest("small", 1)

    def published(self, name: str, version: int, size_bytes: int = 0) -> str:
        """A model like `small`, its first layer so large that all weights are so many bytes."""
        width = max(1, size_bytes // 4 // 12_288)
        random = np.random.default_rng(1)
        tensors: dict[str, NDArray[Any]] = {
            "W1": random.standard_normal((12_288, width), np.float32) / 128,
            "b1": np.zeros(width, np.float32),
            "W2": random.standard_normal((width, 1), np.float32),
            "b2": np.zeros(1, np.float32),
        }
        about = {key: self._manifest[key] for key in self._manifest if key != "digest"}
        self.store.models.publish(name, version, tensors, about, {})
        return name

    def copies(self, name: str, count: int) -> None:
        """So many models that differ in their names alone."""
        original = self._subject.data / "models" / name / "1"
        for number in range(count):
            copy = original.parents[1] / f"{name}-{number:05}" / "1"
            copy.mkdir(parents=True)
            for file in original.iterdir():
                (copy / file.name).hardlink_to(file)

    def lengthened(self, job: str, epochs: int) -> Path:
        """The metrics of a job as if it had trained for so many epochs."""
        (path,) = (self._subject.data / "jobs" / job).glob("metrics.*.jsonl")
        row = json.loads(path.read_text().splitlines()[-1]) | {"gradient_norms": None}
        line = json.dumps({**row, "layers": None, "epoch": -1}, separators=(",", ":")).encode()
        before, after = line.split(b"-1", 1)
        with path.with_suffix(".long").open("wb") as file:
            for number in range(1, epochs + 1):
                file.write(b"%b%d%b\n" % (before, number, after))
        return path.with_suffix(".long").rename(path)

    def warm(self) -> None:
        """Have the service load what it loads once, so that no attack is charged with it."""
        assert self.job
        words = request("POST", "/v1/models/small/predict", self.picture, "image/png")
        self._wire.at_once([words] * 8)

    # By way of the service.

    def upload(self, body: bytes, name: str = "pictures") -> str:
        return str(self._wire.post(f"/v1/datasets?name={name}", body, BINARY)["id"])

    def imported(self, dataset: str, patience_s: float = PATIENCE_S) -> Json:
        """The dataset once it is ready, or is not to be."""
        return self._poll(f"/v1/datasets/{dataset}", ("ready", "rejected", "cancelled"), patience_s)

    def ready(self, dataset: str) -> str:
        found = self.imported(dataset)
        if found["state"] != "ready":
            raise AssertionError(f"Expected a dataset that is ready, got {found}.")
        return dataset

    def finished(self, job: str, patience_s: float = PATIENCE_S) -> Json:
        return self._poll(f"/v1/jobs/{job}", FINAL, patience_s)

    def trained(self, spec: Json) -> str:
        job = str(self._wire.post("/v1/jobs", spec)["id"])
        found = self.finished(job)
        if found["state"] != "succeeded":
            raise AssertionError(f"Expected a job that succeeds, got {found}.")
        return job

    def _poll(self, path: str, states: tuple[str, ...], patience_s: float) -> Json:
        deadline = time.monotonic() + patience_s
        while True:
            found: Json = self._wire.get(path)
            if found["state"] in states:
                return found
            if time.monotonic() > deadline:
                raise AssertionError(f"{path} is still {found['state']} after {patience_s:g} s.")
            time.sleep(0.05)


def png(pixels: Any) -> bytes:
    encoded = io.BytesIO()
    Image.fromarray(pixels).save(encoded, "PNG")
    return encoded.getvalue()
