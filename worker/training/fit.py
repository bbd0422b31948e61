"""From a spec and a dataset to a model as it will be served, measured."""

import gc
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np

from worker.data.batches import Batches
from worker.data.dataset import Dataset, Split
from worker.doctor.chart import Statistics
from worker.errors import FoldMismatch
from worker.jsontypes import Json
from worker.nn.arrays import on_host
from worker.nn.engines.base import TrainingEngine
from worker.nn.engines.cpu.engine import CpuEngine, moments_of
from worker.nn.losses import Loss, loss_for
from worker.nn.network import Network
from worker.nn.normalization import Moments, Normalization
from worker.spec import JobSpec
from worker.training import build
from worker.training.evaluate import blocks, evaluate, fitted_temperature
from worker.training.gradient_check import GradientCheck, Proof
from worker.training.loop import Checkpoint, Run
from worker.training.loop import Watcher as RunWatcher
from worker.training.step import Steps

FOLD_ROWS = 1_000  # on which the stored model is compared with the trained network
FOLD_TOLERANCE = 1e-4  # in probability


class Watcher(RunWatcher, Protocol):
    """Who looks on while a model is made."""

    def before_training(self, statistics: Statistics) -> None:
        """Hear what is known of the data before the first step."""

    def after_gradient_check(self, proof: Proof) -> None:
        """Hear how far the derivatives are from measured ones."""

    def after_training(self) -> None:
        """Hear that the last step is taken; the run is to be forgotten."""


@dataclass(frozen=True)
class Trained:
    """What a finished run leaves: tensors that take raw rows, what they are worth, and what ended
    it: `epochs`, `early_stopping`, `max_seconds` or `stop`."""

    tensors: build.Tensors
    result: Json
    fold_difference: float
    ended_by: str


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
    engines: Callable[[str], TrainingEngine] | None = None,
) -> Trained:
    """Train as the spec says, from the checkpoint on if there is one.

    Args:
        engines: makes one for a dtype; if None, the processor with so many threads.

    Raises:
        GradientCheckFailed: the core has a fault.
        Diverged: the cost is not a number any more.
        FoldMismatch: the stored model would answer differently from the trained network.
    """
    rows, kept_out = dataset.train, None
    if spec.validation_fraction:
        rows, kept_out = rows.divided(spec.validation_fraction, spec.seed)
    exact = build.normalizer(spec, partial(moments, rows, threads), rows.samples(slice(0, 1))[0])
    watcher.before_training(statistics(dataset, rows, exact))
    engines = engines or partial(CpuEngine, threads=threads)
    fit = Fit(spec, rows, kept_out, len(dataset.classes), exact, engines, watcher)
    network, ended_by = fit.network(checkpoint, check_gradients)
    tensors = folded(network, exact)
    served, loss = serving_network(tensors, spec), loss_for(fit.classes)
    difference = fold_difference(network, exact.astype(spec.dtype), served, loss, rows)
    del network  # to measure what is served takes memory too
    splits = {"train": rows, "validation": kept_out, "test": dataset.splits["test"]}
    result = measured(served, loss, splits, dataset.classes)
    return Trained(tensors, result, difference, ended_by)


@dataclass(frozen=True)
class Fit:
    """All that decides how a network is trained.

    Attributes:
        rows, kept_out: to learn from, and to watch it by if there are any.
        normalization: of these rows, in float64.
        engines: makes one for a dtype.
    """

    spec: JobSpec
    rows: Split
    kept_out: Split | None
    classes: int
    normalization: Normalization
    engines: Callable[[str], TrainingEngine]
    watcher: Watcher

    def network(self, checkpoint: Checkpoint | None, check_gradients: bool) -> tuple[Network, str]:
        """The trained network, on the host, and what ended its training; whatever else that took is
        gone."""
        network = build.network(self.spec, self.rows.x[0].size, self.classes)
        ended_by = self._take_all_steps(network, checkpoint, check_gradients)
        self.watcher.after_training()
        gc.collect()  # an engine and what it has recorded know each other
        network.to(on_host)
        return network, ended_by

    def _take_all_steps(
        self, network: Network, checkpoint: Checkpoint | None, check_gradients: bool
    ) -> str:
        run = self._run(network, checkpoint)
        taken = run.steps(self.watcher)
        if check_gradients and checkpoint is None:
            next(taken, None)  # the first step need not wait for the proof
            self._check_gradients()
        for _ in taken:
            pass
        return run.ended_by

    def _run(self, network: Network, checkpoint: Checkpoint | None) -> Run:
        spec, kept_out = self.spec, self.kept_out
        batches = Batches(spec, self.rows, self.classes)
        validation = Batches(spec, kept_out, self.classes) if kept_out else None
        normalization, engine = self.normalization.astype(spec.dtype), self.engines(spec.dtype)
        steps = Steps(spec, network, loss_for(self.classes), normalization, batches, engine)
        run = Run(spec, steps, batches, validation)
        if checkpoint is not None:
            run.restore(checkpoint)
        return run

    def _check_gradients(self) -> None:
        engine = partial(self.engines, "float64")
        check = GradientCheck(self.spec, self.rows, self.normalization, self.classes, engine)
        self.watcher.after_gradient_check(check.proof())


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
    inputs = normalization.apply(rows.some())
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
    tensors["W1"], tensors["b1"] = normalization.fold(tensors["W1"], tensors["b1"])
    return tensors


def serving_network(tensors: build.Tensors, spec: JobSpec) -> Network:
    """The network as it answers: float64, so that an answer does not depend on its neighbours."""
    wide = {name: array.astype("float64", copy=False) for name, array in tensors.items()}
    return build.network_of(wide, spec.network.activation)


def fold_difference(
    network: Network, normalization: Normalization, served: Network, loss: Loss, split: Split
) -> float:
    """The largest difference in probability between the trained network and the stored model."""
    differences = []
    for samples in blocks(served, split.first(FOLD_ROWS)):
        trained = loss.probabilities(network.logits(normalization.apply(samples)))
        stored = loss.probabilities(served.logits(samples.astype("float64")))
        differences.append(np.abs(trained - stored).max())
    difference = float(np.max(differences))  # unlike max, it lets no nan pass
    if not difference <= FOLD_TOLERANCE:
        raise FoldMismatch(
            f"Expected the stored model within {FOLD_TOLERANCE:g} of the trained network, got "
            f'{difference:.2g}. Train with precision "float64" or another normalization.'
        )
    return difference
