"""Which row is in which fold."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from worker.data.dataset import SPLITS, Dataset, Split, block_rows
from worker.data.digests import MIXERS, digests_of, groups_of
from worker.errors import InvalidParameter
from worker.nn.arrays import Array, Generator
from worker.training.plan import Folds


class Pool(NamedTuple):
    """The rows over which folds go: those to train on, then those to validate, if the dataset has
    any. Its test rows are not among them.

    Attributes:
        classes: their names.
        split, row: where the dataset has each: the place in SPLITS, and its number there, (rows,).
        labels: the class of each, (rows,).
        same: a number that rows of a class share which are the same, byte for byte, (rows,).
    """

    classes: Sequence[str]
    split: Array
    row: Array
    labels: Array
    same: Array

    @classmethod
    def of(cls, dataset: Dataset) -> "Pool":
        splits = {name: dataset.splits[name] for name in SPLITS[:2] if name in dataset.splits}
        split = [np.full(len(rows), SPLITS.index(name)) for name, rows in splits.items()]
        labels = np.concatenate([rows.y for rows in splits.values()])
        digests = np.concatenate([digests_of(raw_blocks(rows)) for rows in splits.values()])
        digests ^= labels.astype("uint64") * MIXERS[0]  # rows of two classes are not the same
        row = np.concatenate([rows.index for rows in splits.values()])
        return cls(dataset.classes, np.concatenate(split), row, labels, groups_of(digests))

    def folds(self, count: int, chance: Generator) -> Array:
        """Returns the fold of each row, (rows,), from 0: as many rows of each class and split in
        each fold as in any other, but for one, chosen by chance. Rows that are the same stay
        together, in the fold of the first of them.

        Raises:
            InvalidParameter: a class has fewer different training rows than there are folds.
        """
        found, total = np.empty(len(self.labels), np.int64), np.zeros(count, np.int64)
        for label in range(len(self.classes)):
            rows = np.flatnonzero(self.labels == label)
            _, first, group = np.unique(self.same[rows], return_index=True, return_inverse=True)
            sizes, split = np.bincount(group, minlength=len(first)), self.split[rows[first]]
            if (different := int((split == 0).sum())) < count:
                raise too_few(self.classes[label], different, count, "different ")
            order, of_group = chance.permutation(len(first)), np.empty(len(first), np.int64)
            for which in np.unique(split):
                groups = order[split[order] == which]
                of_group[groups] = dealt(sizes[groups], total)
            found[rows] = of_group[group]
        return found


def per_class_without_folds(folds: Folds | None, per_class: Sequence[int]) -> Iterator[list[int]]:
    """Yields for each fold how many training rows of each class are not in it, as far as that does
    not depend on which rows are the same."""
    if folds is None:
        return
    total = np.zeros(folds.count, np.int64)
    held = []
    for rows in per_class:
        held.append(evened(np.zeros_like(total), total, rows))
        total += held[-1]
    yield from (np.array(per_class) - np.array(held).T).tolist()


def raw_blocks(rows: Split) -> Iterator[Array]:
    step = block_rows(rows.x[:1].size)
    return (rows.samples(slice(at, at + step)) for at in range(0, len(rows), step))


def too_few(name: str, rows: int, folds: int, kind: str = "") -> InvalidParameter:
    """How a class is refused that has fewer training rows than there are folds."""
    return InvalidParameter(
        f"Expected at least {folds} {kind}training rows of each class for {folds} folds, one in "
        f"each, got {rows} of {name!r}. Ask for fewer folds, or add rows of it.",
        "/folds",
    )


def dealt(sizes: Array, total: Array) -> Array:
    """Returns the fold of each group of rows, (groups,): large ones first, then those of one row
    where rows are missing.

    Args:
        sizes: rows of each group, (groups,), in an order that is left to chance.
        total: rows that each fold has got so far, (folds,); those that it gets are added.
    """
    found, own = np.empty(len(sizes), np.int64), np.zeros_like(total)
    large = np.flatnonzero(sizes > 1)
    for at in large[np.argsort(-sizes[large], kind="stable")]:
        found[at] = fold = np.lexsort((total + own, own))[0]
        own[fold] += sizes[at]
    more = evened(own, total + own, int((sizes == 1).sum()))
    found[sizes == 1] = np.repeat(np.arange(len(total)), more)
    total += own + more
    return found


def evened(own: Array, total: Array, rows: int) -> Array:
    """Returns how many of so many single rows each fold gets, (folds,), so that all have the same
    in the end, or one more: of two that have the same, the one with fewer rows in all.

    Args:
        own, total: rows that each has, of this kind and in all, (folds,).
    """
    ordered = np.sort(own)
    # How many rows it takes to bring all that have less up to what each has.
    needed = np.arange(len(own)) * ordered - np.concatenate([[0], np.cumsum(ordered)[:-1]])
    filled = int(np.searchsorted(needed, rows, side="right"))
    level, over = divmod(rows + int(ordered[:filled].sum()), filled)
    more: Array = np.maximum(level - own, 0)
    low = np.flatnonzero(own <= level)
    more[low[np.argsort(total[low] + more[low], kind="stable")][:over]] += 1
    return more
