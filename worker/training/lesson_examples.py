"""Two networks that are small enough to be followed number by number, and what they learn from."""

import numpy as np

from worker.data.dataset import Dataset, Split
from worker.nn.arrays import Array
from worker.spec import JobSpec
from worker.training.lesson import Lesson, lesson

ID = f"ds_{0:032x}"
STEP = {"optimizer": {"kind": "sgd", "learning_rate": 0.5}, "batch_size": "all", "seed": 1}


def dense() -> Lesson:
    """Four rows of three features, two hidden units, one output."""
    rows = np.array([[1, 0, 2], [0, 1, -1], [2, 1, 0], [-1, 0, 1]], "float32")
    network = {"hidden_units": [2], "activation": "tanh", "initializer": "xavier"}
    spec = {"dataset": ID, "network": network, "normalization": "none", **STEP}
    return lesson(JobSpec.model_validate(spec), dataset(rows, ["no", "yes"]))


def convolution() -> Lesson:
    """Four pictures of 3 × 3, with a bar that lies or stands, and a kernel of 2 × 2."""
    pictures = np.zeros((4, 3, 3, 1), "uint8")
    pictures[0, 0] = pictures[1, :, 0] = pictures[2, 2] = pictures[3, :, 2] = 255
    layers = [
        {"kind": "convolution", "filters": 1, "kernel": 2, "padding": "valid"},
        {"kind": "activation", "activation": "tanh"},
        {"kind": "flatten"},
    ]
    network = {"kind": "layers", "layers": layers, "initializer": "xavier"}
    spec = {"dataset": ID, "network": network, "normalization": "scale", **STEP}
    return lesson(JobSpec.model_validate(spec), dataset(pictures, ["lying", "standing"]))


EXAMPLES = (dense, convolution)


def dataset(x: Array, classes: list[str]) -> Dataset:
    """Samples of two classes by turns; none to test on."""
    split = Split.whole(x, np.arange(len(x)) % 2)
    return Dataset(ID, "", classes, [*x.shape[1:]], {}, {"train": split})
