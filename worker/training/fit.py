"""From a spec and a dataset to a model as it will be served, measured."""

import gc
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import numpy as np

from worker.data.batches import Batches
from worker.data.dataset import Dataset, Split
from worker.data.row_answers import RowAnswers
from worker.doctor.chart import Statistics
from worker.jsontypes import Json
from worker.nn.arrays import on_host
from worker.nn.engines.answering.network import answering_network
from worker.nn.engines.base import TrainingEngine
from worker.nn.engines.cpu.engine import CpuEngine, moments_of
from worker.nn.network import Network
from worker.nn.normalization import Moments, Normalization
from worker.spec import JobSpec
from worker.training import build
from worker.training.chain import ONCE, Again, Chain, new_chain
from worker.training.cross_validation import cross_validated
from worker.training.evaluate import Answers
from worker.training.fitted import End, Fitted
from worker.training.gradient_check import GradientCheck
from worker.training.held_out import HeldOut
from worker.training.layer_times import time_shares
from worker.training.loop import Checkpoint, Run
from worker.training.measures import Measured, Model, Splits, measured
from worker.training.model import Tensors, fold_difference, folded, serving_network, unfolded
from worker.training.origin import Origin, started
from worker.training.plan import Plan
from worker.training.problem import Problem
from worker.training.row_moments import normalization_by, summed
from worker.training.step import Steps
from worker.training.turn import Start
from worker.training.watcher import Watcher


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
        held_out: what networks answered that had not learned from these rows, if there were folds.
    """

    tensors: Tensors
    unfolded: Tensors
    measured: Measured
    answers: dict[str, RowAnswers]
    fold_difference: float
    ended_by: str
    chain: Chain | None
    held_out: HeldOut | None

    @property
    def result(self) -> Json:
        """The measures of each split, and of the folds if there were any."""
        if self.held_out is None:
            return self.measured.result
        return {**self.measured.result, "cross_validation": self.held_out.result()}


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
        InvalidParameter: a class has fewer rows than folds are wanted.
        Diverged: the cost is not a number any more.
        FoldMismatch: the stored model would answer differently from the trained network.
    """
    plan = plan_of(spec, dataset, origin)
    engines = engines or partial(CpuEngine, threads=threads)
    fit = partial(fitted, How(engines, threads, watcher, check_gradients, again))
    held_out, start = cross_validated(plan, dataset, fit, checkpoint)
    made = fit(plan, dataset, start)
    splits = Splits(made.rows, made.kept_out, dataset.splits["test"])
    found = measured(Model(made.served, plan.loss, dataset.classes), splits, spec.error_rate)
    answers, end = row_answers(dataset, found.answers), made.end
    network = made.tensors, made.unfolded, found, answers, made.fold_difference
    return Trained(*network, end.ended_by, end.chain, held_out)


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


class How(NamedTuple):
    """How networks are trained, whichever and on whatever.

    Attributes:
        engines: makes one for a dtype.
        check_gradients: whether the job begins with that.
    """

    engines: Callable[[str], TrainingEngine]
    threads: int
    watcher: Watcher
    check_gradients: bool
    again: Again


def fitted(how: How, plan: Plan, dataset: Dataset, start: Start) -> Fitted:
    """A network that was trained on the rows of a dataset, and as it answers."""
    rows, kept_out = plan.divided(dataset.train, dataset.splits.get("validation"))
    exact = normalization_of(plan, rows, how.threads)
    how.watcher.before_training(statistics(dataset, rows, exact), start.turn)
    learned = rows.with_mirrored() if plan.problem.mirrored else rows
    network, end = Fit(how, plan, learned, kept_out, exact).network(start)
    tensors, kept = (made(plan.network, network, exact) for made in (folded, unfolded))
    by_kernels = partial(answering_network, threads=how.threads)
    served = serving_network(in_float64(tensors), plan.network, by_kernels)
    difference = fold_difference(network, exact.astype(plan.dtype), served, plan.loss, rows)
    return Fitted(tensors, kept, served, rows, kept_out, difference, end)


@dataclass(frozen=True)
class Fit:
    """A plan, and what it is carried out on.

    Attributes:
        rows, kept_out: to learn from, and to watch it by if there are any.
        normalization: of these rows, in float64.
    """

    how: How
    plan: Plan
    rows: Split
    kept_out: Split | None
    normalization: Normalization

    def network(self, start: Start) -> tuple[Network, End]:
        """The trained network, on the host, and how its training ended; whatever else it took is
        gone."""
        network = self.plan.network.start(self.plan.dtype)
        end = self._take_all_steps(network, start)
        self.how.watcher.after_training()
        gc.collect()  # an engine and what it has recorded know each other
        network.to(on_host)
        return network, end

    def _take_all_steps(self, network: Network, start: Start) -> End:
        how, plan, engine = self.how, self.plan, self.how.engines(self.plan.dtype)
        run = self._run(network, start, engine)
        first = start.turn.number == 0 and start.checkpoint is None
        to_prove = how.check_gradients and first
        for _ in run.steps(how.watcher):
            if to_prove:  # after the first step, which need not wait for the proof
                self._check_gradients()
                how.watcher.after_timing(time_shares(plan, network, engine))
                to_prove = False
        return End(run.ended_by, run.chain, run.at.epoch, run.seconds)

    def _run(self, network: Network, start: Start, engine: TrainingEngine) -> Run:
        plan, kept_out = self.plan, self.kept_out
        batches = Batches(plan.batches, self.rows, plan.problem.classes)
        validation = Batches(plan.batches, kept_out, plan.problem.classes) if kept_out else None
        normalization = self.normalization.astype(plan.dtype)
        steps = Steps(plan, network, normalization, batches, engine)
        chain = new_chain(plan, batches.rows, steps.network.arrays[0])
        chain.stride = self.how.again.stride or chain.stride
        until, beside = self.how.again.until, start.beside
        run = Run(plan, steps, batches, validation, chain, until, beside)
        if start.checkpoint is not None:
            run.restore(start.checkpoint)
        return run

    def _check_gradients(self) -> None:
        engine = partial(self.how.engines, "float64")
        check = GradientCheck(self.plan, self.rows, self.normalization, engine)
        self.how.watcher.after_gradient_check(check.proof())


def normalization_of(plan: Plan, rows: Split, threads: int) -> Normalization:
    """Of these rows, or of the model from which the plan starts."""
    return normalization_by(plan, rows, partial(moments, rows, threads))


def moments(rows: Split, threads: int) -> Moments:
    """Of the features of these rows."""
    if rows.floats:
        return summed(rows)
    found = moments_of(rows.x.reshape(len(rows.x), -1), rows.index, threads)
    shape = rows.x.shape[1:]
    return Moments(found.rows, found.sums.reshape(shape), found.squares.reshape(shape))


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
