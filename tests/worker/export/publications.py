"""What tests of exports share: a model as it is published, of a network that nobody has trained."""

from pathlib import Path
from typing import Any

import numpy as np

from worker.data.backbones.backbone import Backbone
from worker.data.preprocessing import Preprocessing
from worker.data.tables.columns import NumberColumn, TextColumn
from worker.data.tables.preprocessing import TablePreprocessing
from worker.export.making import ordered
from worker.export.sealed import work
from worker.export.sources import Sources
from worker.jsontypes import Json
from worker.nn.batch_normalization import BatchNormalization
from worker.nn.network import Network
from worker.nn.normalization import Normalization
from worker.nn.residual import simple_layers
from worker.spec import JobSpec
from worker.store import tensor_file
from worker.store.store import Store
from worker.training.build import network_of_model
from worker.training.model import folded

PICTURES = Preprocessing(height=6, width=5).as_dict()
NUMBERS = {**PICTURES, "kind": "table", "dtype": "float32"}
ABOUT: Json = {
    "job": "job_1",
    "created_at": "2026-11-29T10:00:00+00:00",
    "dataset": {"id": "ds_1", "digest": "sha256:0"},
    "findings": [{"severity": "warning", "message": "Few | rows.", "code": "few_test_rows"}],
    "parents": [{"model": "older", "version": 2, "digest": "sha256:1"}],
}
SCORES: Json = {
    "rows": 40,
    "accuracy": 0.75,
    "accuracy_interval": [0.598, 0.858],
    "majority_baseline": 0.35,
    "auc": 0.9,
    "auc_interval": [0.8, 0.95],
    "per_class": {"class 0": {"precision": 0.5, "recall": None}},
}
EVALUATION: Json = {"train": None, "validation": None, "test": SCORES}
TABLE = TablePreprocessing(
    "label",
    (
        TextColumn("colour", ("red", "green"), missing=True),
        NumberColumn("age", mean=40.0, deviation=12.0, median=38.0, missing=True),
        NumberColumn("always", mean=3.0, deviation=0.0, median=3.0, missing=False),
        TextColumn("size", ("S", "M", "L"), missing=False),
        NumberColumn("seen_at", mean=1.7e9, deviation=9e4, median=1.7e9, missing=False),
    ),
)


def sources(
    folder: Path,
    network: Json,
    how: Json = PICTURES,
    shape: tuple[int, ...] = (6, 5, 3),
    classes: int = 3,
    backbone: tuple[Backbone, Path] | None = None,
) -> Sources:
    """The files of a model that was never trained, but whose arrays all differ from one another."""
    spec = JobSpec.model_validate({"dataset": "ds_" + "1" * 32, "model": "m", "network": network})
    manifest: Json = {
        "name": "m",
        "version": 3,
        "classes": [f"class {number}" for number in range(classes)],
        "shape": [*shape],
        "preprocessing": how,
        "spec": spec.model_dump(mode="json"),
    }
    if backbone is not None:
        manifest["features"] = backbone[0].features
    weights = folder / "weights.safetensors"
    takes = (backbone[0].features,) if backbone else shape
    with weights.open("wb") as file:
        tensor_file.write(file, tensors_of(manifest, takes))
    (folder / "arrays").mkdir()
    x, y = rows_of(how, shape), np.arange(40) % classes
    np.save(folder / "arrays" / "test_x.npy", x)
    np.save(folder / "arrays" / "test_y.npy", y)
    return Sources(manifest, weights, folder / "arrays", *(backbone or ()))


def exported(root: Path, found: Sources) -> tuple[Store, Json]:
    """A store with the model of these files and its export, and what is known of that."""
    store, manifest = Store(root), found.manifest
    name, version = manifest["name"], manifest["version"]
    tensors = {key: np.array(array) for key, array in tensor_file.read(found.weights)[0].items()}
    store.models.publish(name, version, tensors, {**manifest, **ABOUT}, EVALUATION)
    with store.exports.local_folder(name, version, 0) as folder:
        about = work(ordered(found, folder, threads=1))
        return store, store.exports.publish(name, version, folder, about)


def rows_of(how: Json, shape: tuple[int, ...]) -> Any:
    rng = np.random.default_rng(5)
    if "columns" in how:  # rows as an import encodes them
        found = rng.normal(size=(40, *shape)).astype(np.float32)
        found[:, 0:3] = np.eye(3)[rng.integers(0, 3, 40)]  # red, green, missing
        found[:, 4] = rng.integers(0, 2, 40)
        found[found[:, 4] > 0, 3] = 0
        found[:, 5] = 0  # what is always the same
        found[:, 6:9] = np.eye(3)[rng.integers(0, 3, 40)]
        return found
    if how["dtype"] == "float32":
        return rng.normal(30, 9, (40, *shape)).astype(np.float32)
    return rng.integers(0, 256, (40, *shape), np.uint8)


def tensors_of(manifest: Json, takes: tuple[int, ...]) -> Any:
    plan, rng = network_of_model(manifest), np.random.default_rng(6)
    network: Network = plan.start("float32")
    for layer in simple_layers(network.layers):
        for p in layer.params[1:]:  # biases, which start as zeros
            p += rng.normal(size=p.shape).astype(np.float32) / 4
        if isinstance(layer, BatchNormalization):
            layer.running = [
                rng.normal(size=r.shape).astype(np.float32) ** 2 + 0.5 for r in layer.running
            ]
    scaled = manifest["preprocessing"]["dtype"] == "uint8" and len(takes) == 3
    # Not the same at every place: no convolution can take it into its weights.
    shift = rng.uniform(90, 160, takes) if scaled else np.zeros(takes)
    return folded(plan, network, Normalization(shift, np.full(takes, 1 / 60 if scaled else 0.1)))
