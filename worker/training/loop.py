"""A training run, which can be left at any step and taken up again as if nothing had happened."""

import math
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Protocol

from worker.data.batches import Batches
from worker.errors import Diverged, Stopped
from worker.jsontypes import Json
from worker.nn.arrays import Array, assign
from worker.nn.engines.batch import Rows
from worker.training.capped import capped_or_none
from worker.training.chain import Chain
from worker.training.plan import Plan
from worker.training.step import Outcome, Steps

AT_ONCE_S = 0.02  # for which steps may be taken without anybody looking


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
    gradient_norms: list[float | None]
    layers: list[Json]
    seconds: float


@dataclass
class Position:
    """How far a run is. `step` is the next one within `epoch`, both from 0."""

    epoch: int = 0
    step: int = 0
    cost_sum: float = 0.0
    right: int = 0
    best_loss: float = math.inf
    best_epoch: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Checkpoint:
    """All that a run needs to go on: named arrays, and the rest as JSON."""

    tensors: dict[str, Array]
    about: Json


class Watcher(Protocol):
    """Who looks on while a run goes."""

    def before_step(self) -> None:
        """Raise to end the run here; Stopped, to keep what was learned. Where steps are short, a
        few of them are one to a watcher."""

    def after_step(self, run: "Run") -> None:
        """Take a checkpoint, if it is time."""

    def after_epoch(self, epoch: Epoch) -> None:
        """Hear of an epoch that is done."""


