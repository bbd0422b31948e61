"""Features are kept for whoever needs them next, and never half-made."""

import os
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from tests.worker.training.test_fit import pictures
from worker.errors import Cancelled
from worker.store.features import FeatureStore, Key
from worker.store.store import Store

KEY = Key("ds_" + "1" * 32, "sha256:" + "a" * 64)
OTHER = KEY._replace(backbone="sha256:" + "b" * 64)


def published(features: FeatureStore, key: Key, value: float = 1.0) -> None:
    with features.local_folder(key) as part:
        for split, rows in pictures().splits.items():
            np.save(part / f"{split}_x.npy", np.full((len(rows), 5), value, np.float32))
            np.save(part / f"{split}_y.npy", rows.y)
        features.publish(key, part, {"source": "arrays"})


def test_what_was_published_is_found(store: Store) -> None:
    assert store.features.manifest(KEY) is None
    assert store.features.local_arrays(KEY) is None
    published(store.features, KEY)
    manifest = store.features.manifest(KEY)
    assert manifest is not None
    assert (manifest["source"], manifest["dataset"], manifest["form"]) == (
        "arrays", KEY.dataset, "plain",
    )  # fmt: skip
    folder = store.features.local_arrays(KEY)
    assert folder is not None
    assert np.load(folder / "train_x.npy").shape == (60, 5)
    assert store.features.local_arrays(OTHER) is None


def test_changed_bytes_are_no_features_and_new_ones_take_their_place(store: Store) -> None:
    published(store.features, KEY)
    folder = store.features.local_arrays(KEY)
    assert folder is not None
    (folder / "test_x.npy").write_bytes(b"?")
    assert store.features.local_arrays(KEY) is None
    published(store.features, KEY, 2.0)
    assert store.features.local_arrays(KEY) == folder
    assert np.load(folder / "test_x.npy")[0, 0] == 2


def test_a_dataset_has_its_features_as_samples(store: Store) -> None:
    published(store.features, KEY)
    dataset = pictures()
    found = store.features.of(dataset, KEY)
    assert (found.shape, found.mirrored) == ([5], False)
    assert found.digest == (store.features.manifest(KEY) or {})["digest"]
    assert found.train.floats
    assert_array_equal(found.train.y, dataset.train.y)
    assert isinstance(found.train.x, np.memmap)


def test_whoever_makes_them_is_waited_for(store: Store) -> None:
    order: list[str] = []

    def later() -> None:
        with store.features.alone(KEY, lambda: None):
            order.append("second")

    with store.features.alone(KEY, lambda: None), store.features.alone(OTHER, lambda: None):
        waiting = threading.Thread(target=later)
        waiting.start()
        time.sleep(0.1)
        order.append("first")
    waiting.join(10)
    assert order == ["first", "second"]


def test_whoever_waits_may_be_called_away(store: Store) -> None:
    def check() -> None:
        raise Cancelled("Not wanted.")

    with (
        store.features.alone(KEY, lambda: None),
        pytest.raises(Cancelled),
        store.features.alone(KEY, check),
    ):
        pass


def test_they_go_with_their_dataset_or_their_backbone(store: Store) -> None:
    other = KEY._replace(dataset="ds_" + "2" * 32)
    for key in (KEY, OTHER, other, KEY._replace(form="mirrored")):
        published(store.features, key)
    store.features.drop_of_backbone(KEY.backbone)
    assert [store.features.manifest(key) is not None for key in (KEY, OTHER, other)] == [
        False, True, False,
    ]  # fmt: skip
    assert store.dataset_bytes(OTHER.dataset) > 80 * 5 * 4
    store.features.drop(OTHER.dataset)
    assert store.dataset_bytes(OTHER.dataset) == 0
    assert store.features.manifest(OTHER) is None


def test_what_a_dead_process_left_goes(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "features" / KEY.dataset
    left = folder / ".x.1234.part"
    left.mkdir(parents=True)
    store.features.drop_leftovers(60)
    assert left.exists()
    os.utime(left, (0, 0))
    store.features.drop_leftovers(60)
    assert not left.exists()
