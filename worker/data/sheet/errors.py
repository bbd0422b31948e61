"""The sheet of what a model answered wrong: the pictures of each class that were taken for another
one, the surest answers first."""

from collections.abc import Iterator, Sequence

import numpy as np

from worker.data.row_answers import RowAnswers
from worker.data.sheet.choice import MOST, rows_of_each
from worker.data.sheet.drawing import Group, Legend, Tile, drawn
from worker.data.sheet.sheet import Rows
from worker.nn.arrays import Array

ODD = "warning"  # how a picture is framed that looks mislabelled


def errors_sheet(
    rows: Rows,
    shape: Sequence[int],
    title: str,
    classes: Sequence[str],
    answers: RowAnswers,
    chosen: Array,
) -> bytes:
    """Returns a PNG with the surest answers of each such pair of classes, MOST at most.

    Args:
        shape: of each picture, (height, width, 3).
        chosen: which answers are shown, the surest first.
    """
    odd = answers.looks_mislabelled()
    pairs = np.stack([answers.label[chosen], answers.said[chosen]], axis=1)
    found = [*dict.fromkeys(map(tuple, pairs.tolist()))]  # a pair where it is surest
    each = rows_of_each(len(found))
    groups, shown = [], []
    for label, said in found[: MOST // each]:
        own = chosen[(pairs == (label, said)).all(axis=1)]
        note = f"taken for {classes[said]}, {len(own):,} rows"
        shown.append(own[:each])
        groups.append(Group(classes[label], note, _tiles(rows, answers, odd, own[:each])))
    groups = groups or [Group("No answer is wrong.", "", ())]
    legend = [Legend(ODD, "looks mislabelled")] if any(odd[own].any() for own in shown) else []
    return drawn(title, shape, max([1, *map(len, shown)]), groups, legend)


def _tiles(rows: Rows, answers: RowAnswers, odd: Array, own: Array) -> Iterator[Tile]:
    for at in own.tolist():
        row = int(answers.row[at])
        caption = f"{row}  {100 * answers.sure[at]:.0f} %"
        yield Tile(caption, rows.row(row), ODD if odd[at] else None)
