"""Two networks that are small enough to be followed number by number."""

from worker.data import lesson_data
from worker.operations.lessons import step_of
from worker.spec import JobSpec
from worker.training.lesson import Lesson

STEP = {
    "dataset": lesson_data.ID,
    "optimizer": {"kind": "sgd", "learning_rate": 0.5},
    "batch_size": "all",
    "seed": 1,
}


def dense() -> Lesson:
    """Four rows of three features, two hidden units, one output."""
    network = {"hidden_units": [2], "activation": "tanh", "initializer": "xavier"}
    spec = {"network": network, "normalization": "none", **STEP}
    return step_of(JobSpec.model_validate(spec), lesson_data.rows())


def convolution() -> Lesson:
    """Four pictures of 3 × 3, with a bar that lies or stands, and a kernel of 2 × 2."""
    layers = [
        {"kind": "convolution", "filters": 1, "kernel": 2, "padding": "valid"},
        {"kind": "activation", "activation": "tanh"},
        {"kind": "flatten"},
    ]
    network = {"kind": "layers", "layers": layers, "initializer": "xavier"}
    spec = {"network": network, "normalization": "scale", **STEP}
    return step_of(JobSpec.model_validate(spec), lesson_data.bars())


EXAMPLES = (dense, convolution)
