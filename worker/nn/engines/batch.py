"""What a training step takes its rows from."""

from dataclasses import dataclass, field

import numpy as np

from worker.nn.arrays import Array

# For arrays of another kind, kernels would be compiled anew, in the middle of a job.
KINDS = {
    "labels": "int64", "weights": "float64", "order": "int64", "moves": "int64", "keys": "uint64"
}  # fmt: skip


@dataclass
class Rows:
    """Samples and the order in which they are taken.

    Attributes:
        x: samples, (rows, features), uint8, memory-mapped or not.
        labels: the class of each, (rows,).
        weights: how much a row of each class counts, (classes,).
        order: which rows are taken, one after the other; more may be in x.
        moves: for each place in that order whether the picture is mirrored, and by how many pixels
            it is moved down and to the right, (places, 3).
        keys: for each dropout of the network, what decides which units it leaves out.
    """

    x: Array
    labels: Array
    weights: Array
    order: Array
    moves: Array = field(default_factory=lambda: np.zeros((1, 3), "int64"))
    keys: Array = field(default_factory=lambda: np.zeros(1, "uint64"))

    def __post_init__(self) -> None:
        self.x = plain(self.x.reshape(len(self.x), -1))
        for name, dtype in KINDS.items():
            setattr(self, name, np.require(getattr(self, name), dtype, ["C", "W"]))


def plain(x: Array) -> Array:
    """x as an array of the one kind for which kernels are compiled: one that is only read."""
    found = x.view(np.ndarray)
    found.flags.writeable = False
    return found
