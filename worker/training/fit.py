"""From a spec and a dataset to a model as it will be served, measured."""

import gc
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

import numpy as np

from worker.data.batches import Batches
from worker.data.dataset import Dataset, Split, sample_rows
from worker.data.row_answers import RowAnswers
from worker.doctor.chart import Statistics
from worker.jsontypes import Json
from worker.nn.arrays import on_host
from worker.nn.engines.answering.network import answering_network
from worker.nn.engines.base import TrainingEngine
from worker.nn.engines.cpu.engine import CpuEngine, moments_of
from worker.nn.network import Network
from worker.nn.normalization import Moments, Normalization, by_channel
from worker.spec import JobSpec
from worker.training import build
from worker.training.chain import ONCE, Again, Chain, new_chain
from worker.training.evaluate import Answers
from worker.training.gradient_check import GradientCheck, Proof
from worker.training.layer_times import time_shares
from worker.training.loop import Checkpoint, Run
from worker.training.loop import Watcher as RunWatcher
from worker.training.measures import Measured, Model, Splits, measured
from worker.training.model import Tensors, fold_difference, folded, serving_network, unfolded
from worker.training.origin import Origin, started
from worker.training.plan import Plan
from worker.training.problem import Problem
from worker.training.step import Steps


class Watcher(RunWatcher, Protocol):
    """Who looks on while a model is made."""

    def before_training(self, statistics: Statistics) -> None:
        """Hear what is known of the data before the first step."""

    def after_gradient_check(self, proof: Proof) -> None:
        """Hear how far the derivatives are from measured ones."""

    def after_timing(self, shares: list[float]) -> None:
        """Hear which share of a step's time is spent on each layer."""

    def after_training(self) -> None:
        """Hear that the last step is taken; the run is to be forgotten."""


@dataclass(frozen=True)
class Trained:
    """What a finished run leaves.

    Attributes:
        tensors: take raw rows.
        unfolded: the same as they were trained, from which another training may start.
        measured: what they are worth.
        answers: for the rows of each split.
        ended_by: `epochs`, `early_stopping`, `max_seconds` or `stop`.
        chain: of its weights; None where it went on from a checkpoint that has none.
    """

    tensors: Tensors
    unfolded: Tensors
    measured: Measured
    answers: dict[str, RowAnswers]
    fold_difference: float
    ended_by: str
    chain: Chain | None

    @property
    def result(self) -> Json:
        """The measures of each split."""
        return self.measured.result


# A diverging run overflows on its way; its end says so in words.
@np.errstate(all="ignore")
def train(
    spec: JobSpec,
    dataset: Dataset,
    watcher: Watcher,
    *,
    origin: Origin | None = None,
    checkpoint: Checkpoint | None = None,
    check_gradients: bool = False,
    threads: int = 1,
    engines: Callable[[str], TrainingEngine] | None = None,
    again: Again = ONCE,
) -> Trained:
    """Train as the spec says, from the checkpoint on if there is one.

    Args:
        origin: the model from which the spec starts, if it does from one.
        engines: makes one for a dtype; if None, the processor with so many threads.
        again: how it ended, if it is done again.

    Raises:
        GradientCheckFailed: the core has a fault.
        Diverged: the cost is not a number any more.
        FoldMismatch: the stored model would answer differently from the trained network.
    """
    plan = plan_of(spec, dataset, origin)
    rows, kept_out = plan.divided(dataset.train, dataset.splits.get("validation"))
    exact = normalization_of(plan, rows, threads)
    watcher.before_training(statistics(dataset, rows, exact))
    engines = engines or partial(CpuEngine, threads=threads)
    learned = rows.with_mirrored() if plan.problem.mirrored else rows
    fit = Fit(plan, learned, kept_out, exact, engines, watcher, again)
    network, ended_by, chain = fit.network(checkpoint, check_gradients)
    tensors, kept = (made(plan.network, network, exact) for made in (folded, unfolded))
    by_kernels = partial(answering_network, threads=threads)
    served = serving_network(in_float64(tensors), plan.network, by_kernels)
    difference = fold_difference(network, exact.astype(plan.dtype), served, plan.loss, rows)
    splits = Splits(rows, kept_out, dataset.splits["test"])
    found = measured(Model(served, plan.loss, dataset.classes), splits, spec.error_rate)
    answers = row_answers(dataset, found.answers)
    return Trained(tensors, kept, found, answers, difference, ended_by, chain)


def plan_of(spec: JobSpec, dataset: Dataset, origin: Origin | None) -> Plan:
    plan = build.plan(spec, Problem.of_dataset(dataset))
    return plan if origin is None else replace(plan, network=started(plan.network, origin))


