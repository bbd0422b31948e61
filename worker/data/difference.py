"""What becomes of rows from one dataset to another. A row is known again by its bytes."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from worker.data.dataset import Dataset
from worker.data.digests import Digests, digests_of
from worker.errors import LimitExceeded
from worker.jsontypes import Json

MOST_ROWS = 400_000  # of both together: some 140 bytes of memory are needed for each

Places = NDArray[np.int64]


class Rows(NamedTuple):
    """All rows of a dataset, (rows,) each.

    Attributes:
        digests: of their bytes.
        splits, labels: numbers among the names of splits and classes of both datasets.
        places: in their splits.
    """

    digests: Digests
    splits: Places
    labels: Places
    places: Places


class Names(NamedTuple):
    """Of the splits and the classes of both datasets."""

    splits: Sequence[str]
    classes: Sequence[str]

    def of(self, rows: Rows, number: int) -> Json:
        """Returns how a row is named."""
        split, label = self.splits[rows.splits[number]], self.classes[rows.labels[number]]
        return {"split": split, "row": int(rows.places[number]), "label": label}


class Pairs(NamedTuple):
    """Rows of the one dataset, and what they are in the other, by their numbers, (pairs,) each."""

    before: Places
    after: Places


def between(before: Dataset, after: Dataset, shown: int) -> Json:
    """Returns how many rows were removed, added, relabelled and moved, and the first of each. Of
    rows that are there several times, those are taken for one another that changed least.

    Args:
        shown: rows of each kind that are named.

    Raises:
        LimitExceeded: there are more than MOST_ROWS.
    """
    total = sum(len(split) for each in (before, after) for split in each.splits.values())
    if total > MOST_ROWS:
        raise LimitExceeded(
            f"Expected datasets of at most {MOST_ROWS:,} rows together to compare, got {total:,}; "
            "compare their split.csv."
        )
    names = Names(
        list(dict.fromkeys([*before.splits, *after.splits])),
        list(dict.fromkeys([*before.classes, *after.classes])),
    )
    ones, others = (_rows(each, names) for each in (before, after))
    pairs = _paired(ones, others)
    relabelled = ones.labels[pairs.before] != others.labels[pairs.after]
    moved = ones.splits[pairs.before] != others.splits[pairs.after]

    def changed(mask: NDArray[np.bool_]) -> Json:
        first = zip(pairs.before[mask][:shown], pairs.after[mask][:shown], strict=True)
        found = [{"before": names.of(ones, b), "after": names.of(others, a)} for b, a in first]
        return {"rows": int(mask.sum()), "first": found}

    return {
        "unchanged": int((~relabelled & ~moved).sum()),
        "removed": _alone(ones, pairs.before, names, shown),
        "added": _alone(others, pairs.after, names, shown),
        "relabelled": changed(relabelled),
        "moved": changed(moved),
    }


def _alone(rows: Rows, known: Places, names: Names, shown: int) -> Json:
    """The rows that are in one dataset only."""
    alone = np.setdiff1d(np.arange(len(rows.places)), known)
    return {"rows": len(alone), "first": [names.of(rows, number) for number in alone[:shown]]}


def _rows(dataset: Dataset, names: Names) -> Rows:
    numbers = np.array([names.classes.index(name) for name in dataset.classes])
    parts = [
        Rows(
            digests_of(split.blocks()),
            np.full(len(split), names.splits.index(name)),
            numbers[split.y],
            np.arange(len(split)),
        )
        for name, split in dataset.splits.items()
    ]
    return Rows(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _paired(ones: Rows, others: Rows) -> Pairs:
    """Each row of the one with the same row of the other, each once: first those in the same split
    under the same class, then those in the same split, under the same class, and elsewhere."""
    _, same = np.unique(np.concatenate([ones.digests, others.digests]), return_inverse=True)
    first, second = same[: len(ones.digests)], same[len(ones.digests) :]
    columns = [
        (first, ones.splits, ones.labels),
        (second, others.splits, others.labels),
    ]
    most = [1 + max(int(a.max()), int(b.max())) for a, b in zip(*columns, strict=True)]
    free = [np.arange(len(first)), np.arange(len(second))]
    found: list[Pairs] = []
    for counting in ((1, 1), (1, 0), (0, 1), (0, 0)):
        keys = [
            (d[rows] * most[1] + s[rows] * counting[0]) * most[2] + y[rows] * counting[1]
            for (d, s, y), rows in zip(columns, free, strict=True)
        ]
        one, other = map(_numbered, keys)
        _, at_first, at_second = np.intersect1d(one, other, return_indices=True)
        found.append(Pairs(free[0][at_first], free[1][at_second]))
        free = [np.delete(free[0], at_first), np.delete(free[1], at_second)]
    before, after = (np.concatenate(each) for each in zip(*found, strict=True))
    order = np.argsort(before)
    return Pairs(before[order], after[order])


def _numbered(keys: Places) -> Places:
    """The keys, of which the second of the same is told from the first."""
    order = np.argsort(keys, kind="stable")
    ranked = keys[order]
    ranks = np.arange(len(keys)) - np.searchsorted(ranked, ranked)
    numbered = np.empty_like(keys)
    numbered[order] = ranked * (MOST_ROWS + 1) + ranks
    return numbered
