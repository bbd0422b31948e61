"""Which rows the findings of a dataset name as their evidence."""

from collections.abc import Iterator, Sequence
from itertools import cycle

from worker.data.dataset import SPLITS
from worker.jsontypes import Json

SUFFIX = "_rows"  # of the evidence that is rows: train_rows, train_and_test_rows
AND = "_and_"


def named_rows(findings: Sequence[Json], split: str) -> dict[int, list[Json]]:
    """Returns for each row of a split that findings name those findings, in their order."""
    found: dict[int, list[Json]] = {}
    for finding in findings:
        rows = (row for own, row in _evidence(finding) if own == split)
        for row in dict.fromkeys(rows):
            found.setdefault(row, []).append(finding)
    return found


def _evidence(finding: Json) -> Iterator[tuple[str, int]]:
    """The rows of a finding, each with its split."""
    for name, value in (finding.get("evidence") or {}).items():
        splits = name.removesuffix(SUFFIX).split(AND)
        # What is no list is a number of rows.
        if not name.endswith(SUFFIX) or not {*splits} <= {*SPLITS} or not isinstance(value, list):
            continue
        for entry in value:
            rows = entry if isinstance(entry, list) else [entry]
            yield from zip(cycle(splits), rows, strict=False)
