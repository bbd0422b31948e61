"""Which rows a dataset is better without, by the findings that say so."""

from collections.abc import Callable, Iterable
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from worker.data.row_checks import SHOWN
from worker.data.written_arrays import WrittenArrays
from worker.jsontypes import Json

Rows = NDArray[np.int64]  # of a split, in rising order


def two_labels(arrays: WrittenArrays) -> dict[str, Rows]:
    """All rows of each group: which of its classes is the right one, nobody knows here."""
    labels = arrays.labels("train")
    return {"train": _sorted(group for group in arrays.repeats if len({*labels[group]}) > 1)}


def repeated(arrays: WrittenArrays) -> dict[str, Rows]:
    """All rows of each group but its first."""
    return {"train": _sorted(group[1:] for group in arrays.repeats)}


def duplicates(arrays: WrittenArrays) -> dict[str, Rows]:
    return {"test": arrays.in_both}


def near_duplicates(arrays: WrittenArrays) -> dict[str, Rows]:
    return {"test": _sorted([pair.second] for pair in arrays.alike)}


def flat_pictures(arrays: WrittenArrays) -> dict[str, Rows]:
    return arrays.flat


# By the code of the finding, the rows of each split that are to be dropped.
CLEANING: dict[str, Callable[[WrittenArrays], dict[str, Rows]]] = {
    "two_labels": two_labels,
    "repeated_rows": repeated,
    "duplicates_across_splits": duplicates,
    "near_duplicates_across_splits": near_duplicates,
    "flat_pictures": flat_pictures,
}


def edit_of(code: str, arrays: WrittenArrays) -> Json:
    """Returns the edit that would mend what was found: the rows to drop, or, of many, the name of
    the finding, which means all of them. Empty where there is none, also since a class would be
    left without training rows, or a split without any."""
    if code not in CLEANING:
        return {}
    rows = CLEANING[code](arrays)
    if not all(_enough_left(arrays, split, found) for split, found in rows.items()):
        return {}
    if sum(map(len, rows.values())) > SHOWN:
        return {"cleaned": [code]}
    return {
        "drop": [
            {"split": split, "row": int(row)} for split, found in rows.items() for row in found
        ]
    }


def _enough_left(arrays: WrittenArrays, split: str, dropped: Rows) -> bool:
    left = np.delete(arrays.labels(split), dropped)
    learned = np.flatnonzero(arrays.per_class[split])
    return len(left) > 0 and (split != "train" or bool(np.isin(learned, left).all()))


def _sorted(groups: Iterable[Iterable[int]]) -> Rows:
    return np.array(sorted(chain.from_iterable(groups)), np.int64)
