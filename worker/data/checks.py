"""What a person would want to know about a dataset before training on it."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

import numpy as np

from worker.data.reading import Reading
from worker.data.rows import read_blocks
from worker.findings.few_test_rows import few_test_rows
from worker.findings.finding import Finding
from worker.findings.rule import Observation, Rule, findings

# Of two classes, a fifth of an equal share is a tenth of the rows.
RARE_SHARE = 0.2
LIKE = 0.7  # of 1: from here on a name is taken for another
NAMED = 5  # files or arrays that a finding names; the rest it counts


class Arrays(NamedTuple):
    """A dataset whose arrays are written.

    Attributes:
        folder: where they are: train_x.npy and so on.
        classes: their names.
        per_class: for each split the rows of each class.
    """

    folder: Path
    classes: Sequence[str]
    per_class: Mapping[str, Sequence[int]]

    @property
    def test_rows(self) -> int:
        return sum(self.per_class["test"])


def examine(reading: Reading, arrays: Arrays) -> list[Finding]:
    """Returns all findings about a dataset: those of the upload first, then those of its rows."""
    return findings(OF_READING, reading) + findings(OF_ARRAYS, arrays)


def outside_classes(reading: Reading) -> Observation | None:
    what = "are of no class and were left out"
    return counted(reading.outside, reading.files, what)


def no_pictures(reading: Reading) -> Observation | None:
    return counted(reading.no_pictures, reading.files, "are no pictures and were passed over")


def validation_as_test(reading: Reading) -> Observation | None:
    if not reading.validation_as_test:
        return None
    return Observation(
        "No test split was sent, so the rows to validate are the test split: the models are "
        "measured on them."
    )


def held_out(reading: Reading) -> Observation | None:
    if not reading.held_out:
        return None
    return Observation(
        f"No test split was sent, so {reading.held_out:,} of {reading.rows:,} rows, a fifth of "
        "each class chosen at random, were held out of training as the test split."
    )


def unreadable(reading: Reading) -> Observation | None:
    return counted(reading.unreadable, reading.rows, "cannot be read and were left out")


def cut_short(reading: Reading) -> Observation | None:
    what = "lack their end and were read as far as they go"
    return counted(reading.cut_short, reading.rows, what)


def left_out(reading: Reading) -> Observation | None:
    if not reading.left_out:
        return None
    return Observation(f"Arrays that were not read: {first(reading.left_out)}")


def changes(reading: Reading) -> Observation | None:
    if not reading.changes:
        return None
    return Observation(f"To read the arrays, they were changed: {first(reading.changes)}")


def counted(names: Sequence[str], total: int, what: str) -> Observation | None:
    """Returns how many files of the total this is true of, with the first names."""
    if not names:
        return None
    return Observation(f"{len(names):,} of {total:,} files {what}: {first(names)}")


def first(names: Sequence[str]) -> str:
    """Returns the first names, and how many more there are."""
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return "; ".join(names[:NAMED]) + more


def without_training_rows(arrays: Arrays) -> Observation | None:
    """Classes of which nothing is learned, each with the one that it may be meant to be."""
    names, counts = arrays.classes, arrays.per_class["train"]
    lost = [name for name, count in zip(names, counts, strict=True) if not count]
    if not lost:
        return None
    learned = [name for name, count in zip(names, counts, strict=True) if count]
    said = [_with_guess(name, learned) for name in lost[:NAMED]]
    more = f" and {len(lost) - NAMED:,} more" if len(lost) > NAMED else ""
    return Observation(
        f"No training row is of the class {', '.join(said)}{more}, so no model can learn it. Give "
        "it the same name in each split, or send rows of it to train on.",
        {"classes": lost[:NAMED]},
    )


def _with_guess(name: str, learned: Sequence[str]) -> str:
    guess = difflib.get_close_matches(name, learned, 1, LIKE)
    return f"{name!r} (is it {guess[0]!r}?)" if guess else repr(name)


def imbalance(arrays: Arrays) -> Observation | None:
    counts = arrays.per_class["train"]
    fewest = min(range(len(counts)), key=counts.__getitem__)
    total = sum(counts)
    if counts[fewest] >= RARE_SHARE * total / len(arrays.classes):
        return None
    return Observation(
        f"Class {arrays.classes[fewest]!r} has {counts[fewest]:,} of {total:,} training rows; a "
        "model that never answers it would look accurate, so add pictures of it."
    )


def duplicates(arrays: Arrays) -> Observation | None:
    seen = set(digests(arrays.folder / "train_x.npy"))
    repeated = sum(digest in seen for digest in digests(arrays.folder / "test_x.npy"))
    if not repeated:
        return None
    return Observation(
        f"Of {arrays.test_rows:,} test pictures, {repeated:,} can be found in the training split "
        "too, byte for byte, so the test accuracy will look better than it is."
    )


def digests(path: Path) -> Iterator[bytes]:
    """Yields a digest of each row, 16 bytes."""
    for block in read_blocks(path):
        for row in block:
            yield blake2b(row.data, digest_size=16).digest()


def constant_features(arrays: Arrays) -> Observation | None:
    path = arrays.folder / "train_x.npy"
    lowest = reduce(np.minimum, (block.min(axis=0) for block in read_blocks(path)))
    highest = reduce(np.maximum, (block.max(axis=0) for block in read_blocks(path)))
    constant = int((lowest == highest).sum())
    if not constant:
        return None
    return Observation(
        f"{constant:,} of {lowest.size:,} features are the same in every training row and tell "
        "the classes nothing."
    )


OF_READING: tuple[Rule[Reading], ...] = (
    Rule("no_pictures", "info", no_pictures),
    Rule("files_outside_classes", "warning", outside_classes),
    Rule("test_held_out", "info", held_out),
    Rule("validation_as_test", "info", validation_as_test),
    Rule("unreadable_pictures", "warning", unreadable),
    Rule("cut_short_pictures", "warning", cut_short),
    Rule("arrays_left_out", "info", left_out),
    Rule("arrays_changed", "info", changes),
)
OF_ARRAYS: tuple[Rule[Arrays], ...] = (
    Rule("class_without_training_rows", "severe", without_training_rows),
    Rule("class_imbalance", "warning", imbalance, ("class_without_training_rows",)),
    few_test_rows(lambda arrays: arrays.test_rows),
    Rule("duplicates_across_splits", "warning", duplicates),
    Rule("constant_features", "info", constant_features),
)
