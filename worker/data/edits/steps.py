"""The steps from a dataset to its next version, each of which changes what becomes of the rows."""

from collections.abc import Sequence

import numpy as np

from worker.data.cleaning import CLEANING
from worker.data.contents import Labels, held_out
from worker.data.dataset import SPLITS
from worker.data.digests import Digests, digests_of
from worker.data.edits.parts import DROPPED, Part, Stored
from worker.data.rows import read_blocks
from worker.data.written_arrays import WrittenArrays
from worker.spec.edits import EditsSpec, ResplitSpec


def clean(parts: Sequence[Part], stored: Stored, codes: Sequence[str], edits: EditsSpec) -> None:
    """Drop what findings propose to drop, without rows that the edits name themselves."""
    named = {row.place for row in (*edits.drop, *edits.relabel, *edits.move)}
    counts = {
        part.split: np.bincount(part.labels, minlength=len(stored.classes)).tolist()
        for part in parts
    }
    arrays = WrittenArrays(stored.folder, stored.classes, counts)
    to = {part.split: part.to for part in parts}
    for code in codes:
        for split, rows in CLEANING[code](arrays).items():
            free = [row for row in rows.tolist() if (split, row) not in named]
            to[split][free] = DROPPED


def change_rows(parts: Sequence[Part], classes: Sequence[str], edits: EditsSpec) -> None:
    """Drop, relabel and move the rows that are named."""
    by_split = {part.split: part for part in parts}
    number = {name: label for label, name in enumerate(classes)}
    for row in edits.drop:
        by_split[row.split].to[row.row] = DROPPED
    for relabelled in edits.relabel:
        by_split[relabelled.split].labels[relabelled.row] = number[relabelled.label]
    for moved in edits.move:
        by_split[moved.split].to[moved.row] = SPLITS.index(moved.to)


def change_classes(
    parts: Sequence[Part], classes: Sequence[str], new_names: dict[str, str]
) -> list[str]:
    """Rename and merge classes. Merged ones stand where the first of them stood.

    Returns:
        The names of all classes.
    """
    called = [new_names.get(name, name) for name in classes]
    names = list(dict.fromkeys(called))
    number_them(parts, called, names)
    return names


def number_them(parts: Sequence[Part], called: Sequence[str], names: Sequence[str]) -> None:
    """Number the labels of rows anew.

    Args:
        called: the class of each old number.
        names: the class of each new number.
    """
    numbers = {name: number for number, name in enumerate(names)}
    of_old = np.array([numbers[name] for name in called])
    for part in parts:
        part.labels[:] = of_old[part.labels]


def resplit(parts: Sequence[Part], asked: ResplitSpec) -> None:
    """Divide all rows anew: of each class the same shares, chosen by the seed. Rows of a class that
    are the same, byte for byte, stay in one split."""
    kept = [part.kept for part in parts]
    labels = np.concatenate([part.labels[mask] for part, mask in zip(parts, kept, strict=True)])
    digests = np.concatenate(
        [digests_of(read_blocks(part.old_x))[mask] for part, mask in zip(parts, kept, strict=True)]
    )
    to = _divided(labels, digests, asked)
    begin = 0
    for part, mask in zip(parts, kept, strict=True):
        end = begin + int(mask.sum())
        part.to[mask] = to[begin:end]
        begin = end


def _divided(labels: Labels, digests: Digests, asked: ResplitSpec) -> Labels:
    """The new split of each row, (rows,)."""
    to = np.full(len(labels), SPLITS.index("train"))
    left = 1.0
    for split, fraction in (
        ("test", asked.test_fraction),
        ("validation", asked.validation_fraction),
    ):
        if fraction:
            rows = np.flatnonzero(to == SPLITS.index("train"))
            chosen = held_out(labels[rows], digests[rows], asked.seed, fraction / left)
            to[rows[chosen]] = SPLITS.index(split)
            left -= fraction
    return to
