"""What a training step takes its rows from."""

from dataclasses import dataclass, field
from typing import TypedDict

import numpy as np

from worker.nn.arrays import Array

# What is done to a picture as it is gathered, a number each. Its place (v, u) is looked up in row
# y + y_down · v + y_right · u of the stored one, column x + x_down · v + x_right · u. Then come the
# factors of its colours, and what is cut out: rows from `top` up to `bottom`, columns from `left`
# up to `right`.
CHANGES = (
    "y", "y_down", "y_right", "x", "x_down", "x_right", "brightness", "contrast", "colour",
    "top", "bottom", "left", "right",
)  # fmt: skip
UNCHANGED = (0, 1, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0)

SAMPLES = ("uint8", "float32")  # of pictures, and of tables
# For arrays of another kind, kernels would be compiled anew, in the middle of a job.
KINDS = {
    "labels": "int64",
    "weights": "float64",
    "order": "int64",
    "changes": "float64",
    "keys": "uint64",
}


class Form(TypedDict, total=False):
    """How the samples of a step are taken.

    Attributes:
        pictures: as pictures, (m, h, w, c), where else they are rows, (m, n).
        changed: as `Rows.changes` says, whichever they are taken as; only pictures can be.
        floats: of float32, where else they are bytes.
    """

    pictures: bool
    changed: bool
    floats: bool


@dataclass
class Rows:
    """Samples and the order in which they are taken.

    Attributes:
        x: samples, (rows, features), uint8 or float32, memory-mapped or not; kept as their bytes,
            (rows, bytes), since kernels are compiled for one kind of array.
        labels: the class of each, (rows,).
        weights: how much a row of each class counts, (classes,).
        order: which rows are taken, one after the other; more may be in x.
        changes: for each place in that order what is done to the picture, (places, len(CHANGES)).
        keys: for each dropout of the network, what decides which units it leaves out.
    """

    x: Array
    labels: Array
    weights: Array
    order: Array
    changes: Array = field(default_factory=lambda: np.array([UNCHANGED]))
    keys: Array = field(default_factory=lambda: np.zeros(1, "uint64"))

    def __post_init__(self) -> None:
        if self.x.dtype not in SAMPLES:
            raise TypeError(f"Expected samples of {' or '.join(SAMPLES)}, got {self.x.dtype}.")
        self.x = plain(self.x.reshape(len(self.x), -1)).view("uint8")
        for name, dtype in KINDS.items():
            setattr(self, name, np.require(getattr(self, name), dtype, ["C", "W"]))


def plain(x: Array) -> Array:
    """x as an array of the one kind for which kernels are compiled: one that is only read."""
    found = x.view(np.ndarray)
    found.flags.writeable = False
    return found


# For programs that take none.
NO_ROWS = Rows(np.zeros((1, 1), "uint8"), *np.zeros((3, 1), "int64"))
