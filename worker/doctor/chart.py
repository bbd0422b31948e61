"""What the doctor reads of a training, and what follows from it by plain arithmetic."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, median, stdev

from worker.doctor.outcome import Outcome
from worker.jsontypes import Json
from worker.spec import JobSpec

# The signs of an epoch are those of its last step; with a small batch the next one's are others.
RECENT = 5  # epochs by which a sign is judged
LEARNED = 0.9  # of the cost of a guess: only below it has something been learned

# Some networks rest for a while before they learn: the course's own costs as much as a guess for
# some fifty of its 2,500 epochs.
PATIENCE, PART_OF_JOB = 10, 10  # epochs at least, and one in so many
LONGEST = 400  # epochs: of a long job the doctor is not shown more in a row
FALL = 0.01  # of the cost, from one half of these epochs to the other: less is chance
TOO_LITTLE = 0.1  # of the cost, that would be won in all of the job if it went on like this

PART_THAT_TELLS = 3  # of the epochs so far, one in so many tells whether the cost still falls
CHANCE = 2  # standard errors by which one half of them must be below the other

UNEVEN = 3  # with two classes, an answer that never changes is then right on three rows of four

# A row of first-layer inputs may be this large, as the root of their mean square, and no larger:
# pixels are 1 when standardized, below 1 when scaled, and about 150 as they are.
LARGEST_INPUT = 10


@dataclass(frozen=True)
class Statistics:
    """What the doctor needs to know of the data.

    Attributes:
        train_per_class: rows of each class that are trained on.
        test_rows: rows of the test split.
        input_mean, input_deviation: of the numbers that go into the first layer.
        constant_features: features that are the same in every training row.
    """

    train_per_class: list[int]
    test_rows: int
    input_mean: float
    input_deviation: float
    constant_features: int


@dataclass(frozen=True)
class Chart:
    """The epochs so far, the spec, the data, and at the end the outcome: all that a finding may
    depend on."""

    epochs: Sequence[Json]
    spec: JobSpec
    statistics: Statistics
    outcome: Outcome | None = None

    @property
    def losses(self) -> list[float]:
        return [epoch["loss"] for epoch in self.epochs]

    @property
    def signed(self) -> list[Json]:
        """The epochs whose layers' signs are known: in a long job not all, but the newest are."""
        return [epoch for epoch in self.epochs if epoch["layers"] is not None]

    @property
    def uneven(self) -> bool:
        """Whether a class has many times the training rows of another."""
        counts = self.statistics.train_per_class
        return max(counts) >= UNEVEN * min(counts)

    @property
    def even_cost(self) -> float:
        """What it costs to call every class equally likely: ln k, about where training starts."""
        return math.log(len(self.statistics.train_per_class))

    @property
    def guess_cost(self) -> float:
        """The least that answers cost which do not look at the rows.

        They know how frequent the classes are, unless the weights of the classes make all equal.
        """
        rows = sum(self.statistics.train_per_class)
        shares = [count / rows for count in self.statistics.train_per_class if count]
        if self.spec.class_weights or len(shares) < 2:
            return self.even_cost
        return -sum(share * math.log(share) for share in shares)

    @property
    def input_size(self) -> float:
        """The root of the mean square of what the first layer gets."""
        return math.hypot(self.statistics.input_mean, self.statistics.input_deviation)

    @property
    def starts_small(self) -> bool:
        """Whether the first answers are close to even ones: then so is the first loss."""
        return self.input_size <= LARGEST_INPUT and self.spec.network.initializer != "normal"

    @property
    def has_learned(self) -> bool:
        """Whether the answers are better than a guess by now."""
        return bool(self.epochs) and median(self.losses[-3:]) < LEARNED * self.guess_cost

    def stuck_for(self) -> int:
        """Over how many epochs the cost has not fallen; 0 while it falls, or it is too early."""
        epochs = self.spec.epochs
        window = min(max(PATIENCE, epochs // PART_OF_JOB), LONGEST, epochs)
        losses, half = self.losses[-window:], window // 2
        if len(losses) < max(window, RECENT):
            return 0
        fall = min(FALL, TOO_LITTLE * half / epochs)
        return window if mean(losses[-half:]) > (1 - fall) * mean(losses[:half]) else 0

    def falls_by(self) -> float | None:
        """The rate of an exponential fall over the last third of the epochs; None where it may be
        chance, or has come to its end."""
        losses = self.losses[-max(PATIENCE, len(self.losses) // PART_THAT_TELLS) :]
        half, quarter = len(losses) // 2, len(losses) // 4
        if not half or not all(0 < loss < math.inf for loss in losses):
            return None
        first, last = losses[-2 * half : -half], losses[-half:]
        if quarter and mean(losses[-quarter:]) >= mean(last[:quarter]):
            return None
        spread = math.hypot(stdev(first), stdev(last)) / math.sqrt(half) if quarter else 0.0
        if mean(first) - mean(last) <= CHANCE * spread:
            return None
        return math.log(mean(first) / mean(last)) / half

    def unit_shares(self, sign: str) -> list[float]:
        """Layer by layer, the share of hidden units with a sign."""
        recent = [epoch["layers"][:-1] for epoch in self.signed[-RECENT:]]
        return [median(layer[sign] for layer in layers) for layers in zip(*recent, strict=True)]

    def gradient_norms(self) -> list[float]:
        """The largest gradient of each layer of late."""
        recent = [epoch["gradient_norms"] for epoch in self.signed[-RECENT:]]
        return [max(norms) for norms in zip(*recent, strict=True)]

    def pace(self) -> float:
        """How far the weights go in all of the job's steps, as a share of themselves.

        By the layer and the step that moved most, and as if every step went in one direction.
        """
        last = self.epochs[-1]
        steps = last["step"] / last["epoch"] * self.spec.epochs
        layers = [layer for epoch in self.signed for layer in epoch["layers"]]
        return float(steps * max(layer["update_ratio"] for layer in layers))
