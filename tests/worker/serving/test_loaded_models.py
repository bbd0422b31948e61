import json
import threading
import time
from collections.abc import Sequence
from itertools import pairwise
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.worker.data.test_json_rows import usable
from tests.worker.nn.engines.reference import ReferenceEngine
from tests.worker.training.test_fit import ID, pictures
from tests.worker.training.watching import RecordingWatcher
from worker.data.preprocessing import Preprocessing
from worker.data.tables.preprocessing import TablePreprocessing
from worker.errors import DamagedModel, ModelNotFound
from worker.nn.activations import ACTIVATIONS, Activation
from worker.nn.arrays import Array
from worker.nn.layers import Activate
from worker.serving.at_once import BLOCK_NUMBERS
from worker.serving.decisions import Decision
from worker.serving.loaded_models import QUICK_NUMBERS, LoadedModels
from worker.serving.predictor import Predictor, labels_of, prediction
from worker.settings import Settings
from worker.spec import JobSpec
from worker.store.models import ModelStore
from worker.store.store import Store
from worker.training.fit import Trained, train

TABLE = Preprocessing(kind="table")


def publish(
    store: Store,
    name: str,
    version: int = 1,
    shape: Sequence[int] = (4,),
    at: str = "",
    preprocessing: Preprocessing | TablePreprocessing = TABLE,
    activation: str = "relu",
    hidden: int | None = None,
    weight: float = 1.0,
    **more: Any,
) -> None:
    widths = [more.get("features", prod(shape)), *([hidden] if hidden else []), 1]
    tensors: dict[str, Array] = {}
    for layer, (n_in, n_out) in enumerate(pairwise(widths), 1):
        tensors[f"W{layer}"] = np.full((n_in, n_out), weight, "float32")
        tensors[f"b{layer}"] = np.zeros(n_out, "float32")
    about = {
        "job": f"{name}-{version}",
        "created_at": at or f"2026-01-01T00:00:{version:02}",
        "classes": ["other", "cat"],
        "shape": list(shape),
        "spec": {"network": {"activation": activation}},
        "dataset": {"id": "ds_1", "digest": "sha256:0"},
        "preprocessing": preprocessing.as_dict(),
        "result": {},
        "fold_difference": 0.0,
        **more,
    }
    store.models.publish(name, version, tensors, about, {})


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def kept(models: LoadedModels) -> list[str]:
    return [name for name, _ in models._loaded]


def test_a_model_is_loaded_once_and_in_float64_if_it_is_small(store: Store) -> None:
    publish(store, "a")
    models = LoadedModels(store.models, Settings())
    model = models.get("a", 1)
    assert models.get("a", 1) is model
    assert {p.dtype.name for p in model.network.params} == {"float64"}
    assert model.bytes == 8 * 5
    assert model.rows_at_once == BLOCK_NUMBERS // 4


def test_only_a_large_dense_model_computes_rows_of_several_together(store: Store) -> None:
    publish(store, "small")
    publish(store, "large", hidden=QUICK_NUMBERS)
    models = LoadedModels(store.models, Settings())
    assert [models.get(name, 1).is_shared for name in ("small", "large")] == [False, True]


def bend_of(store: Store) -> Activation:
    """Of the model that is asked for by a process that has just begun."""
    network = LoadedModels(store.models, Settings()).get("a", 1).network
    return next(layer.activation for layer in network.layers if isinstance(layer, Activate))


def test_the_gelu_of_a_model_from_before_is_the_one_that_it_was_trained_with(
    store: Store, tmp_path: Path
) -> None:
    publish(store, "a", activation="gelu", hidden=3)
    assert bend_of(store) is ACTIVATIONS["gelu"]
    path = tmp_path / "models" / "a" / "1" / "manifest.json"
    manifest = json.loads(path.read_text())
    del manifest["spec_version"]
    path.write_text(json.dumps(manifest))
    assert bend_of(store) is ACTIVATIONS["gelu_tanh"]
    assert store.models.manifest("a", 1)["spec"]["network"]["activation"] == "gelu_tanh"


def test_those_asked_last_are_kept_up_to_a_number(store: Store) -> None:
    models = LoadedModels(store.models, Settings(models_in_memory=2))
    for name in "abac":
        if name not in store.models.names():
            publish(store, name)
        models.get(name, 1)
    assert kept(models) == ["a", "c"]


def test_and_up_to_a_size_but_always_one(store: Store) -> None:
    models = LoadedModels(store.models, Settings(max_models_bytes=8 * 5 + 8 * 5))
    for name, width in (("a", 4), ("b", 4), ("c", 1000)):
        publish(store, name, shape=[width])
        models.get(name, 1)
    assert kept(models) == ["c"]
    models.get("a", 1)
    models.get("b", 1)
    assert kept(models) == ["a", "b"]


