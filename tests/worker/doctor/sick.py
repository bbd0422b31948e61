"""Specs of networks that do not learn, each with the finding that says why."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.worker.doctor.patients import net, rate, uneven
from worker.data.dataset import Dataset
from worker.jsontypes import Json


@dataclass(frozen=True)
class Sick:
    """A spec that gets a finding, and what its patch is to lower.

    Attributes:
        lowers: what of a visit is compared; `cost` is that of the last epoch.
    """

    code: str
    spec: Json
    data: str
    lowers: str = "cost"
    changed: Callable[[Dataset], Dataset] = field(default=lambda whole: whole)


def sick(code: str, *specs: Json, **more: Any) -> list[Sick]:
    """All the specs on sketches, and the first two on the course's larger pictures."""
    seen = {"sketches": specs, "course's pictures": specs[:2]}
    return [Sick(code, spec, data, **more) for data in seen for spec in seen[data]]


MANY_EPOCHS = {"epochs": 100, "optimizer": rate(0.003, "rmsprop")}

SICK = [
    *sick(
        "symmetric_start",
        {"network": net(20, 7, initializer="zeros")},
        {"network": net(20, 7, activation="tanh", initializer="zeros"), "optimizer": rate(0.01)},
    ),
    *sick(
        "inputs_not_normalized",
        {"normalization": "none"},
        {"normalization": "none", "network": net(), "optimizer": rate(0.001)},
        {"normalization": "none", "network": net(20, activation="tanh")},
    ),
    *sick(
        "learning_rate_too_high",
        {"optimizer": rate(0.1, "adam")},
        {"optimizer": rate(10.0), "network": net(20, 10, activation="tanh")},
        {"optimizer": rate(1.0)},
        {"optimizer": rate(3.0), "batch_size": "all", "network": net(20, activation="gelu")},
    ),
    *sick(
        "learning_rate_too_low",
        {"optimizer": rate(1e-6)},
        {"optimizer": rate(1e-7, "adam"), "network": net(20, activation="tanh")},
        {"optimizer": rate(0.01), "regularization": {"clip_norm": 1e-4}},
    ),
    *sick(
        "exploding_gradients",
        {"network": net(20, 10, initializer="normal")},
        {"optimizer": rate(1.0), "batch_size": "all", "network": net(20, activation="identity")},
        {"normalization": "none", "network": net(), "optimizer": rate(0.01)},
    ),
    *sick(
        "saturated_units",
        {"network": net(20, 10, activation="tanh", initializer="normal")},
        {"network": net(20, activation="tanh"), "normalization": "none"},
        {"network": net(20, 10, activation="tanh"), "optimizer": rate(1.0, "adam")},
    ),
    *sick(
        "dead_units",
        {"optimizer": rate(1.0)},
        {"optimizer": rate(1.0, "adam")},
        {"network": net(20, 7, 5, dropout=0.95)},
    ),
    *sick(
        "vanishing_gradients",
        {"network": net(*[20] * 6, activation="sigmoid"), "optimizer": rate(0.01)},
        {
            "network": net(*[20] * 6, activation="tanh", initializer="normal")
            | {"initializer_scale": 0.01},
            "optimizer": rate(0.01),
        },
    ),
    *sick(
        "not_learning",
        {"network": net(*[20] * 6, activation="sigmoid"), "optimizer": rate(0.01)},
        {"optimizer": rate(1.0)},
        {"network": net(20, initializer="zeros")},
    ),
    *sick(
        "overfitting",
        MANY_EPOCHS | {"validation_fraction": 0.5, "network": net(20, 10, 5, 5)},
        MANY_EPOCHS | {"validation_fraction": 0.7, "network": net(20, 20, 20)},
        lowers="validation_cost",
    ),
    *sick(
        "linear_collapse",
        {"network": net(20, 10, activation="identity"), "optimizer": rate(0.01)},
        {"network": net(20, activation="identity"), "optimizer": rate(0.01)},
    ),
    *sick(
        "class_imbalance",
        {"optimizer": rate(0.01), "epochs": 10},
        {"optimizer": rate(0.001, "adam"), "epochs": 3},
        lowers="missed_cats",
        changed=uneven,
    ),
]
