"""What the doctor knows of a training, and the quantities that its rules compare."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, median, stdev

from worker.doctor.outcome import Outcome
from worker.jsontypes import Json
from worker.spec import JobSpec

# The vital signs of an epoch are those of its last step; with small batches they vary from epoch to
# epoch, so the middle of several is taken.
RECENT = 5  # epochs
LEARNED = 0.9  # times the cost of a guess: a network that costs more has learned nothing

# Whether the cost has stopped falling is judged by a window of epochs: a tenth of the job, but at
# least 10 epochs and at most 400. Some networks need many epochs before they learn at all: the
# course's own costs as much as a guess for some fifty of its 2,500 epochs.
PATIENCE, PART_OF_JOB = 10, 10
LONGEST = 400  # the watcher keeps no more epochs in a row of a long job
FALL = 0.01  # part of the cost by which it must fall in half a window; less may be chance
TOO_LITTLE = 0.1  # part of the cost; if the whole job would lower it by less, it does not fall

# Whether the cost still falls at the end is judged by the last third of the epochs.
PART_THAT_TELLS = 3
CHANCE = 2  # standard errors by which its second half must cost less than its first

UNEVEN = 3  # times the rows: of two classes, naming the larger one is then right on 3 rows of 4

# The largest root mean square of the first layer's inputs with which training works: standardized
# pixels have 1, scaled ones less than 1, raw ones about 150.
LARGEST_INPUT = 10


@dataclass(frozen=True)
class Statistics:
    """What the doctor needs to know of the data.

    Attributes:
        train_per_class: rows of each class that are trained on.
        test_rows: rows of the test split.
        input_mean, input_deviation: of the numbers that go into the first layer.
        constant_features: features that are the same in every training row.
        pictures: whether the samples are pictures in colour, as backbones expect them.
    """

    train_per_class: list[int]
    test_rows: int
    input_mean: float
    input_deviation: float
    constant_features: int
    pictures: bool = False


@dataclass(frozen=True)
class Chart:
    """All that a finding on a job may depend on.

    Attributes:
        epochs: rows of the metrics so far.
        outcome: how the training ended; None while it goes on.
    """

    epochs: Sequence[Json]
    spec: JobSpec
    statistics: Statistics
    outcome: Outcome | None = None

    @property
    def losses(self) -> list[float]:
        return [epoch["loss"] for epoch in self.epochs]

    @property
    def signed(self) -> list[Json]:
        """The epochs that have the vital signs of the layers. In a long job some lack them, but
        never the newest."""
        return [epoch for epoch in self.epochs if epoch["layers"] is not None]

    @property
    def uneven(self) -> bool:
        """Whether a class has UNEVEN times the training rows of another, or more."""
        counts = self.statistics.train_per_class
        return max(counts) >= UNEVEN * min(counts)

    @property
    def even_cost(self) -> float:
        """The cost of calling all k classes equally likely: ln k. Training starts near it."""
        return math.log(len(self.statistics.train_per_class))

    @property
    def guess_cost(self) -> float:
        """The lowest cost of answers that do not depend on the row: the entropy of the classes'
        shares; or ln k where weights make all classes count the same."""
        rows = sum(self.statistics.train_per_class)
        shares = [count / rows for count in self.statistics.train_per_class if count]
        if self.spec.class_weights or len(shares) < 2:
            return self.even_cost
        return -sum(share * math.log(share) for share in shares)

    @property
    def input_size(self) -> float:
        """The root mean square of the first layer's inputs."""
        return math.hypot(self.statistics.input_mean, self.statistics.input_deviation)

    @property
    def starts_small(self) -> bool:
        """Whether the first loss is near that of calling all classes equally likely. A network
        that starts from a model's weights is sure of its answers, right or wrong."""
        drawn = self.spec.start_from is None and self.spec.network.initializer != "normal"
        return self.input_size <= LARGEST_INPUT and drawn

    @property
    def has_hidden_layers(self) -> bool:
        """Whether there are layers between the input and the logits."""
        return self.spec.network.kind != "dense" or bool(self.spec.network.hidden_units)

    @property
    def has_learned(self) -> bool:
        """Whether the network costs clearly less than a guess by now."""
        return bool(self.epochs) and median(self.losses[-3:]) < LEARNED * self.guess_cost

    def stuck_for(self) -> int:
        """Returns the number of last epochs over which the cost has not fallen; 0 while it falls,
        or when there are too few epochs to tell."""
        epochs = self.spec.epochs
        window = min(max(PATIENCE, epochs // PART_OF_JOB), LONGEST, epochs)
        losses, half = self.losses[-window:], window // 2
        if len(losses) < max(window, RECENT):
            return 0
        fall = min(FALL, TOO_LITTLE * half / epochs)
        return window if mean(losses[-half:]) > (1 - fall) * mean(losses[:half]) else 0

    def falls_by(self) -> float | None:
        """Returns the rate per epoch of an exponential fall of the cost, over the last third of the
        epochs; None where the fall may be chance, or has ended."""
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
        """Returns for each hidden layer the share of its units with a sign: the median of the last
        epochs.

        Args:
            sign: `dead` or `saturated`.
        """
        recent = [
            [layer[sign] for layer in epoch["layers"] if layer.get(sign) is not None]
            for epoch in self.signed[-RECENT:]
        ]
        return [median(shares) for shares in zip(*recent, strict=True)]

    def gradient_norms(self) -> list[float]:
        """Returns for each layer with weights the largest norm of its gradient in the last epochs.

        A batch normalization has none: its gradients are of another size than its neighbours'. Nor
        has a frozen layer.
        """
        recent = [
            [
                norm
                for norm, layer in zip(epoch["gradient_norms"], epoch["layers"], strict=True)
                if layer["weight_norm"] is not None
            ]
            for epoch in self.signed[-RECENT:]
        ]
        return [max(norms) for norms in zip(*recent, strict=True)]

    def pace(self) -> float:
        """Returns how far the weights would move in all steps of the job, relative to their size.

        It is an upper bound: it takes the largest move of any layer, as if all steps were as long
        and went in the same direction.
        """
        last = self.epochs[-1]
        steps = last["step"] / last["epoch"] * self.spec.epochs
        layers = [layer for epoch in self.signed for layer in epoch["layers"]]
        ratios = [layer["update_ratio"] for layer in layers if layer["update_ratio"] is not None]
        return float(steps * max(ratios))
