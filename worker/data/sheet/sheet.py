"""The sheet of a split of a dataset, as it is asked for."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from worker.data.named_rows import named_rows
from worker.data.sheet.choice import MOST, chosen, rows_of_each
from worker.data.sheet.drawing import COLOURS, Group, Legend, Tile, drawn
from worker.jsontypes import Json


class Rows(Protocol):
    """The rows of a split."""

    @property
    def labels(self) -> NDArray[np.int64]:
        """Their classes, (rows,)."""

    def row(self, number: int) -> NDArray[Any]:
        """Returns the picture of a row, (height, width, 3)."""


def sheet(rows: Rows, manifest: Json, split: str, label: int | None, each: int | None) -> bytes:
    """Returns a PNG with pictures of every class, or of one; MOST of them at most.

    Args:
        manifest: of the dataset.
        label: of the class that is shown alone.
        each: how many pictures of a class there are; None leaves it to their number.
    """
    classes = manifest["classes"]
    labels = [*range(len(classes))] if label is None else [label]
    each = each or rows_of_each(len(labels))
    shown = labels[: MOST // each]
    named = named_rows(manifest["findings"], split)
    of_each = {label: chosen(rows.labels, label, each, named) for label in shown}
    counts = manifest["splits"][split]["per_class"]
    groups = [
        Group(classes[label], f"class {label}, {counts[label]:,} rows", _tiles(rows, own, named))
        for label, own in of_each.items()
    ]
    across = max(1, *map(len, of_each.values()))
    legend = [*_named(of_each, named), *_left_out(len(labels) - len(shown))]
    title = f"{manifest['name']}: {split}, {sum(counts):,} rows"
    return drawn(title, manifest["shape"], across, groups, legend)


def _tiles(rows: Rows, own: Sequence[int], named: Mapping[int, list[Json]]) -> Iterator[Tile]:
    grave = [*COLOURS]
    for row in own:
        severities = [finding["severity"] for finding in named.get(row, ())]
        gravest = min(severities, key=grave.index, default=None)
        yield Tile(str(row), rows.row(row), gravest)


def _named(
    of_each: Mapping[int, Sequence[int]], named: Mapping[int, list[Json]]
) -> Iterator[Legend]:
    """A line for each finding that names one of the pictures."""
    found = {
        finding["code"]: finding["severity"]
        for rows in of_each.values()
        for row in rows
        for finding in named.get(row, ())
    }
    for code, severity in sorted(found.items(), key=lambda each: [*COLOURS].index(each[1])):
        yield Legend(severity, f"named by {code}")


def _left_out(classes: int) -> Iterator[Legend]:
    if classes:
        yield Legend(None, f"{classes:,} more classes are not shown; ask for one of them.")
