"""What a finished network is worth, said honestly."""

from typing import Any

import numpy as np

from worker.data.dataset import Split
from worker.nn.backend import Array
from worker.nn.losses import Loss
from worker.nn.metrics import (
    auc,
    calibration_error,
    confusion,
    precision_and_recall,
    temperature,
    wilson_interval,
)
from worker.nn.network import Network

Json = dict[str, Any]

SHOWN_CLASSES = 20  # of so many, a confusion matrix still fits where lists repeat it
BY_CLASS = ("confusion", "per_class")


def all_logits(network: Network, split: Split) -> Array:
    """The logits of raw rows, (rows, k), computed in pieces."""
    return np.concatenate([network.logits(block.astype("float64")) for block in split.blocks()])


def evaluate(network: Network, loss: Loss, split: Split, classes: list[str]) -> Json | None:
    """Everything that is said of one split; None when it has no rows.

    Args:
        network: takes raw rows, in float64.
    """
    if not len(split):
        return None
    logits, rows = all_logits(network, split), len(split)
    answers, probabilities = loss.answers(logits), loss.probabilities(logits)
    cost, _ = loss.cost(logits, loss.targets(split.y, len(classes), logits), 1)
    counts = confusion(split.y, answers, len(classes))
    right = int((answers == split.y).sum())
    return {
        "rows": rows,
        "loss": float(cost),
        "accuracy": right / rows,
        "accuracy_interval": list(wilson_interval(right, rows)),
        "majority_baseline": max(map(sum, counts)) / rows,
        "confusion": counts,
        "auc": auc(split.y, logits[:, 0]) if len(classes) == 2 else None,
        "per_class": dict(zip(classes, precision_and_recall(counts), strict=True)),
        "calibration_error": calibration_error(probabilities, split.y),
    }


def summary(result: Json) -> Json:
    """The measures of all splits, without what is too large with many classes to be repeated."""

    def shortened(scores: Any) -> Any:
        large = isinstance(scores, dict) and len(scores["per_class"]) > SHOWN_CLASSES
        return scores | dict.fromkeys(BY_CLASS) if large else scores

    return {name: shortened(scores) for name, scores in result.items()}


def fitted_temperature(network: Network, loss: Loss, split: Split, classes: int) -> float:
    """What the logits would have to be divided by to be as sure as they are right."""
    logits = all_logits(network, split)
    targets = loss.targets(split.y, classes, logits)
    return temperature(lambda divisor: float(loss.cost(logits / divisor, targets, 1)[0]))
