from pathlib import Path

import numpy as np
import pytest

from tests.worker.serving.test_loaded_models import publish, published
from worker.data.preprocessing import Preprocessing
from worker.nn.engines.cpu import cache
from worker.serving.explanations import covered, heat, heat_of_covered, scaled
from worker.serving.loaded_models import Loaded, LoadedModels
from worker.settings import Settings
from worker.store.store import Store

PICTURE = Preprocessing(height=8, width=8)


def dense(store: Store) -> Loaded:
    """A network of one layer that looks at one corner of a picture alone."""
    publish(store, "corner", shape=PICTURE.shape, preprocessing=PICTURE)
    model = LoadedModels(store.models, Settings()).get("corner", 1)
    [W, _] = model.network.params  # noqa: N806
    W[...] = 0
    W.reshape(8, 8, 3)[:2, 6:] = 1e-3
    return model


@pytest.mark.parametrize("label", [0, 1])
def test_a_dense_network_looks_where_its_weights_are(tmp_path: Path, label: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (8, 8, 3), "uint8")
    found = heat(dense(Store(tmp_path)), pixels, label)
    expected = np.zeros((8, 8))
    expected[:2, 6:] = 1
    assert found.method == "smoothed_gradient"
    assert found.places == pytest.approx(expected)


@pytest.mark.parametrize("compiled", [True, False])
def test_a_convolutional_network_tells_by_its_last_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiled: bool
) -> None:
    store = Store(tmp_path)
    published(store, "same")
    if not compiled:
        monkeypatch.setattr(cache, "missing", lambda: ["float32"])
    model = LoadedModels(store.models, Settings()).get("seen", 1)
    pixels = np.random.default_rng(1).integers(0, 256, model.shape, "uint8")
    maps = [heat(model, pixels, label) for label in range(3)]
    assert {found.method for found in maps} == {"class_activation"}
    assert all(found.places.shape == (4, 4) for found in maps)
    # A place speaks for one class at least, unless nothing is there.
    assert max(found.places.max() for found in maps) == pytest.approx(1)
    again = heat(model, pixels, 0)
    assert (again.places == maps[0].places).all()


@pytest.mark.parametrize(("height", "width", "squares"), [(8, 8, 64), (24, 12, 32), (3, 5, 15)])
def test_a_picture_is_covered_square_by_square(height: int, width: int, squares: int) -> None:
    pixels = np.zeros((height, width, 3), "uint8")
    pixels[0, 0] = 255
    copies = covered(pixels)
    assert len(copies) == squares
    mean = int(pixels.mean())
    counts = sum((copy == mean).all(axis=2).astype(int) for copy in copies[1:])
    assert (counts.ravel()[1:] >= 1).all()
    assert copies[0][0, 0].tolist() == [mean] * 3


def test_it_is_hot_where_a_class_loses_probability_when_that_is_covered(tmp_path: Path) -> None:
    store = Store(tmp_path)
    publish(store, "bright", shape=(8, 8, 3), preprocessing=PICTURE, features=1, backbone="b")
    model = LoadedModels(store.models, Settings()).get("bright", 1)
    pixels = np.zeros((8, 8, 3), "uint8")
    pixels[2, 5] = 255
    features = [copy.max(keepdims=True).ravel() / 255 for copy in (pixels, *covered(pixels))]
    found = heat_of_covered(model, pixels, features, label=1)
    assert found.method == "occlusion"
    assert np.flatnonzero(found.places).tolist() == [2 * 8 + 5]
    assert not heat_of_covered(model, pixels, features, label=0).places.any()


def test_where_nothing_speaks_for_a_class_it_is_cold_everywhere() -> None:
    assert scaled(np.zeros((2, 2))).tolist() == [[0, 0], [0, 0]]
    assert scaled(np.array([0.0] * 999 + [5.0])).max() == 1
