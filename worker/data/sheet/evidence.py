"""The sheet of a finding: the pictures that it names, those side by side that it names as alike."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from textwrap import wrap

from worker.data.named_rows import NamedRow, named_together
from worker.data.sheet.choice import MOST
from worker.data.sheet.drawing import Group, Legend, Tile, drawn
from worker.data.sheet.sheet import Rows
from worker.jsontypes import Json

LINE = 58  # letters of a message beside each other, on the narrowest sheet


def evidence_sheet(splits: Mapping[str, Rows], manifest: Json, finding: Json) -> bytes:
    """Returns a PNG with the rows that a finding names, MOST of them at most.

    Args:
        splits: those of the dataset.
        manifest: of the dataset.
        finding: names one row at least.
    """
    together = [*_bounded(named_together(finding))]
    groups = [
        Group(_classes(splits, manifest["classes"], rows), "", _tiles(splits, rows))
        for rows in together
    ]
    title = f"{manifest['name']}: {finding['code']}"
    first, *more = wrap(finding["message"], LINE)
    legend = [Legend(finding["severity"], first), *(Legend(None, line) for line in more)]
    return drawn(title, manifest["shape"], max(map(len, together)), groups, legend)


def _bounded(found: Iterable[list[NamedRow]]) -> Iterator[list[NamedRow]]:
    left = MOST
    for rows in found:
        if shown := rows[:left]:
            yield shown
        left -= len(shown)


def _classes(splits: Mapping[str, Rows], classes: Sequence[str], rows: Sequence[NamedRow]) -> str:
    """The classes of some rows, each once."""
    found = (classes[splits[each.split].labels[each.row]] for each in rows)
    return ", ".join(dict.fromkeys(found))


def _tiles(splits: Mapping[str, Rows], rows: Sequence[NamedRow]) -> Iterator[Tile]:
    for split, row in rows:
        yield Tile(f"{split} {row}", splits[split].row(row))
