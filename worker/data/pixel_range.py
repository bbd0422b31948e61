"""Raw rows for a model of pictures: numbers from 0 to 255, as its pixels were."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worker.data.usable_rows import usable
from worker.errors import InvalidParameter
from worker.findings.finding import Finding

Rows = NDArray[Any]

HIGHEST = 255
DIVIDED = (
    "No value is above 1, but this model was trained on pixels from 0 to 255. If the rows were "
    "divided by 255, send them as they were before."
)


def checked(
    blocks: Iterable[Rows | InvalidParameter],
    warnings: list[Finding],
    *,
    whole: bool = False,
    place: str = "/rows",
) -> Iterator[Rows | InvalidParameter]:
    """Yields the same rows in blocks, (m, n) in float64, and in the place of each with a value that
    is no pixel's why it cannot be used. After the last, a warning where the rows were probably
    divided by 255.

    Args:
        blocks: rows, and faults in the place of some, which are yielded as they are.
        whole: whether pixels must be whole numbers, as backbones take them.
        place: of the rows in the request.
    """
    before, highest = 0, 0.0
    for rows in blocks:
        if isinstance(rows, InvalidParameter):
            before += 1
            yield rows
            continue
        for good in _pixels(rows, before, whole, place):
            if not isinstance(good, InvalidParameter):
                highest = max(highest, float(good.max()))
            yield good
        before += len(rows)
    if 0 < highest <= 1:
        warnings.append(Finding(code="values_up_to_1", severity="warning", message=DIVIDED))


def _pixels(rows: Rows, before: int, whole: bool, where: str) -> Iterator[Rows | InvalidParameter]:
    wrong = ~((rows >= 0) & (rows <= HIGHEST))  # what is no number is neither
    if whole:
        wrong |= rows != np.floor(rows)

    def fault(row: int, place: int) -> InvalidParameter:
        return InvalidParameter(
            f"Expected {'a whole number' if whole else 'a number'} from 0 to {HIGHEST}, as the "
            f"pixels that this model was trained on, got {rows[row, place]:g}. Send the raw "
            "values.",
            f"{where}/{before + row}/{place}",
        )

    return usable(rows, wrong, fault)
