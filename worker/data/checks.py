"""What a person would want to know about a dataset before training on it."""

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from hashlib import blake2b
from math import sqrt
from pathlib import Path

import numpy as np
from typing_extensions import TypedDict

from worker.data.rows import read_blocks

FEW_TEST_ROWS = 100
# Of two classes, a fifth of an equal share is a tenth of the rows.
RARE_SHARE = 0.2
Z_95 = 1.959964


class Finding(TypedDict):
    code: str
    severity: str
    message: str


def examine(
    folder: Path, classes: Sequence[str], per_class: Mapping[str, Sequence[int]]
) -> list[Finding]:
    """Findings about the dataset whose arrays lie in the folder."""
    return [
        *_imbalance(classes, per_class["train"]),
        *_few_test_rows(sum(per_class["test"])),
        *_duplicates(folder / "train_x.npy", folder / "test_x.npy"),
        *_constant_features(folder / "train_x.npy"),
    ]


def half_width(rows: int) -> float:
    """The most by which an accuracy measured on so many rows can be off, at 95 % (Wilson, 1927)."""
    # The interval is widest where half of the rows are right.
    return Z_95 / (1 + Z_95**2 / rows) * sqrt(0.25 / rows + (Z_95 / (2 * rows)) ** 2)


def _imbalance(classes: Sequence[str], counts: Sequence[int]) -> Iterator[Finding]:
    fewest = min(range(len(counts)), key=counts.__getitem__)
    total = sum(counts)
    if counts[fewest] < RARE_SHARE * total / len(classes):
        yield Finding(
            code="class_imbalance",
            severity="warning",
            message=f"Class {classes[fewest]!r} has {counts[fewest]:,} of {total:,} training rows; "
            "a model that never answers it would look accurate, so add pictures of it.",
        )


def _few_test_rows(rows: int) -> Iterator[Finding]:
    if rows < FEW_TEST_ROWS:
        points = 100 * half_width(rows)
        yield Finding(
            code="few_test_rows",
            severity="info",
            message=f"{rows} test rows measure an accuracy only to within {points:.0f} percentage "
            "points (95 % Wilson interval); do not rank models by smaller differences.",
        )


def _duplicates(train: Path, test: Path) -> Iterator[Finding]:
    seen = set(_digests(train))
    digests = list(_digests(test))
    repeated = sum(digest in seen for digest in digests)
    if repeated:
        yield Finding(
            code="duplicates_across_splits",
            severity="warning",
            message=f"Of {len(digests):,} test pictures, {repeated:,} can be found in the training "
            "split too, byte for byte, so the test accuracy will look better than it is.",
        )


def _digests(path: Path) -> Iterator[bytes]:
    for block in read_blocks(path):
        for row in block:
            yield blake2b(row.data, digest_size=16).digest()


def _constant_features(path: Path) -> Iterator[Finding]:
    lowest = reduce(np.minimum, (block.min(axis=0) for block in read_blocks(path)))
    highest = reduce(np.maximum, (block.max(axis=0) for block in read_blocks(path)))
    constant = int((lowest == highest).sum())
    if constant:
        yield Finding(
            code="constant_features",
            severity="info",
            message=f"{constant:,} of {lowest.size:,} features are the same in every training row "
            "and tell the classes nothing.",
        )
