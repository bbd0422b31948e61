"""What a model answered for each row of a split, and as which arrays its file has that."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from worker.nn.arrays import Array

FILE = "answers.safetensors"
MOST_ROWS = 1_000_000  # of a split; of a larger one, the first
SMALLEST = 2.0**-126  # probability that a float32 holds in full


class RowAnswers(NamedTuple):
    """Answers for rows, each array (rows,).

    Attributes:
        source: the split of the dataset in which these rows are.
        row: their numbers there, from 0.
        label, said: which class a row has, and which one was answered.
        sure: the probability of the answer.
        given: the probability of the class that the row has.
    """

    source: str
    row: Array
    label: Array
    said: Array
    sure: Array
    given: Array

    @property
    def bytes(self) -> int:
        """Bytes of its arrays."""
        return sum(array.nbytes for array in self[1:])

    @property
    def costs(self) -> Array:
        """What each answer costs, (rows,), in nats: no row more than a class of SMALLEST."""
        found: Array = -np.log(np.maximum(self.given, SMALLEST, dtype="float64"))
        return found

    def are_of_the_same_rows(self, other: "RowAnswers") -> bool:
        """Returns whether both are of the same rows of the same split, in the same order."""
        return self.source == other.source and np.array_equal(self.row, other.row)

    def first(self, most: int) -> "RowAnswers":
        """Returns those for so many rows, or for all if there are fewer."""
        return RowAnswers(self.source, *(array[:most] for array in self[1:]))

    def copied(self) -> "RowAnswers":
        """Returns the same in memory of its own, whatever becomes of the file."""
        return RowAnswers(self.source, *(np.array(array) for array in self[1:]))

    @property
    def wrong(self) -> Array:
        """Whether each row was answered wrong, (rows,)."""
        found: Array = self.said != self.label
        return found

    def surest_wrong(self, label: int | None = None, said: int | None = None) -> Array:
        """Returns where wrong answers are, the surest first: of rows of this class, and so
        answered, if these are given."""
        wanted = self.wrong
        if label is not None:
            wanted &= self.label == label
        if said is not None:
            wanted &= self.said == said
        found = np.flatnonzero(wanted)
        surest: Array = found[np.argsort(-self.sure[found], kind="stable")]
        return surest

    def looks_mislabelled(self) -> Array:
        """Returns whether each row, (rows,), looks as if it had the class that was answered: that
        is as sure as the model is, in the mean, of rows that have this class.

        Source: Northcutt, Jiang and Chuang, Confident learning: Estimating uncertainty in dataset
        labels, 2021, section 3.1.
        """
        classes = 1 + max(self.label.max(initial=0), self.said.max(initial=0))
        rows = np.bincount(self.label, minlength=classes)
        sums = np.bincount(self.label, weights=self.given, minlength=classes)
        usual = np.full(classes, np.inf)  # a class without rows says nothing
        np.divide(sums, rows, out=usual, where=rows > 0)
        found: Array = self.wrong & (self.sure >= usual[self.said])
        return found


ARRAYS = {"row": "int32", "label": "int32", "said": "int32", "sure": "float32", "given": "float32"}


def arrays_of(splits: Mapping[str, RowAnswers]) -> dict[str, Array]:
    """Returns the arrays of the first MOST_ROWS answers of each split, by their names in a file."""
    return {
        f"{split}/{answers.source}/{name}": getattr(answers.first(MOST_ROWS), name).astype(dtype)
        for split, answers in splits.items()
        for name, dtype in ARRAYS.items()
    }


def of_arrays(arrays: Mapping[str, Array]) -> dict[str, RowAnswers]:
    """Returns the answers of each split, whose arrays have these names."""
    sources = dict(name.split("/")[:2] for name in arrays)
    return {
        split: RowAnswers(source, *(arrays[f"{split}/{source}/{name}"] for name in ARRAYS))
        for split, source in sources.items()
    }
