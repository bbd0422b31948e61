"""What a lesson begins with: a few rows, and the network with its starting weights."""

import numpy as np

from worker.data.dataset import Dataset, Split
from worker.errors import LimitExceeded
from worker.nn.arrays import Array
from worker.nn.losses import smoothed
from worker.nn.network import Network
from worker.nn.normalization import Moments
from worker.training.central_differences import CostOf
from worker.training.plan import Plan
from worker.training.row_moments import normalization_by, summed

ROWS = 4
MOST_MEASURED = 2**28  # numbers in all training rows, where a normalization is measured


def begun(plan: Plan, dataset: Dataset) -> tuple[Array, list[str], CostOf]:
    """The places of the rows in the split `train`; the names of the `arrays` of the layers that
    learn; and the cost that they have on these rows, in float64.

    Raises:
        LimitExceeded: too many rows would be measured.
    """
    split, _ = plan.divided(dataset.train, dataset.splits.get("validation"))
    rows = few_rows(split.y)
    frozen, network = plan.network.divided(plan.network.start("float64"))
    inputs = frozen.logits(samples(plan, split, rows))
    targets = plan.loss.targets(split.y[rows], plan.problem.classes, inputs)
    targets = smoothed(targets, plan.label_smoothing)
    cost = CostOf(network, inputs, plan.loss, targets)
    return split.index[rows], learning_names(plan, network), cost


def few_rows(labels: Array) -> Array:
    """The places of a few rows, (rows,): the first of each class, and then the first others."""
    _, firsts = np.unique(labels, return_index=True)
    others = np.setdiff1d(np.arange(min(len(labels), ROWS + len(firsts))), firsts)
    return np.sort(np.concatenate([np.sort(firsts), others])[:ROWS])


def samples(plan: Plan, split: Split, rows: Array) -> Array:
    """These rows, normalized as in training, (m, …): as pictures where the network takes them."""

    def measured() -> Moments:
        if (numbers := len(split) * plan.problem.features) > MOST_MEASURED:
            raise LimitExceeded(
                f"Expected at most {MOST_MEASURED:,} numbers in the training rows, to measure how "
                f"they are normalized, got {numbers:,}. Set the normalization scale or none.",
                "/normalization",
            )
        return summed(split)

    normal = normalization_by(plan, split, measured)
    shape = normal.shift.shape if plan.network.pictures else (-1,)
    return normal.apply(split.samples(rows).astype("float64")).reshape(len(rows), *shape)


def learning_names(plan: Plan, network: Network) -> list[str]:
    """Of the `arrays` of the layers that learn, which are the last ones."""
    names, running = plan.network.names, plan.network.running_names
    first, kept = len(names) - len(network.params), len(running) - len(network.running)
    return [*names[first:], *running[kept:]]
