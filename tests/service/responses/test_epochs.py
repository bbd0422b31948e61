"""Of how many layers the metrics of a job tell."""

import json
from pathlib import Path
from typing import Any

import pytest

from service.responses.epochs import columns, layers_of
from worker.store.metrics_page import MetricsPage

CONVOLUTIONAL = {"kind": "convolutional", "hidden_units": []}


def first_of(path: Path, *norms: float) -> MetricsPage:
    if norms:
        path.write_text(json.dumps({"epoch": 1, "gradient_norms": norms}) + "\n")
    return MetricsPage(path, 0, 1)


@pytest.mark.parametrize(
    ("network", "norms", "layers"),
    [
        ({"hidden_units": [4, 3]}, (), 3),
        ({"kind": "dense", "hidden_units": []}, (0.5,), 1),
        (CONVOLUTIONAL, (0.5, 0.25, 0.125), 3),
        (CONVOLUTIONAL, (), 0),
    ],
)
def test_a_dense_network_says_it_and_of_others_the_first_epoch_does(
    tmp_path: Path, network: dict[str, Any], norms: tuple[float, ...], layers: int
) -> None:
    assert layers_of(network, first_of(tmp_path / "metrics.jsonl", *norms)) == layers


def test_without_layers_there_are_no_columns_of_them() -> None:
    assert not [name for name in columns(0) if name.endswith(("_0", "_1"))]
