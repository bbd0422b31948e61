"""What networks answered for rows that were held out from their training, fold by fold."""

from collections.abc import Sequence
from statistics import stdev

import numpy as np

from worker.data.dataset import SPLITS
from worker.findings.fold_interval import fold_interval
from worker.jsontypes import Json
from worker.nn.arrays import Array, Purpose, generator
from worker.training.capped import capped
from worker.training.evaluate import Answers
from worker.training.fitted import End
from worker.training.folds import Pool
from worker.training.loop import Checkpoint
from worker.training.plan import Folds
from worker.training.turn import Turn

ANSWERS = {"said": "int32", "sure": "float32", "given": "float32"}
ABOUT = "folds"  # what checkpoints call all that is known of them
SHOWN = ("repeat", "fold", "rows", "accuracy", "loss", "epochs", "ended_by")  # of a fold


class HeldOut:
    """The answers so far.

    Attributes:
        fold: of each row in each repeat, (repeats, rows), from 1.
        outcomes: what came of each fold that is done, in their order.
    """

    def __init__(self, pool: Pool, folds: Folds, seed: int) -> None:
        """
        Raises:
            InvalidParameter: a class has too few rows.
        """
        self._pool, self._folds = pool, folds
        chances = (generator(seed, Purpose.FOLDS, repeat) for repeat in range(folds.repeats))
        self.fold = np.array([1 + pool.folds(folds.count, chance) for chance in chances])
        self.outcomes: list[Json] = []
        self._answers = {name: np.zeros(self.fold.shape, kind) for name, kind in ANSWERS.items()}

    def restore(self, checkpoint: Checkpoint) -> None:
        """Know what was known when this checkpoint was taken."""
        self.outcomes = [*checkpoint.about[ABOUT]]
        for name, array in self._answers.items():
            array[...] = checkpoint.tensors[f"{ABOUT}.{name}"]

    def checkpoint(self) -> Checkpoint:
        """All of it as it stands, for the checkpoints of the training that comes next."""
        tensors = {f"{ABOUT}.{name}": array for name, array in self._answers.items()}
        return Checkpoint(tensors, {ABOUT: [*self.outcomes]})

    @property
    def turn(self) -> Turn:
        """The training that comes next."""
        return Turn.after(self.outcomes, self._folds)

    def masks(self, repeat: int, fold: int) -> dict[str, Array]:
        """Returns which rows of each split are held out, (rows,)."""
        held = self.fold[repeat - 1] == fold
        return {
            SPLITS[which]: held[self._pool.split == which]
            for which in np.unique(self._pool.split).tolist()
        }

    def note(self, repeat: int, fold: int, found: Sequence[Answers], end: End) -> None:
        """Keep what a network answered for the rows that were held out from it, split by split, and
        how its training ended."""
        held = np.flatnonzero(self.fold[repeat - 1] == fold)
        for name, array in self._answers.items():
            array[repeat - 1, held] = np.concatenate([getattr(each, name) for each in found])
        cost = sum(each.cost * len(each.labels) for each in found)
        self.outcomes.append(
            {
                "repeat": repeat,
                "fold": fold,
                "rows": len(held),
                "accuracy": sum(int(each.right.sum()) for each in found) / len(held),
                "loss": capped(cost / len(held)),
                **end.as_dict(),
            }
        )

    def result(self) -> Json:
        """What is told of them once all are there."""
        right = self._answers["said"] == self._pool.labels
        share = right.mean(axis=0)  # of the repeats in which each row was answered right
        accuracy, rows = float(share.mean()), len(share)
        by_fold, losses = ([each[what] for each in self.outcomes] for what in ("accuracy", "loss"))
        weights = [each["rows"] / (rows * self._folds.repeats) for each in self.outcomes]
        differing, spread = spread_of(share - accuracy, self._pool.same)
        interval = fold_interval(accuracy, differing, spread, by_fold, self._folds.count)
        return {
            "folds": self._folds.count,
            "repeats": self._folds.repeats,
            "rows": rows,
            "accuracy": accuracy,
            "accuracy_interval": [*interval],
            "accuracy_deviation": stdev(by_fold),
            "majority_baseline": int(np.bincount(self._pool.labels).max()) / rows,
            "loss": sum(w * loss for w, loss in zip(weights, losses, strict=True)),
            "loss_deviation": stdev(losses),
            "each": [{name: each[name] for name in SHOWN} for each in self.outcomes],
        }

    def tensors(self) -> dict[str, Array]:
        """The file of it: a row for each, and an answer for each repeat."""
        pool = self._pool
        about = {"split": pool.split, "row": pool.row, "label": pool.labels, "fold": self.fold}
        return {name: array.astype("int32") for name, array in about.items()} | self._answers


def spread_of(rests: Array, same: Array) -> tuple[int, float]:
    """Returns how many different rows there are, and the variance of their mean; rows that are the
    same are one.

    Args:
        rests: of each row what it is apart from the mean, (rows,).
        same: a number that rows share which are the same, (rows,).
    """
    together = np.bincount(same, weights=rests)
    count = len(together)
    return count, float(np.square(together).sum()) / len(rests) ** 2 * count / (count - 1)
