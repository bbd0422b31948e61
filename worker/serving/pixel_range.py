"""Raw rows for a model of pictures: numbers from 0 to 255, as its pixels were."""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from worker.errors import InvalidParameter
from worker.findings.finding import Finding

Rows = NDArray[np.float64]

HIGHEST = 255
DIVIDED = (
    "No value is above 1, but this model was trained on pixels from 0 to 255. If the rows were "
    "divided by 255, send them as they were before."
)


def checked(blocks: Iterable[Rows], warnings: list[Finding]) -> Iterator[Rows]:
    """Yields the same blocks, (m, n) in float64. After the last, a warning where the rows were
    probably divided by 255.

    Raises:
        InvalidParameter: a value is no pixel's.
    """
    before, highest = 0, 0.0
    for rows in blocks:
        if rows.min() < 0 or rows.max() > HIGHEST:
            _refuse(rows, before)
        before, highest = before + len(rows), max(highest, float(rows.max()))
        yield rows
    if 0 < highest <= 1:
        warnings.append(Finding(code="values_up_to_1", severity="warning", message=DIVIDED))


def _refuse(rows: Rows, before: int) -> None:
    row, place = np.argwhere((rows < 0) | (rows > HIGHEST))[0].tolist()
    raise InvalidParameter(
        f"Expected a number from 0 to {HIGHEST}, as the pixels that this model was trained on, got "
        f"{rows[row, place]:g}. Send the raw values.",
        f"/rows/{before + row}/{place}",
    )
