"""Rows of numbers in JSON, a list for each."""

import re
import sys
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic_core import from_json

from worker.data.json_values import refuse_json, refuse_value
from worker.errors import InvalidParameter

Rows = NDArray[np.float64]

BLOCK_BYTES = 4 * 2**20
# A row may have NUMBER_BYTES for each number with its comma and blanks, and ROW_BYTES more; a
# float64 needs 24. There is a limit because all threads of the process wait while a row is parsed.
NUMBER_BYTES, ROW_BYTES = 64, 4096
NUMERIC = b"-+.0123456789eE, \t\r\n"
NUMBERS = re.compile(rb"[%b]*" % re.escape(NUMERIC))


class NumberRows(NamedTuple):
    """Rows of so many finite numbers, which become float64."""

    features: int

    @property
    def most_bytes(self) -> int:
        return 1 + NUMBER_BYTES * self.features + ROW_BYTES

    @property
    def step(self) -> int:
        return max(1, BLOCK_BYTES // (8 * self.features))

    def read(self, body: bytes, at: int, place: str) -> tuple[Rows, int]:
        """Returns the row that begins at this byte, (features,), and the byte behind it."""
        features = self.features
        if body[at : at + 1] != b"[":
            refuse_value(body, at, place, "a list of numbers")
        most = at + self.most_bytes
        end = _end_of_numbers(body, at + 1, most)
        if end == most:
            raise InvalidParameter(
                f"Expected {features} numbers of at most {NUMBER_BYTES} characters in each row, "
                "got more, or longer ones. Send the values in row-major order, as in training.",
                place,
            )
        if body[end : end + 1] != b"]":
            refuse_value(body, end, f"{place}/{body.count(b',', at, end)}", "a number")
        try:
            values: list[float] = from_json(body[at : end + 1])
        except ValueError:
            refuse_json(body, at)
        if len(values) != features:
            raise InvalidParameter(
                f"Expected {features} numbers in each row, got {len(values)}. Send the values in "
                "row-major order, as in training.",
                place,
            )
        return _finite(values, place), end + 1

    def block(self, rows: Sequence[Rows]) -> Rows:
        return np.stack(rows)


def _end_of_numbers(body: bytes, at: int, most: int) -> int:
    """Returns the place of the first byte that belongs to no number; `most` if there is none
    before."""
    end = body.find(b"]", at, most)
    # True of nearly every row; the regular expression below takes six times as long.
    if end >= 0 and not body[at:end].translate(None, NUMERIC):
        return end
    found = NUMBERS.match(body, at, most)
    return found.end() if found else at


def _finite(values: list[float], row: str) -> Rows:
    """Returns the numbers of a row as an array, (features,)."""
    try:
        # Most rows are pixels, whole numbers below 256: read as bytes, they take a fifth as long.
        return np.frombuffer(bytes(values), np.uint8).astype(np.float64)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        pass
    largest = sys.float_info.max
    try:
        found = np.array(values, dtype=np.float64)
    except OverflowError:  # a whole number with hundreds of digits
        found = np.array([0.0 if abs(value) <= largest else np.inf for value in values])
    if not np.isfinite(found).all():
        place = int(np.flatnonzero(~np.isfinite(found))[0])
        raise InvalidParameter(
            "Expected a number that 64 bits can hold, got a larger one.", f"{row}/{place}"
        )
    return found
