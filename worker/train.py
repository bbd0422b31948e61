"""From a spec and a dataset to a model as it will be served, measured."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np

from worker import build
from worker.data.batches import Batches
from worker.data.dataset import Dataset, Split
from worker.errors import FoldMismatch
from worker.evaluate import evaluate, fitted_temperature
from worker.gradient_check import GradientCheck
from worker.nn.backend import on_host
from worker.nn.backend_cpu import Processor, moments_of
from worker.nn.backend_recorder import Recorder
from worker.nn.losses import Loss, loss_for
from worker.nn.network import Network
from worker.nn.normalization import Moments, Normalization
from worker.run import Checkpoint, Run
from worker.run import Watcher as RunWatcher
from worker.spec import JobSpec
from worker.steps import Steps

FOLD_ROWS = 1_000  # on which the stored model is compared with the trained network
SAMPLE = 2**18  # numbers of inputs that the doctor is told about, or some more
SAMPLE_ROWS = 16  # of which they are at least
FOLD_TOLERANCE = 1e-4  # in probability

Json = dict[str, Any]


@dataclass(frozen=True)
class Statistics:
    """What the doctor wants to know of the data."""

    train_per_class: list[int]
    test_rows: int
    input_mean: float
    input_deviation: float
    constant_features: int


class Watcher(RunWatcher, Protocol):
    """Who looks on while a model is made."""

    def before_training(self, statistics: Statistics) -> None:
        """Hear what is known of the data before the first step."""

    def after_gradient_check(self, error: float) -> None:
        """Hear how far the derivatives are from measured ones."""


@dataclass(frozen=True)
class Trained:
    """What a finished run leaves: tensors that take raw rows, and what they are worth."""

    tensors: build.Tensors
    result: Json
    fold_difference: float


# A diverging run overflows on its way; its end says so in words.
@np.errstate(all="ignore")
def train(
    spec: JobSpec,
    dataset: Dataset,
    watcher: Watcher,
    *,
    checkpoint: Checkpoint | None = None,
    check_gradients: bool = False,
    threads: int = 1,
    engines: Callable[[str], Recorder] | None = None,
) -> Trained:
    """Train as the spec says, from the checkpoint on if there is one.

    Args:
        engines: makes one for a dtype; if None, the processor with so many threads.

    Raises:
        GradientCheckFailed: the core has a fault.
        Diverged: the cost is not a number any more.
        FoldMismatch: the stored model would answer differently from the trained network.
    """
    loss, classes = loss_for(len(dataset.classes)), len(dataset.classes)
    rows, kept_out = dataset.train, None
    if spec.validation_fraction:
        rows, kept_out = rows.divided(spec.validation_fraction, spec.seed)
    exact = build.normalizer(spec, partial(moments, rows, threads), rows.samples(slice(0, 1))[0])
    normalization = exact.astype(spec.dtype)
    watcher.before_training(statistics(dataset, rows, exact))
    batches = Batches(spec, rows, classes)
    validation = Batches(spec, kept_out, classes) if kept_out else None
    network = build.network(spec, math.prod(dataset.shape), classes)
    engines = engines or partial(Processor, threads=threads)
    steps = Steps(spec, network, normalization, batches, engines(spec.dtype))
    run = Run(spec, steps, batches, validation)
    if checkpoint is not None:
        run.restore(checkpoint)
    taken = run.steps(watcher)
    if check_gradients and checkpoint is None:
        next(taken, None)  # the first step need not wait for the proof
        check = GradientCheck(spec, rows, exact, classes, engines("float64"))
        watcher.after_gradient_check(check.largest_error())
    for _ in taken:
        pass
    network.to(on_host)
    tensors = folded(network, exact)
    served = serving_network(tensors, spec)
    difference = fold_difference(network, normalization, served, loss, rows)
    splits = {"train": rows, "validation": kept_out, "test": dataset.splits["test"]}
    return Trained(tensors, measured(served, loss, splits, dataset.classes), difference)


def moments(rows: Split, threads: int) -> Moments:
    """Of the features of these rows."""
    found = moments_of(rows.x.reshape(len(rows.x), -1), rows.index, threads)
    shape = rows.x.shape[1:]
    return Moments(found.rows, found.sums.reshape(shape), found.squares.reshape(shape))


def measured(
    served: Network, loss: Loss, splits: dict[str, Split | None], classes: list[str]
) -> Json:
    """What the model is worth on each split, and how far to trust its probabilities."""
    result: Json = {
        name: evaluate(served, loss, split, classes) if split else None
        for name, split in splits.items()
    }
    if kept_out := splits["validation"]:
        result["temperature"] = fitted_temperature(served, loss, kept_out, len(classes))
    return result


def statistics(dataset: Dataset, rows: Split, normalization: Normalization) -> Statistics:
    """Of the rows that are trained on, as the first layer sees them."""
    count = max(SAMPLE_ROWS, SAMPLE // normalization.factor.size)
    inputs = normalization.apply(rows.samples(slice(0, count)))
    return Statistics(
        train_per_class=np.bincount(rows.y, minlength=len(dataset.classes)).tolist(),
        test_rows=len(dataset.splits["test"]),
        input_mean=float(inputs.mean()),
        input_deviation=float(inputs.std()),
        constant_features=int((normalization.factor == 0).sum()),
    )


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
    samples = split.samples(slice(0, FOLD_ROWS))
    trained = loss.probabilities(network.logits(normalization.apply(samples)))
    stored = loss.probabilities(served.logits(samples.astype("float64")))
    difference = float(np.abs(trained - stored).max())
    if not difference <= FOLD_TOLERANCE:
        raise FoldMismatch(
            f"Expected the stored model within {FOLD_TOLERANCE:g} of the trained network, got "
            f'{difference:.2g}. Train with precision "float64" or another normalization.'
        )
    return difference