def test_who_loads_a_model_keeps_nobody_from_another(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(store, "slow")
    publish(store, "quick")
    models, go_on, loads = LoadedModels(store.models, Settings()), threading.Event(), []
    tensors = ModelStore.tensors

    def slowly(self: ModelStore, name: str, *more: Any) -> Any:
        loads.append(name)
        assert name == "quick" or go_on.wait(30)
        return tensors(self, name, *more)

    monkeypatch.setattr(ModelStore, "tensors", slowly)
    waiting = [threading.Thread(target=models.get, args=("slow", 1)) for _ in range(3)]
    for thread in waiting:
        thread.start()
    while not loads:
        time.sleep(0.001)
    assert models.get("quick", 1).name == "quick"
    go_on.set()
    for thread in waiting:
        thread.join()
    assert sorted(loads) == ["quick", "slow"]


def test_what_cannot_be_loaded_is_tried_again(store: Store, tmp_path: Path) -> None:
    models = LoadedModels(store.models, Settings())
    with pytest.raises(ModelNotFound):
        models.get("a", 1)
    publish(store, "a")
    weights = tmp_path / "models" / "a" / "1" / "weights.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-1] + b"x")
    with pytest.raises(DamagedModel):
        models.get("a", 1)
    weights.write_bytes(whole)
    assert models.get("a", 1).name == "a"


def test_rows_far_more_than_fit_at_once_are_answered_each(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(store, "a")
    predictor = Predictor(store, Settings())
    model = predictor.model("a", None)
    monkeypatch.setitem(model.__dict__, "rows_at_once", 2)
    body = b'{"rows": [[1,0,0,0], [0,0,0,0], [-1,0,0,0], [2,0,0,0], [0,0,0,0]]}'
    found = [p.probabilities["cat"] for p in usable(predictor.of_rows(model, body, 2, []))]
    expected = 1 / (1 + np.exp(-np.array([1, 0, -1, 2, 0])))
    assert found == pytest.approx(list(expected))
    pictures = [np.full(4, value, "uint8") for value in (0, 1, 0)]
    found = [p.probabilities["cat"] for p in predictor.of_samples(model, pictures, 2)]
    assert found == pytest.approx([0.5, 1 / (1 + np.exp(-4)), 0.5])


@pytest.mark.parametrize(
    ("top", "shown"), [(1, ["b"]), (2, ["b", "c"]), (3, ["a", "b", "c"]), (9, ["a", "b", "c"])]
)
def test_the_most_probable_classes_are_told(top: int, shown: list[str]) -> None:
    decision = Decision("b", None, None)
    found = prediction(["a", "b", "c"], np.array([0.2, 0.5, 0.3]), top, 1, decision)
    assert (found.label, found.probability) == ("b", 0.5)
    assert list(found.probabilities) == shown


def test_of_equals_the_first_is_the_label() -> None:
    assert labels_of(np.array([[0.2, 0.4, 0.4]]), None).tolist() == [1]


def test_from_a_threshold_on_the_second_class_is_the_label() -> None:
    found = labels_of(np.array([[0.7, 0.3], [0.71, 0.29]]), 0.3)
    assert found.tolist() == [1, 0]


def published(store: Store, padding: str) -> Trained:
    """A convolutional model, of which the store has the version that was published."""
    network = {
        "kind": "layers",
        "layers": [
            {"kind": "convolution", "filters": 4, "padding": padding},
            {"kind": "batch_norm"},
            {"kind": "activation"},
            {"kind": "residual", "layers": [{"kind": "convolution", "filters": 6}]},
            {"kind": "batch_norm"},
            {"kind": "global_average_pool"},
        ],
    }
    dataset = pictures(rows=24, classes=3)
    spec = JobSpec.model_validate({"dataset": ID, "network": network, "epochs": 2})
    found = train(spec, dataset, RecordingWatcher(), engines=ReferenceEngine)
    about = {
        "job": "j",
        "classes": dataset.classes,
        "shape": dataset.shape,
        "spec": spec.model_dump(mode="json"),
        "preprocessing": Preprocessing(kind="picture").as_dict(),
    }
    store.models.publish("seen", 1, found.tensors, about, found.result)
    return found


@pytest.mark.parametrize("padding", ["same", "valid"])
def test_a_convolutional_model_answers_as_it_was_measured(store: Store, padding: str) -> None:
    trained, test = published(store, padding), pictures(rows=24, classes=3).splits["test"]
    model = LoadedModels(store.models, Settings()).get("seen", 1)
    found = model.probabilities(test.x)
    assert (found.argmax(axis=1) == test.y).mean() == trained.result["test"]["accuracy"]
    rows = test.x.reshape(len(test), -1)
    assert (model.probabilities(rows) == found).all()
    assert (model.probabilities(test.x[2:3]) == found[2:3]).all()
    assert model.rows_at_once == BLOCK_NUMBERS // (4 * 4 * 3)
    assert model.bytes == model.network.memory
    assert not model.is_shared
