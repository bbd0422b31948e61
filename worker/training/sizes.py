"""How large a job is in every way that decides how much memory it needs."""

from typing import NamedTuple

from worker.settings import Settings
from worker.training.plan import Plan

NUMBERS = {"float32": 4, "float64": 8}  # bytes


class Sizes(NamedTuple):
    """The numbers that decide how much memory a job needs.

    Attributes:
        threads: of its arithmetic.
        checked: whether it begins with a check of its gradients.
    """

    plan: Plan
    threads: int
    checked: bool

    @property
    def features(self) -> int:
        """Numbers in a row."""
        return self.plan.problem.features

    @property
    def classes(self) -> int:
        return self.plan.problem.classes

    @property
    def rows(self) -> int:
        """Rows for training and validation."""
        return self.plan.problem.rows["train"]

    @property
    def test_rows(self) -> int:
        return self.plan.problem.rows.get("test", 0)

    @property
    def layers(self) -> list[tuple[int, int]]:
        """The shape of each layer's weights."""
        return self.plan.network.layers

    @property
    def hidden(self) -> tuple[int, ...]:
        """Units of each hidden layer."""
        return self.plan.network.hidden

    @property
    def units(self) -> int:
        """Logits of a row."""
        return self.layers[-1][1]

    @property
    def parameters(self) -> int:
        return self.plan.network.parameters

    @property
    def size(self) -> int:
        """Bytes of a number in training."""
        return NUMBERS[self.plan.dtype]

    @property
    def kept_out(self) -> int:
        """Rows for validation, or some more or fewer: of each class at least one stays."""
        return round(self.plan.validation_fraction * self.rows)

    @property
    def learned(self) -> int:
        """Rows that are learned from."""
        return max(1, self.rows - self.kept_out)

    @property
    def batch(self) -> int:
        return self.plan.batches.batch_of(self.learned)

    @property
    def changing(self) -> bool:
        """Whether pictures are changed."""
        return self.plan.batches.changing

    @property
    def unchanging(self) -> bool:
        """Whether all rows, unchanged, are one batch."""
        return self.batch == self.learned and not self.changing


def sizes_of(plan: Plan, settings: Settings) -> Sizes:
    """Those of a job of this plan, as a worker with these settings does it."""
    return Sizes(plan, settings.threads, settings.gradient_check)
