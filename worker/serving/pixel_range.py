"""Raw rows for a model of pictures: numbers from 0 to 255, as its pixels were."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worker.errors import InvalidParameter
from worker.findings.finding import Finding

Rows = NDArray[Any]

HIGHEST = 255
DIVIDED = (
    "No value is above 1, but this model was trained on pixels from 0 to 255. If the rows were "
    "divided by 255, send them as they were before."
)


def checked(
    blocks: Iterable[Rows], warnings: list[Finding], *, whole: bool = False, place: str = "/rows"
) -> Iterator[Rows]:
    """Yields the same blocks, (m, n) of numbers. After the last, a warning where the rows were
    probably divided by 255.

    Args:
        whole: whether pixels must be whole numbers, as backbones take them.
        place: of the rows in the request.

    Raises:
        InvalidParameter: a value is no pixel's.
    """
    before, highest = 0, 0.0
    for rows in blocks:
        wrong = ~((rows >= 0) & (rows <= HIGHEST))  # what is no number is neither
        if whole:
            wrong |= rows != np.floor(rows)
        if wrong.any():
            _refuse(rows, wrong, before, "a whole number" if whole else "a number", place)
        before, highest = before + len(rows), max(highest, float(rows.max()))
        yield rows
    if 0 < highest <= 1:
        warnings.append(Finding(code="values_up_to_1", severity="warning", message=DIVIDED))


def _refuse(rows: Rows, wrong: NDArray[np.bool_], before: int, expected: str, where: str) -> None:
    row, place = np.argwhere(wrong)[0].tolist()
    raise InvalidParameter(
        f"Expected {expected} from 0 to {HIGHEST}, as the pixels that this model was trained on, "
        f"got {rows[row, place]:g}. Send the raw values.",
        f"{where}/{before + row}/{place}",
    )
