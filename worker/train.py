"""The runner: epochs over batches, then the model as it will be served, measured."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from worker import build
from worker.data.batches import Batches, blocks
from worker.data.dataset import Dataset, Split
from worker.errors import Diverged, FoldMismatch
from worker.nn.backend import Array
from worker.nn.losses import Loss, loss_for
from worker.nn.metrics import auc, confusion, wilson_interval
from worker.nn.network import Network
from worker.nn.normalization import Normalization
from worker.spec import JobSpec

FOLD_ROWS = 1_000  # on which the stored model is compared with the trained network
FOLD_TOLERANCE = 1e-4  # in probability

Json = dict[str, Any]


@dataclass(frozen=True)
class Epoch:
    """A row of the job's metrics; loss and accuracy are means over the epoch's steps."""

    epoch: int
    step: int
    loss: float
    accuracy: float
    validation_loss: float | None
    validation_accuracy: float | None
    learning_rate: float
    gradient_norms: list[float]
    seconds: float


@dataclass(frozen=True)
class Trained:
    """What a finished run leaves: tensors that take raw rows, and what they are worth."""

    tensors: build.Tensors
    result: Json
    fold_difference: float


def train(
    spec: JobSpec,
    dataset: Dataset,
    on_epoch: Callable[[Epoch], None],
    check: Callable[[], None],
) -> Trained:
    """Train as the spec says.

    Args:
        on_epoch: hears of every epoch.
        check: is asked before every step and raises when the run must end.

    Raises:
        Diverged: the cost is not a number any more.
        FoldMismatch: the stored model would answer differently from the trained network.
    """
    loss, classes = loss_for(len(dataset.classes)), len(dataset.classes)
    exact = build.normalization(spec, blocks(dataset.train.x), dataset.train.x[0])
    normalization = exact.astype(spec.precision)
    batches = Batches(dataset.train, normalization, loss, classes, spec.batch_size, spec.seed)
    network = build.network(spec, math.prod(dataset.shape), classes)
    # A diverging run overflows on its way; the check of the cost below says so in words.
    with np.errstate(all="ignore"):
        run_epochs(spec, network, loss, batches, on_epoch, check)
    tensors = folded(network, exact)
    served = serving_network(tensors, spec)
    difference = fold_difference(network, normalization, served, loss, dataset.train)
    result = {name: evaluate(served, loss, split) for name, split in dataset.splits.items()}
    return Trained(tensors, {"validation": None, **result}, difference)


def run_epochs(
    spec: JobSpec,
    network: Network,
    loss: Loss,
    batches: Batches,
    on_epoch: Callable[[Epoch], None],
    check: Callable[[], None],
) -> None:
    """Change the network's parameters in place, epoch by epoch."""
    optimizer = build.optimizer(spec, network.params)
    learning_rate = spec.optimizer.learning_rate
    started = time.perf_counter()
    for epoch in range(spec.epochs):
        cost_sum, right, gradients = 0.0, 0, []
        for batch in batches.epoch(epoch):
            check()
            logits, backward = network.forward(batch.inputs)
            cost, slope = loss.cost(logits, batch.targets)
            gradients = backward(slope)
            optimizer.step(gradients, learning_rate)
            cost_sum += float(cost) * len(logits)
            right += int((loss.answers(logits) == batch.labels).sum())
        if not math.isfinite(cost_sum):
            raise Diverged(
                f"The cost became {cost_sum} in epoch {epoch + 1}. Try a smaller learning_rate, "
                f"now {learning_rate:g}, or normalization standardize."
            )
        on_epoch(
            Epoch(
                epoch=epoch + 1,
                step=(epoch + 1) * batches.steps,
                loss=cost_sum / batches.rows,
                accuracy=right / batches.rows,
                validation_loss=None,
                validation_accuracy=None,
                learning_rate=learning_rate,
                gradient_norms=layer_norms(gradients),
                seconds=time.perf_counter() - started,
            )
        )


def layer_norms(gradients: list[Array]) -> list[float]:
    """The Euclidean norm of each layer's gradients of W and b together."""
    norms = [float(np.linalg.norm(g)) for g in gradients]
    return [math.hypot(w, b) for w, b in zip(norms[::2], norms[1::2], strict=True)]


def folded(network: Network, normalization: Normalization) -> build.Tensors:
    """The network's tensors with the normalization taken into the first layer."""
    tensors = build.tensors_of(network)
    first = normalization.fold(tensors["W1"], tensors["b1"])
    return {**tensors, **dict(zip(("W1", "b1"), first, strict=True))}


def serving_network(tensors: build.Tensors, spec: JobSpec) -> Network:
    """The network as it answers: float64, so that an answer does not depend on its neighbours."""
    wide = {name: array.astype("float64") for name, array in tensors.items()}
    return build.network_of(wide, spec.network.activation)


def fold_difference(
    network: Network, normalization: Normalization, served: Network, loss: Loss, split: Split
) -> float:
    """The largest difference in probability between the trained network and the stored model."""
    rows = split.x[:FOLD_ROWS]
    trained = loss.probabilities(network.logits(normalization.apply(rows)))
    stored = loss.probabilities(served.logits(rows.astype("float64")))
    difference = float(np.abs(trained - stored).max())
    if not difference <= FOLD_TOLERANCE:
        raise FoldMismatch(
            f"Expected the stored model within {FOLD_TOLERANCE:g} of the trained network, got "
            f'{difference:.2g}. Train with precision "float64" or another normalization.'
        )
    return difference


def evaluate(served: Network, loss: Loss, split: Split) -> Json | None:
    """Loss, accuracy with its interval, confusion and AUC on one split; None if it is empty."""
    if not len(split):
        return None
    logits = np.concatenate([served.logits(block.astype("float64")) for block in blocks(split.x)])
    answers, classes = loss.answers(logits), loss.probabilities(logits[:1]).shape[1]
    cost, _ = loss.cost(logits, loss.targets(split.y, classes, logits))
    right = int((answers == split.y).sum())
    return {
        "rows": len(split),
        "loss": float(cost),
        "accuracy": right / len(split),
        "accuracy_interval": list(wilson_interval(right, len(split))),
        "confusion": confusion(split.y, answers, classes),
        "auc": auc(split.y, logits[:, 0]) if classes == 2 else None,
    }
