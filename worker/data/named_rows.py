"""Which rows the findings of a dataset name as their evidence."""

from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import NamedTuple

from worker.data.dataset import SPLITS
from worker.jsontypes import Json

SUFFIX = "_rows"  # of the evidence that is rows: train_rows, train_and_test_rows
AND = "_and_"


class NamedRow(NamedTuple):
    """A row that a finding names."""

    split: str
    row: int


def named_together(finding: Json) -> Iterator[list[NamedRow]]:
    """Yields the rows that a finding names, in its order: those that it names as alike together, of
    two splits by turns, others alone."""
    for name, value in (finding.get("evidence") or {}).items():
        splits = name.removesuffix(SUFFIX).split(AND)
        # What is no list is a number of rows.
        if not name.endswith(SUFFIX) or not {*splits} <= {*SPLITS} or not isinstance(value, list):
            continue
        for entry in value:
            rows = entry if isinstance(entry, list) else [entry]
            yield [*map(NamedRow, cycle(splits), rows)]


def named_rows(findings: Sequence[Json], split: str) -> dict[int, list[Json]]:
    """Returns for each row of a split that findings name those findings, in their order."""
    found: dict[int, list[Json]] = {}
    for finding in findings:
        named = (each for together in named_together(finding) for each in together)
        for row in dict.fromkeys(each.row for each in named if each.split == split):
            found.setdefault(row, []).append(finding)
    return found