def row_answers(dataset: Dataset, answers: dict[str, Answers]) -> dict[str, RowAnswers]:
    """What was answered for each row of the dataset that was asked."""
    found = {}
    for name, of in answers.items():
        source = name if name in dataset.splits else "train"  # rows to validate may be some of it
        found[name] = RowAnswers(source, of.rows, of.labels, of.said, of.sure, of.given)
    return found


def in_float64(tensors: Tensors) -> Tensors:
    return {name: array.astype("float64", copy=False) for name, array in tensors.items()}


@dataclass(frozen=True)
class Fit:
    """A plan, and what it is carried out on.

    Attributes:
        rows, kept_out: to learn from, and to watch it by if there are any.
        normalization: of these rows, in float64.
        engines: makes one for a dtype.
    """

    plan: Plan
    rows: Split
    kept_out: Split | None
    normalization: Normalization
    engines: Callable[[str], TrainingEngine]
    watcher: Watcher
    again: Again

    def network(
        self, checkpoint: Checkpoint | None, check_gradients: bool
    ) -> tuple[Network, str, Chain | None]:
        """The trained network, on the host, what ended its training, and the chain of that;
        whatever else it took is gone."""
        network = self.plan.network.start(self.plan.dtype)
        ended_by, chain = self._take_all_steps(network, checkpoint, check_gradients)
        self.watcher.after_training()
        gc.collect()  # an engine and what it has recorded know each other
        network.to(on_host)
        return network, ended_by, chain

    def _take_all_steps(
        self, network: Network, checkpoint: Checkpoint | None, check_gradients: bool
    ) -> tuple[str, Chain | None]:
        plan, engine = self.plan, self.engines(self.plan.dtype)
        run = self._run(network, checkpoint, engine)
        to_prove = check_gradients and checkpoint is None
        for _ in run.steps(self.watcher):
            if to_prove:  # after the first step, which need not wait for the proof
                self._check_gradients()
                self.watcher.after_timing(time_shares(plan, network, engine))
                to_prove = False
        return run.ended_by, run.chain

    def _run(self, network: Network, checkpoint: Checkpoint | None, engine: TrainingEngine) -> Run:
        plan, kept_out = self.plan, self.kept_out
        batches = Batches(plan.batches, self.rows, plan.problem.classes)
        validation = Batches(plan.batches, kept_out, plan.problem.classes) if kept_out else None
        normalization = self.normalization.astype(plan.dtype)
        steps = Steps(plan, network, normalization, batches, engine)
        chain = new_chain(plan, batches.rows, steps.network.arrays[0])
        chain.stride = self.again.stride or chain.stride
        run = Run(plan, steps, batches, validation, chain, self.again.until)
        if checkpoint is not None:
            run.restore(checkpoint)
        return run

    def _check_gradients(self) -> None:
        engine = partial(self.engines, "float64")
        check = GradientCheck(self.plan, self.rows, self.normalization, engine)
        self.watcher.after_gradient_check(check.proof())


def normalization_of(plan: Plan, rows: Split, threads: int) -> Normalization:
    """Of these rows: feature by feature; or channel by channel, where the network takes pictures,
    for a kernel is the same at every place. If the first layer takes the weights of a model, that
    of the model: what they make of a sample is to stay."""
    if (given := plan.network.given_normalization) is not None:
        return given
    row, measured = rows.samples(slice(0, 1))[0], partial(moments, rows, threads)
    if not plan.network.pictures:
        return plan.normalization(measured, row)
    return plan.normalization(lambda: by_channel(measured()), row[0, 0]).everywhere(row.shape)


def moments(rows: Split, threads: int) -> Moments:
    """Of the features of these rows."""
    if rows.floats:
        return moments_of_floats(rows)
    found = moments_of(rows.x.reshape(len(rows.x), -1), rows.index, threads)
    shape = rows.x.shape[1:]
    return Moments(found.rows, found.sums.reshape(shape), found.squares.reshape(shape))


def moments_of_floats(rows: Split) -> Moments:
    """Of rows of float32: summed in float64, by one thread, in their order."""
    sums = np.zeros((2, *rows.x.shape[1:]))
    step = sample_rows(rows.x[:1].size)
    for at in range(0, len(rows), step):
        wide = rows.samples(slice(at, at + step)).astype("float64")
        sums += wide.sum(axis=0), np.square(wide, out=wide).sum(axis=0)
    return Moments(len(rows), *sums)


def statistics(dataset: Dataset, rows: Split, normalization: Normalization) -> Statistics:
    """Of the rows that are trained on, as the first layer sees them."""
    inputs = normalization.apply(rows.some())
    return Statistics(
        train_per_class=np.bincount(rows.y, minlength=len(dataset.classes)).tolist(),
        test_rows=len(dataset.splits["test"]),
        input_mean=float(inputs.mean()),
        input_deviation=float(inputs.std()),
        constant_features=int((normalization.factor == 0).sum()),
        pictures=dataset.shape[2:] == [3],
    )
