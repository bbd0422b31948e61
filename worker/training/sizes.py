"""How large a job is in every way that decides how much memory it needs."""

import math
from itertools import pairwise
from typing import NamedTuple

from worker.jsontypes import Json
from worker.settings import Settings
from worker.spec import JobSpec
from worker.training import build

NUMBERS = {"float32": 4, "float64": 8}  # bytes


class Sizes(NamedTuple):
    """The numbers that decide how much memory a job needs.

    Attributes:
        threads: of its arithmetic.
        checked: whether it begins with a check of its gradients.
    """

    spec: JobSpec
    features: int
    classes: int
    rows: int
    test_rows: int
    threads: int
    checked: bool

    @property
    def layers(self) -> list[tuple[int, int]]:
        """The shape of each layer's weights."""
        return [*pairwise(build.widths(self.spec.network, self.features, self.classes))]

    @property
    def hidden(self) -> list[int]:
        return self.spec.network.hidden_units

    @property
    def units(self) -> int:
        """Logits of a row."""
        return self.layers[-1][1]

    @property
    def parameters(self) -> int:
        return build.parameters(self.spec.network, self.features, self.classes)

    @property
    def size(self) -> int:
        """Bytes of a number in training."""
        return NUMBERS[self.spec.dtype]

    @property
    def kept_out(self) -> int:
        """Rows for validation, or some more or fewer: of each class at least one stays."""
        return round(self.spec.validation_fraction * self.rows)

    @property
    def learned(self) -> int:
        """Rows that are learned from."""
        return max(1, self.rows - self.kept_out)

    @property
    def batch(self) -> int:
        wanted = self.spec.batch_size
        return self.learned if wanted == "all" else min(wanted, self.learned)

    @property
    def moving(self) -> bool:
        """Whether pictures are moved or mirrored."""
        return self.spec.augmentation.flip or self.spec.augmentation.shift > 0

    @property
    def unchanging(self) -> bool:
        """Whether all rows, unchanged, are one batch."""
        return self.batch == self.learned and not self.moving


def sizes_of(spec: JobSpec, manifest: Json, settings: Settings) -> Sizes:
    """Those of a job of this spec on a dataset with this manifest."""
    rows = {name: int(split["rows"]) for name, split in manifest["splits"].items()}
    features, classes = math.prod(manifest["shape"]), len(manifest["classes"])
    checked = settings.gradient_check
    return Sizes(
        spec, features, classes, rows["train"], rows.get("test", 0), settings.threads, checked
    )