class Run:
    """Changes a network's parameters in place, step by step.

    Attributes:
        network: what is trained: the layers that learn.
        at: how far it is.
        best: with early stopping, what answered in the best epoch so far.
        chain: digests of the network; None where nobody wants any, or a checkpoint has none.
        ended_by: `epochs` or `early_stopping`, or the code of what the watcher raised; "" before.
    """

    def __init__(
        self,
        plan: Plan,
        steps: Steps,
        batches: Batches,
        validation: Batches | None,
        chain: Chain | None = None,
        until: tuple[int, int] | None = None,  # epochs, and steps of the next; None: as planned
        beside: Checkpoint | None = None,  # what its checkpoints have of trainings before it
    ) -> None:
        self._plan, self.network, self.at = plan, steps.network, Position()
        self._steps, self._batches, self._validation = steps, batches, validation
        self._schedule = plan.schedule(batches.steps)
        # Of classes with a row each, none can be kept out: then there is nothing to stop by.
        self._stopping = plan.stopping if validation else None
        self.ended_by = ""
        self.chain, self._until = chain, until or (plan.epochs, 0)
        self._beside = beside or Checkpoint({}, {})
        self.best = [array.copy() for array in steps.answering] if self._stopping else []
        self._started = time.perf_counter()
        self._at_once = 1

    def steps(self, watcher: Watcher) -> Iterator[None]:
        """Train to the end, or until the watcher raises; yield after every few steps. If what it
        raises is Stopped, the training ends early and nothing is raised.

        Raises:
            Diverged: the cost is not a number any more.
        """
        self._started = time.perf_counter() - self.at.seconds
        try:
            yield from self._epochs(watcher)
            self.ended_by = "early_stopping" if self.at.epoch < self._plan.epochs else "epochs"
        except Stopped as error:
            self.ended_by = error.code
        if self.chain is not None:
            self.chain.close(self.at.epoch, self.at.step, self.network.arrays)
        # If it was stopped before its first epoch was over, there is no best one.
        answering = self.best if self.at.best_epoch else self._steps.averages
        for own, array in zip(self.network.arrays, answering, strict=False):
            own[...] = array

    def _epochs(self, watcher: Watcher) -> Iterator[None]:
        while not self._done():
            rows = self._batches.epoch(self.at.epoch)
            for count in self._pieces():
                watcher.before_step()
                rate = self._take(rows, count)
                if self.at.step == self._batches.steps:
                    watcher.after_epoch(self._end_of_epoch(rate))
                watcher.after_step(self)
                yield

    @property
    def seconds(self) -> float:
        """For which it has been trained, by all attempts."""
        return time.perf_counter() - self._started

    def checkpoint(self) -> Checkpoint:
        """All of the run as it stands. The arrays are its own, wherever they live: to keep them
        beyond the next step is to copy them."""
        self.at.seconds = self.seconds
        chain = {} if self.chain is None else {"chain": self.chain.as_dict()}
        about = {**asdict(self.at), "t": self._steps.optimizer.t, **chain}
        return Checkpoint(self._arrays() | self._beside.tensors, about | self._beside.about)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Stand where the run of this plan stood when it was asked for the checkpoint."""
        about = {k: v for k, v in checkpoint.about.items() if k not in self._beside.about}
        self._steps.optimizer.t = about.pop("t")
        # One of an older release has none, and nothing can make up for those that are missing.
        self.chain = Chain.of(about.pop("chain")) if "chain" in about else None
        self.at = Position(**about)
        for name, array in self._arrays().items():
            assign(array, checkpoint.tensors[name])

    def _arrays(self) -> dict[str, Array]:
        groups = {
            "param": self.network.params, "running": self.network.running, "best": self.best,
            "average": self._steps.averages, "alive": self._steps.vitals.alive,
        }  # fmt: skip
        groups |= self._steps.optimizer.moments
        return {
            f"{name}.{i}": array for name, group in groups.items() for i, array in enumerate(group)
        }

    def _done(self) -> bool:
        stopping, at = self._stopping, self.at
        stalled = stopping is not None and at.epoch - at.best_epoch >= stopping.patience
        return (at.epoch, at.step) >= self._until or stalled

    def _pieces(self) -> Iterator[int]:
        """How many steps to take at a time, up to the end of the epoch: first one, then more while
        that takes no time. The last one, which is looked at closely, stands alone."""
        epoch, steps = self.at.epoch, self._batches.steps
        end = self._until[1] if self._until[0] == epoch else steps
        while self.at.epoch == epoch and not self._done():
            started = time.perf_counter()
            yield min(max(1, min(self._at_once, steps - 1 - self.at.step)), end - self.at.step)
            took = time.perf_counter() - started
            if took < AT_ONCE_S / 2:
                self._at_once *= 2
            elif took > AT_ONCE_S:
                self._at_once = max(1, self._at_once // 2)

    def _take(self, rows: Rows, count: int) -> float:
        """Take so many steps; returns the learning rate of the last."""
        at, each = self.at, 1 / self._batches.steps
        shares = [self._schedule(at.epoch + (at.step + i) * each) for i in range(count)]
        rates = [self._plan.learning_rate * share for share in shares]
        before = Outcome(at.cost_sum, at.right, 0)
        found = self._steps.take(rows, at.step, rates, before)
        if found.bad_step:
            raise Diverged(self._divergence(found.bad_step))
        at.cost_sum, at.right, at.step = found.cost, found.right, at.step + count
        return rates[-1]

    def _end_of_epoch(self, rate: float) -> Epoch:
        at, rows, vitals = self.at, self._batches.rows, self._steps.vitals
        at.epoch, at.step = at.epoch + 1, 0
        cost, right = at.cost_sum / rows, at.right / rows
        at.cost_sum, at.right = 0.0, 0
        norms, layers = vitals.gradient_norms(), vitals.layers()
        loss, accuracy = self._validate()
        if self.chain is not None:
            self.chain.after_epoch(at.epoch, self.network.arrays)
        return Epoch(
            epoch=at.epoch,
            step=at.epoch * self._batches.steps,
            loss=cost,
            accuracy=right,
            validation_loss=capped_or_none(loss),
            validation_accuracy=accuracy,
            learning_rate=rate,
            gradient_norms=[capped_or_none(norm) for norm in norms],
            layers=[
                {sign: capped_or_none(value) for sign, value in signs.items()} for signs in layers
            ],
            seconds=self.seconds,
        )

    def _validate(self) -> tuple[float | None, float | None]:
        """Loss and accuracy on the validation rows; notes what answered best so far."""
        if self._validation is None:
            return None, None
        found, at, stopping = self._steps.look(self._validation), self.at, self._stopping
        cost = found.cost / self._validation.rows
        if stopping is not None and cost < at.best_loss - stopping.min_delta:
            at.best_loss, at.best_epoch = cost, at.epoch
            for best, array in zip(self.best, self._steps.answering, strict=True):
                best[...] = array
        return cost, found.right / self._validation.rows

    def _divergence(self, step: int) -> str:
        return (
            f"The cost was no number any more in epoch {self.at.epoch + 1}, step {step}. Try a "
            f"smaller learning_rate than {self._plan.learning_rate:g}, or normalization "
            "standardize."
        )
