"""A row for each layer of a job's network, from the spec that is kept of it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.worker.operations.test_extent import DATASET
from worker.operations.network_summary import summary
from worker.store.store import Store

CONVOLUTION = {"kind": "convolution", "filters": 4}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """With one dataset, of pictures of 4 × 4."""
    store = Store(tmp_path)
    splits = {"train": {"rows": 10}, "test": {"rows": 0}}
    with store.datasets.local_folder(DATASET) as part:
        for name in ("train_x", "train_y", "test_x", "test_y"):
            np.save(part / f"{name}.npy", np.zeros(0, "uint8"))
        about = {"shape": [4, 4, 3], "classes": ["a", "b"], "splits": splits, "preprocessing": {}}
        store.datasets.publish(DATASET, part, about)
    return store


def told(
    store: Store,
    network: dict[str, Any],
    dataset: str = DATASET,
    shares: list[float] | None = None,
) -> Any:
    return summary({"dataset": dataset, "network": network}, store, shares)


def test_a_network_is_summed_up_layer_by_layer(store: Store) -> None:
    rows = told(store, {"hidden_units": [5]})
    assert [row["kind"] for row in rows] == ["flatten", "dense", "activation", "dense"]
    assert [row["number"] for row in rows] == [None, 1, None, 2]
    assert [row["parameters"] for row in rows] == [0, 49 * 5, 0, 6]


@pytest.mark.parametrize(
    ("measured", "shown"),
    [([0.0, 0.7, 0.1, 0.2], [0.0, 0.7, 0.1, 0.2]), (None, [None] * 4), ([1.0], [None] * 4)],
)
def test_what_was_measured_of_other_layers_is_not_shown(
    store: Store, measured: list[float] | None, shown: list[float | None]
) -> None:
    rows = told(store, {"hidden_units": [5]}, shares=measured)
    assert [row["time_share"] for row in rows] == shown


def test_without_its_dataset_nothing_is_known_of_the_shapes(store: Store) -> None:
    assert told(store, {"hidden_units": [5]}, "ds_" + "1" * 32) is None


@pytest.mark.parametrize(
    "network",
    [
        {"kind": "transformer"},
        {"kind": "layers", "layers": [CONVOLUTION | {"kernel": 5, "padding": "valid"}]},
    ],
)
def test_what_would_be_refused_today_has_no_summary(store: Store, network: dict[str, Any]) -> None:
    assert told(store, network) is None
