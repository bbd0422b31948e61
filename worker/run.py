"""A training run, which can be left at any step and taken up again as if nothing had happened."""

import math
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from worker import build
from worker.data.batches import Batch, Batches
from worker.errors import Diverged
from worker.nn.backend import Array, Generator, Purpose, generator
from worker.nn.losses import Loss
from worker.nn.network import Network, Tape
from worker.nn.regularization import add_l2, clip, norm
from worker.spec import JobSpec
from worker.vitals import Vitals

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
        """Raise to end the run here."""

    def after_step(self, run: "Run") -> None:
        """Take a checkpoint, if it is time."""

    def after_epoch(self, epoch: Epoch) -> None:
        """Hear of an epoch that is done."""


class Run:
    """Changes a network's parameters in place, step by step.

    Attributes:
        network: what is trained.
        at: how far it is.
        best: with early stopping, the parameters of the best epoch so far.
    """

    def __init__(
        self,
        spec: JobSpec,
        network: Network,
        loss: Loss,
        batches: Batches,
        validation: Batches | None,
    ) -> None:
        self.spec, self.network, self.at = spec, network, Position()
        self._loss, self._batches, self._validation = loss, batches, validation
        self._optimizer = build.optimizer(spec, network.params)
        self._schedule = build.schedule(spec, batches.steps)
        self._vitals = Vitals(network)
        # Of classes with a row each, none can be kept out: then there is nothing to stop by.
        self._stopping = spec.early_stopping if validation else None
        self.best = [p.copy() for p in network.params] if self._stopping else []
        self._started = time.perf_counter()

    def steps(self, watcher: Watcher) -> Iterator[None]:
        """Train to the end, or until the watcher raises; gives way after every step.

        Raises:
            Diverged: the cost is not a number any more.
        """
        self._started = time.perf_counter() - self.at.seconds
        while not self._done():
            for batch in self._batches.epoch(self.at.epoch, self.at.step):
                watcher.before_step()
                epoch = self._step(batch)
                if epoch is not None:
                    watcher.after_epoch(epoch)
                watcher.after_step(self)
                yield
        for p, best in zip(self.network.params, self.best, strict=False):
            p[...] = best

    def checkpoint(self) -> Checkpoint:
        """All of the run as it stands, copied."""
        self.at.seconds = time.perf_counter() - self._started
        tensors = {name: array.copy() for name, array in self._arrays().items()}
        return Checkpoint(tensors, {**asdict(self.at), "t": self._optimizer.t})

    def restore(self, checkpoint: Checkpoint) -> None:
        """Stand where the run of this spec stood when it was asked for the checkpoint."""
        about = dict(checkpoint.about)
        self._optimizer.t = about.pop("t")
        self.at = Position(**about)
        for name, array in self._arrays().items():
            array[...] = checkpoint.tensors[name]

    def _arrays(self) -> dict[str, Array]:
        groups = {"param": self.network.params, "best": self.best, "alive": self._vitals.alive}
        groups |= self._optimizer.moments
        return {
            f"{name}.{i}": array for name, group in groups.items() for i, array in enumerate(group)
        }

    def _done(self) -> bool:
        stopping, at = self._stopping, self.at
        stalled = stopping is not None and at.epoch - at.best_epoch >= stopping.patience
        return at.epoch >= self.spec.epochs or stalled

    def _step(self, batch: Batch) -> Epoch | None:
        """Take a step; gives the epoch's record when it was the last of the epoch."""
        at, last = self.at, self.at.step == self._batches.steps - 1
        logits, tape = self.network.forward(batch.inputs, self._chance())
        cost, error = self._loss.cost(logits, batch.targets, batch.weights)
        if not math.isfinite(cost):
            raise Diverged(self._divergence(float(cost)))
        gradients = tape.backward(error)
        self._vitals.watch(tape)
        norms = layer_norms(gradients) if last else []
        self._regularize(gradients)
        if last:
            self._vitals.before_last_step()
        rate = self.spec.optimizer.learning_rate
        rate *= self._schedule(at.epoch + at.step / self._batches.steps)
        self._optimizer.step(gradients, rate)
        at.cost_sum += float(cost) * len(logits)
        at.right += int((self._loss.answers(logits) == batch.labels).sum())
        at.step += 1
        return self._end_of_epoch(tape, norms, rate) if last else None

    def _chance(self) -> Generator | None:
        if not self.spec.network.dropout:
            return None
        return generator(self.spec.seed, Purpose.DROPOUT, self.at.epoch, self.at.step)

    def _regularize(self, gradients: list[Array]) -> None:
        regularization = self.spec.regularization
        if regularization.l2:
            add_l2(gradients, self.network.params, regularization.l2)
        if regularization.clip_norm is not None:
            clip(gradients, regularization.clip_norm)

    def _end_of_epoch(self, tape: Tape, norms: list[float], rate: float) -> Epoch:
        at, rows = self.at, self._batches.rows
        at.epoch, at.step = at.epoch + 1, 0
        loss, accuracy = self._validate()
        record = Epoch(
            epoch=at.epoch,
            step=at.epoch * self._batches.steps,
            loss=at.cost_sum / rows,
            accuracy=at.right / rows,
            validation_loss=None if loss is None else capped(loss),
            validation_accuracy=accuracy,
            learning_rate=rate,
            gradient_norms=[capped(norm) for norm in norms],
            layers=[
                {sign: capped(value) for sign, value in layer.items()}
                for layer in self._vitals.after_last_step(tape)
            ],
            seconds=time.perf_counter() - self._started,
        )
        at.cost_sum, at.right = 0.0, 0
        return record

    def _validate(self) -> tuple[float | None, float | None]:
        """Loss and accuracy on the validation rows; notes the best parameters so far."""
        if self._validation is None:
            return None, None
        cost, right, rows = 0.0, 0, self._validation.rows
        for batch in self._validation.in_order():
            logits = self.network.logits(batch.inputs)
            cost += float(self._loss.cost(logits, batch.targets, 1)[0]) * len(logits) / rows
            right += int((self._loss.answers(logits) == batch.labels).sum())
        at, stopping = self.at, self._stopping
        if stopping is not None and cost < at.best_loss - stopping.min_delta:
            at.best_loss, at.best_epoch = cost, at.epoch
            for best, p in zip(self.best, self.network.params, strict=True):
                best[...] = p
        return cost, right / rows

    def _divergence(self, cost: float) -> str:
        return (
            f"The cost became {cost} in epoch {self.at.epoch + 1}, step {self.at.step + 1}. Try a "
            f"smaller learning_rate than {self.spec.optimizer.learning_rate:g}, or normalization "
            "standardize."
        )


def capped(value: float) -> float:
    """The value, or where it overflowed the largest that JSON can say."""
    return value if math.isfinite(value) else sys.float_info.max


def layer_norms(gradients: Sequence[Array]) -> list[float]:
    """The Euclidean norm of each layer's gradients of W and b together."""
    norms = [norm(g) for g in gradients]
    return [math.hypot(w, b) for w, b in zip(norms[::2], norms[1::2], strict=True)]
