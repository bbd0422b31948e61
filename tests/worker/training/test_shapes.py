"""Training from end to end with the smallest, narrowest and deepest there is."""

import json
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.worker.training.watching import RecordingWatcher
from worker.data.dataset import Dataset, Split
from worker.errors import Diverged, FoldMismatch
from worker.jsontypes import Json
from worker.nn.activations import ACTIVATIONS
from worker.nn.optimizers import OPTIMIZERS
from worker.spec import JobSpec
from worker.training.fit import Trained, train

ID = "ds_" + "0" * 32
FOLDED = {"float32": 1e-4, "float64": 1e-9}  # how close the stored model must be, in probability


def dataset_of(rows: int, features: int, classes: int) -> Dataset:
    rng = np.random.default_rng(rows)
    whole = Split.whole(
        rng.integers(0, 256, (rows, features), dtype=np.uint8), np.arange(rows) % classes
    )
    splits = {"train": whole, "test": Split.whole(whole.x[:1], whole.y[:1])}
    return Dataset(ID, "", [str(k) for k in range(classes)], [features], {}, splits)


def trained(dataset: Dataset, fields: Json, *, check_gradients: bool = False) -> Trained:
    """Having seen that nothing that was said of it is infinite or no number."""
    spec, watcher = (
        JobSpec.model_validate({"dataset": ID, "epochs": 3, **fields}),
        RecordingWatcher(),
    )
    found = train(spec, dataset, watcher, check_gradients=check_gradients)
    assert len(watcher.epochs) == 3
    json.dumps([found.result, *map(asdict, watcher.epochs)], allow_nan=False)
    assert all(np.isfinite(array).all() for array in found.tensors.values())
    assert found.fold_difference <= FOLDED[spec.precision]
    return found


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@settings(deadline=None, max_examples=3)
@given(
    rows=st.integers(1, 7),
    features=st.integers(1, 4),
    hidden=st.lists(st.integers(1, 4), max_size=4),
    classes=st.integers(2, 3),
    batch_size=st.sampled_from([1, 2, "all"]),
    normalization=st.sampled_from(["standardize", "center", "scale", "none"]),
    precision=st.sampled_from(["float32", "float64"]),
)
def test_any_shape_can_be_trained(
    optimizer: str,
    activation: str,
    rows: int,
    features: int,
    hidden: list[int],
    classes: int,
    **fields: Any,
) -> None:
    network = {"hidden_units": hidden, "activation": activation}
    asked = {**fields, "network": network, "optimizer": {"kind": optimizer, "learning_rate": 1e-4}}
    trained(dataset_of(rows, features, classes), asked, check_gradients=True)


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("hidden", [[], [1], [1] * 64, [3] * 64], ids=["0", "1", "64", "64-of-3"])
def test_one_row_of_one_feature_is_enough(classes: int, activation: str, hidden: list[int]) -> None:
    network = {"hidden_units": hidden, "activation": activation}
    found = trained(dataset_of(1, 1, classes), {"network": network})
    assert found.tensors["W1"].shape == (1, hidden[0] if hidden else {2: 1, 3: 3}[classes])
    assert found.result["train"]["rows"] == 1


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_sixty_four_layers_can_be_trained_with_everything_switched_on(optimizer: str) -> None:
    fields = {
        "network": {"hidden_units": [3] * 64, "activation": "leaky_relu", "dropout": 0.2},
        "optimizer": {"kind": optimizer, "learning_rate": 1e-3},
        "schedule": {"kind": "cosine", "warmup_epochs": 1},
        "regularization": {"l2": 0.01, "clip_norm": 1.0},
        "validation_fraction": 0.3,
        "early_stopping": {"patience": 10},
        "class_weights": "balanced",
        "batch_size": 2,
    }
    assert trained(dataset_of(9, 2, 3), fields).result["validation"]["rows"] == 3


@settings(deadline=None, max_examples=30)
@given(
    rows=st.integers(1, 7),
    hidden=st.lists(st.integers(1, 4), max_size=4),
    classes=st.integers(2, 3),
    optimizer=st.sampled_from([*OPTIMIZERS]),
    learning_rate=st.sampled_from([1e-9, 1.0, 1000.0]),
    activation=st.sampled_from([*ACTIVATIONS]),
    start=st.sampled_from(
        [
            {"initializer": "he"},
            {"initializer": "normal", "initializer_scale": 100.0},
            {"initializer": "zeros"},
        ]
    ),
    normalization=st.sampled_from(["standardize", "none"]),
)
def test_what_cannot_be_trained_says_so(
    rows: int,
    hidden: list[int],
    classes: int,
    optimizer: str,
    learning_rate: float,
    activation: str,
    start: Json,
    normalization: str,
) -> None:
    fields = {
        "network": {"hidden_units": hidden, "activation": activation, **start},
        "optimizer": {"kind": optimizer, "learning_rate": learning_rate},
        "normalization": normalization,
    }
    try:
        trained(dataset_of(rows, 2, classes), fields, check_gradients=True)
    except (Diverged, FoldMismatch) as error:
        assert "Try" in str(error) or "Train" in str(error)
