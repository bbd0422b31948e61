"""Which rows of a dataset a model answers right, as it is served."""

from collections.abc import Callable, Sequence

import numpy as np

from worker.data.dataset import Split
from worker.nn.arrays import Array
from worker.serving.loaded_models import Loaded


def right_answers(
    model: Loaded, split: Split, classes: Sequence[str], check: Callable[[], None]
) -> Array:
    """Returns whether the most probable class of each row is its own, (rows,).

    Args:
        split: of what the model takes.
        classes: those of the dataset; the model has the same, perhaps in another order.
        check: raises when it is no longer wanted; called again and again.
    """
    own = np.array([model.classes.index(name) for name in classes])[split.y]
    right = np.zeros(len(split), bool)
    for at in range(0, len(split), model.rows_at_once):
        check()
        rows = slice(at, at + model.rows_at_once)
        right[rows] = model.probabilities(split.samples(rows)).argmax(axis=1) == own[rows]
    return right
