"""What a finished network is worth, said honestly."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from worker.data.dataset import Split
from worker.findings.intervals import auc_interval, wilson_interval
from worker.jsontypes import Json
from worker.nn.arrays import Array
from worker.nn.layers import Activate, Dense, Dropout, Flatten, Layer
from worker.nn.losses import Loss
from worker.nn.metrics import (
    auc,
    calibration_error,
    confidence,
    confusion,
    precision_and_recall,
    temperature,
)
from worker.nn.network import Network
from worker.nn.residual import Residual
from worker.nn.sums import total

PASSING_BYTES = 128 * 2**20  # of rows on their way from one layer to the next
OF_ROWS = (Flatten, Dense, Activate, Dropout)  # layers of a dense network
# Of pictures that come to a layer, and of what it returns: themselves, padded, what lies under a
# position of a kernel, a product of it.
COPIES = 3
# Rows in one product, at least and in multiples of which: by whole tiles, so that its numbers do
# not depend on how the rows are cut.
TOGETHER = 64
PIECE_BYTES = 2 * 2**20  # of logits that are looked at together


# Looks at the rows of a split, some at a time: at what comes to the last layer, (m, …), and at the
# logits, (m, k).
Look = Callable[[Array, Array], None]

# Of classes, or folds and repeats, so many: what is said of each still fits where lists repeat it.
SHOWN = 20
LISTS = {"per_class": ("confusion", "per_class"), "each": ("each",)}


def away(hidden: Array, logits: Array) -> None:
    """Looks at nothing."""


class Answers:
    """What a network that takes raw rows, in float64, says of the rows of a split.

    Attributes:
        rows: where in the samples of the dataset each row is.
        labels: the class of each row.
        said: the class that it answers for each row.
        scores: the first logit of each row.
        sure, right: how sure each answer is, and whether it is right.
        given: the probability of the class that each row has.
        cost: the mean loss.
    """

    def __init__(
        self, network: Network, loss: Loss, split: Split, classes: int, look: Look = away
    ) -> None:
        """
        Args:
            look: looks on, for what else is wanted of the rows.
        """
        rows = len(split)
        self.rows, self.labels = split.index, split.y
        self.said, self.right = np.empty(rows, "int64"), np.empty(rows, bool)
        self.sure, self.scores, self.given = np.empty(rows), np.empty(rows), np.empty(rows)
        self._loss, self._classes = loss, classes
        count = rows * loss.units(classes)
        self.cost = float(loss.mean(total(self._parts(network, split, look), count), rows))

    def _parts(self, network: Network, split: Split, look: Look) -> Iterator[Array]:
        """Of the cost, while each piece of the logits is looked at for all else too."""
        loss, at = self._loss, 0
        for logits in pieces(network, split, look):
            place = slice(at, at := at + len(logits))
            labels = split.y[place]
            self.said[place], self.scores[place] = loss.answers(logits), logits[:, 0]
            probabilities = loss.probabilities(logits)
            self.sure[place], self.right[place] = confidence(probabilities, labels)
            self.given[place] = probabilities[np.arange(len(labels)), labels]
            yield loss.parts(logits, loss.targets(labels, self._classes, logits))


def pieces(network: Network, split: Split, look: Look = away) -> Iterator[Array]:
    """The logits of raw rows, (…, k), some rows at a time, in float64."""
    for block in blocks(network, split):
        yield from copies(looked_at(network, block.astype("float64"), look))


def looked_at(network: Network, samples: Array, look: Look) -> Array:
    """The logits of a block of rows. What came to the last layer is gone then."""
    hidden, logits = network.hidden_and_logits(samples)
    look(hidden, logits)
    return logits


def copies(logits: Array) -> Iterator[Array]:
    """Some rows at a time; whoever still has the last of them does not have them all."""
    for rows in cut(len(logits), rows_of(logits)):
        yield logits[rows].copy()


def blocks(network: Network, split: Split) -> Iterator[Array]:
    """Raw rows, as many as may pass through a network in float64 together."""
    most = most_rows(network, split.x.shape[1:])
    for block in split.blocks():
        yield from (block[rows] for rows in cut(len(block), most))


def most_rows(network: Network, shape: Sequence[int]) -> int:
    """How many samples of this shape may pass together through a network."""
    if of_rows(network):
        return together([W.shape for W in network.params if W.ndim > 1])
    return together(passed(network, shape), pictures=True)


def of_rows(network: Network) -> bool:
    """Whether its weights tell how wide the rows are that pass through it."""
    return all(isinstance(layer, OF_ROWS) for layer in network.layers)


def passed(network: Network, shape: Sequence[int]) -> list[tuple[int, int]]:
    """How many numbers come to each layer, and how many it returns, for a sample of this shape."""
    found = []

    def note(layers: Sequence[Layer], X: Array) -> None:  # noqa: N803
        for layer in layers:
            Z, _ = layer.forward(X)  # noqa: N806
            found.append((X.size, Z.size))
            if isinstance(layer, Residual):
                note(layer.inner.layers, X)
            X = Z  # noqa: N806

    note(network.layers, np.zeros((1, *shape)))
    return found


def together(shapes: Sequence[Sequence[int]], *, pictures: bool = False) -> int:
    """How many samples may pass together through layers that take and return so many numbers of
    each, or whose weights have these shapes."""
    numbers = max(map(sum, shapes))
    if pictures:
        return max(1, PASSING_BYTES // (8 * COPIES * numbers))
    return max(1, PASSING_BYTES // (8 * numbers) // TOGETHER) * TOGETHER


def rows_of(logits: Array) -> int:
    """How many of their rows are looked at together."""
    return max(1, PIECE_BYTES // (8 * int(logits.shape[1])))


def cut(rows: int, most: int) -> Iterator[slice]:
    """All rows, so many at a time; a few more the last time, if else a few were left."""
    ends = [end for end in range(most, rows, most) if rows - end >= min(most, TOGETHER)]
    return map(slice, [0, *ends], [*ends, rows])


def measures(answers: Answers, classes: list[str]) -> Json:
    """Everything that is said of one split, by what a network answered for its rows, of which it
    has one at least."""
    labels, rows = answers.labels, len(answers.labels)
    counts = confusion(labels, answers.said, len(classes))
    right = int((answers.said == labels).sum())
    return {
        "rows": rows,
        "loss": answers.cost,
        "accuracy": right / rows,
        "accuracy_interval": list(wilson_interval(right, rows)),
        "majority_baseline": max(map(sum, counts)) / rows,
        "confusion": counts,
        **ranking(labels, answers.scores, counts),
        "per_class": dict(zip(classes, precision_and_recall(counts), strict=True)),
        "calibration_error": calibration_error(answers.sure, answers.right),
    }


def ranking(labels: Array, scores: Array, counts: list[list[int]]) -> Json:
    """Of two classes, both with rows: how well the scores tell them apart at any threshold."""
    found = auc(labels, scores) if len(counts) == 2 else None
    rows = [sum(row) for row in counts]
    interval = None if found is None else list(auc_interval(found, (rows[0], rows[1])))
    return {"auc": found, "auc_interval": interval}


def summary(result: Json) -> Json:
    """The measures of all splits, and of folds, without what is too large to be repeated where
    classes or folds are many."""

    def shortened(scores: Any) -> Any:
        if not isinstance(scores, dict):
            return scores
        large = [
            name for each in LISTS if len(scores.get(each) or ()) > SHOWN for name in LISTS[each]
        ]
        return scores | dict.fromkeys(large)

    return {name: shortened(scores) for name, scores in result.items()}


def fitted_temperature(logits: Array, loss: Loss, labels: Array, classes: int) -> float:
    """What the logits would have to be divided by to be as sure as they are right.

    Args:
        logits, labels: of rows that were not learned from, (m, k) and (m,).
    """

    def parts(divisor: float) -> Iterator[Array]:
        for rows in cut(len(logits), rows_of(logits)):
            divided = logits[rows] / divisor
            yield loss.parts(divided, loss.targets(labels[rows], classes, divided))

    def cost(divisor: float) -> float:
        return float(loss.mean(total(parts(divisor), logits.size), len(logits)))

    return temperature(cost)
