"""The weights of loaded models: what they take, what is answered by them, how long they last."""

from pathlib import Path

import numpy as np
import pytest

from tests.worker.serving.test_loaded_models import kept, publish
from worker.errors import DamagedModel
from worker.serving.loaded_models import LoadedModels
from worker.settings import Settings
from worker.store.store import Store


def test_large_weights_stay_as_they_are_stored_and_count_so(tmp_path: Path) -> None:
    store = Store(tmp_path)
    publish(store, "a", shape=[900], hidden=300)
    publish(store, "b", shape=[900], hidden=301, weight=1 / 3)
    models = LoadedModels(store.models, Settings(max_models_bytes=2 * 4 * 900 * 300))
    model = models.get("a", 1)
    assert model.network.params[0].dtype == "float32"
    assert model.bytes == 4 * 900 * 300 + 8 * (300 + 300 + 1)
    models.get("b", 1)
    assert kept(models) == ["b"]


def test_an_answer_by_them_does_not_depend_on_the_rows_beside_it(tmp_path: Path) -> None:
    store = Store(tmp_path)
    publish(store, "a", shape=[900], hidden=300, weight=1 / 3, activation="tanh")
    model, rows = LoadedModels(store.models, Settings()).get("a", 1), np.random.default_rng(0)
    x = rows.normal(scale=1e-3, size=(40, 900)).astype("float32")
    found = model.probabilities(x)
    assert found.dtype == "float64"
    for row in range(len(x)):
        np.testing.assert_allclose(model.probabilities(x[[row]]), found[[row]], rtol=1e-14)


@pytest.mark.parametrize("left", [b"", b"something else" * 10_000])
def test_what_was_loaded_answers_on_whatever_becomes_of_its_file(
    tmp_path: Path, left: bytes
) -> None:
    store = Store(tmp_path)
    publish(store, "a", shape=[900], hidden=300, weight=1e-3)
    models, x = LoadedModels(store.models, Settings()), np.ones((1, 900))
    before = models.get("a", 1).probabilities(x)
    weights = tmp_path / "models" / "a" / "1" / "weights.safetensors"
    weights.write_bytes(left)  # into the same file
    assert (models.get("a", 1).probabilities(x) == before).all()
    with pytest.raises(DamagedModel):
        LoadedModels(store.models, Settings()).get("a", 1)
