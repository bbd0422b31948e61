"""How a network is trained: what a spec says of it, in objects of the core."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, Self

from worker.data.batches import Batching
from worker.data.dataset import Split
from worker.nn.arrays import Array
from worker.nn.losses import Loss
from worker.nn.normalization import Moments, Normalization
from worker.nn.optimizers import Optimizer
from worker.nn.schedules import Schedule
from worker.training.network_plan import NetworkPlan
from worker.training.problem import Problem


class Stopping(NamedTuple):
    """When a training ends before its last epoch.

    Attributes:
        patience: epochs without a better validation loss.
        min_delta: by how much, in nats per row, a better loss is below the best so far.
    """

    patience: int
    min_delta: float


@dataclass(frozen=True)
class Folds:
    """How often a network is trained on some of the rows and asked about the others.

    Attributes:
        count: parts into which the rows are divided; each is held out from one training.
        repeats: how often they are divided anew.
    """

    count: int
    repeats: int

    @property
    def trainings(self) -> int:
        """Trainings from which rows are held out."""
        return self.count * self.repeats


@dataclass(frozen=True)
class Plan:
    """All that decides how a network is trained on a problem. Nothing large is made yet.

    Attributes:
        dtype: of the arithmetic, and of the parameters.
        tf32: whether a graphics processor may round the factors of products.
        normalization: returns that of training rows, in float64, from one row and a function that
            measures their moments.
        optimizer: returns one for these parameters, its moments at zero.
        learning_rate: by which the schedule is multiplied.
        schedule: returns the schedule for epochs of so many steps.
        batches: which rows a step takes.
        l2: half of it times the sum of the squared weights is added to the cost.
        clip_norm: the largest norm of all gradients together, if there is one.
        average_weights: decay per step of a running mean of the weights, which answers in their
            place, if there is one.
        label_smoothing: share of each target that is spread over all classes.
        epochs: after which the training ends.
        validation_fraction: share of the training rows that is kept out to validate; none where the
            dataset has rows of its own for that.
        stopping: by the rows that are kept out, if at all.
        folds: of the trainings before this one, from which rows are held out, if there are any.
        seed: of all that is left to chance.
    """

    problem: Problem
    network: NetworkPlan
    dtype: Literal["float32", "float64"]
    tf32: bool
    normalization: Callable[[Callable[[], Moments], Array], Normalization]
    loss: Loss
    optimizer: Callable[[Sequence[Array]], Optimizer]
    learning_rate: float
    schedule: Callable[[int], Schedule]
    batches: Batching
    l2: float
    clip_norm: float | None
    average_weights: float | None
    label_smoothing: float
    epochs: int
    validation_fraction: float
    stopping: Stopping | None
    folds: Folds | None
    seed: int

    def with_seed(self, seed: int) -> Self:
        """The same, with another chance in all that is left to it."""
        network, batches = replace(self.network, seed=seed), replace(self.batches, seed=seed)
        return replace(self, network=network, batches=batches, seed=seed)

    def divided(self, rows: Split, own: Split | None = None) -> tuple[Split, Split | None]:
        """The rows to learn from, and those that are kept out to validate, if any are wanted.

        Args:
            own: the dataset's rows to validate, if it has any.
        """
        if not self.validation_fraction:
            return rows, own
        return rows.divided(self.validation_fraction, self.seed)
