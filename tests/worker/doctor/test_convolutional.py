"""What the doctor says of convolutional networks, whose layers have not all the same signs."""

from typing import Any

import pytest

from tests.worker.doctor.patients import GOOD, Visit, codes, rate, record, spec_of, visit
from tests.worker.nn.engines.reference import ReferenceEngine
from tests.worker.training.test_fit import pictures
from worker.doctor.during import VANISHED
from worker.jsontypes import Json

DATA = pictures(rows=40)
LAYERS = 20


def deep(activation: str, initializer: str, *, batch_norm: bool) -> Json:
    """Convolutions one after the other, and the spec that trains them."""
    blocks = [{"filters": 4, "convolutions": 4, "pool": None}] * (LAYERS // 4)
    network = {
        "kind": "convolutional", "blocks": blocks, "batch_norm": batch_norm,
        "activation": activation, "initializer": initializer,
    }  # fmt: skip
    return {"network": network, "optimizer": rate(0.003, "adam"), "batch_size": 10, "epochs": 6}


def seen(spec: Json) -> Visit:
    return visit(DATA, spec_of(**spec), ReferenceEngine)


def test_twenty_convolutions_with_batch_normalization_are_left_alone() -> None:
    found = seen(deep("relu", "he", batch_norm=True))
    assert [each for each in found.findings.values() if each.severity == "severe"] == []
    norms = found.epochs[0]["gradient_norms"]
    weights = [layer["weight_norm"] is not None for layer in found.epochs[0]["layers"]]
    assert sum(weights) == LAYERS + 1
    kept = [norm for norm, counted in zip(norms, weights, strict=True) if counted]
    assert min(norm / max(kept[at:]) for at, norm in enumerate(kept)) > VANISHED


def test_gradients_vanish_over_twenty_layers_of_sigmoids() -> None:
    found = seen(deep("sigmoid", "glorot", batch_norm=False)).findings["vanishing_gradients"]
    assert len(found.evidence["gradient_norms"]) == LAYERS + 1
    assert {change["path"] for change in found.patch} == {
        "/network/activation",
        "/network/initializer",
    }


def signs(**own: Any) -> list[Json]:
    """Epochs of a convolution, its batch normalization with such signs, and the logits."""
    none = dict.fromkeys(("weight_norm", "update_ratio", "saturated", "dead"))
    weights = {**none, "weight_norm": 4.0, "update_ratio": 0.003}
    layers = [weights, {**none, "saturated": 0.0, "dead": 0.0, **own}, weights]
    # A batch normalization's gradients are far smaller than those of its neighbours.
    norms = {"gradient_norms": [1.0, 1e-4, 1.0], "layers": layers}
    return [{**record(epoch, 0.68), **norms} for epoch in range(1, 16)]


CONVOLUTIONAL = {"kind": "convolutional", "blocks": [{"filters": 4}]}


def test_a_batch_normalization_is_no_layer_of_weights() -> None:
    found = codes(signs(), network=CONVOLUTIONAL)
    assert {"vanishing_gradients", "learning_rate_too_low", "dead_units"} & {*found} == set()


def test_the_channels_behind_a_batch_normalization_are_counted() -> None:
    assert "dead_units" in codes(signs(dead=1.0), network=CONVOLUTIONAL)
    sigmoid = {**CONVOLUTIONAL, "activation": "sigmoid", "initializer": "glorot"}
    assert "saturated_units" in codes(signs(saturated=0.9), network=sigmoid)


@pytest.mark.parametrize(
    ("changes", "patch"),
    [
        ({"batch_norm": False}, ["/network/batch_norm"]),
        ({"batch_norm": True, "hidden_units": [8, 4, 3]}, ["/network/hidden_units"]),
        ({"batch_norm": True}, []),
    ],
)
def test_what_keeps_gradients_from_vanishing_is_proposed(changes: Json, patch: list[str]) -> None:
    epochs = [{**each, "gradient_norms": [1e-4, 1.0, 1.0]} for each in signs(weight_norm=1.0)]
    visited = Visit(spec_of(network={**CONVOLUTIONAL, **changes}), epochs, GOOD, None)
    found = visited.findings["vanishing_gradients"]
    assert [change["path"] for change in found.patch] == patch


def test_convolutions_that_start_at_zero_stay_copies() -> None:
    assert "symmetric_start" in codes([], network={**CONVOLUTIONAL, "initializer": "zeros"})


def test_pools_bend_what_convolutions_return() -> None:
    assert "linear_collapse" not in codes(
        [], network={**CONVOLUTIONAL, "activation": "identity", "initializer": "glorot"}
    )
