"""How large a job is in every way that decides how much memory it needs."""

from math import prod
from typing import NamedTuple

from worker.nn.windows import Shape
from worker.settings import Settings
from worker.training.layer_plan import LayerPlan
from worker.training.layer_plans import FlattenPlan
from worker.training.plan import Plan

NUMBERS = {"uint8": 1, "float32": 4, "float64": 8}  # bytes
EXACT = NUMBERS["float64"]  # and of an int64


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
    def stored(self) -> int:
        """Bytes of a number of a row, as the dataset has it."""
        return NUMBERS[self.plan.problem.dtype]

    @property
    def classes(self) -> int:
        return self.plan.problem.classes

    @property
    def rows(self) -> int:
        """Rows for training and validation."""
        return self.plan.problem.rows["train"] + self.own_validation

    @property
    def test_rows(self) -> int:
        return self.plan.problem.rows.get("test", 0)

    @property
    def layers(self) -> list[tuple[int, int]]:
        """The shape of each layer's weights."""
        matrices = [tensor.matrix for tensor in self.plan.network.tensors.values()]
        return [(shape[0], shape[1]) for shape in matrices if len(shape) == 2]

    @property
    def inputs(self) -> Shape:
        """The shape of a sample as the first layer takes it."""
        network = self.plan.network
        return network.layers[0].arrives if network.pictures else (self.features,)

    @property
    def first(self) -> LayerPlan:
        """The first layer that does something with the samples."""
        layers = self.plan.network.layers
        return next(layer for layer in layers if not isinstance(layer, FlattenPlan))

    @property
    def hidden(self) -> list[LayerPlan]:
        """The layers whose results are kept for the way back: all but the last."""
        *layers, _ = self.plan.network.every_layer
        rows = bool(layers) and isinstance(layers[0], FlattenPlan)  # of which samples come as rows
        return layers[1:] if rows else layers

    @property
    def passed(self) -> list[tuple[int, int]]:
        """How many numbers a sample is before and behind each layer with parameters."""
        layers = [layer for layer in self.plan.network.every_layer if layer.parameters]
        return [(prod(layer.arrives), prod(layer.returns)) for layer in layers]

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
        return self.own_validation or round(self.plan.validation_fraction * self.rows)

    @property
    def own_validation(self) -> int:
        """Rows that the dataset has to validate."""
        return self.plan.problem.rows.get("validation", 0)

    @property
    def learned(self) -> int:
        """Rows that are learned from."""
        rows = max(1, self.rows - self.kept_out)
        return 2 * rows if self.plan.problem.mirrored else rows

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
