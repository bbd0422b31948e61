"""Rows of numbers out of a JSON body, `{"rows": [[…], …]}`, a block at a time.

A general parser would make a Python object of each number, which takes sixteen times the memory of
the body, and would list every fault. Here the first fault ends the reading, and only one block at a
time is in memory as numbers.
"""

import re
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import NoReturn, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic_core import from_json

from worker.errors import InvalidParameter, LimitExceeded, MalformedBody

Rows = NDArray[np.float64]
Row = TypeVar("Row")

BLOCK_BYTES = 4 * 2**20
# A row may have NUMBER_BYTES for each number with its comma and blanks, and ROW_BYTES more; a
# float64 needs 24. There is a limit because all threads of the process wait while a row is parsed.
NUMBER_BYTES, ROW_BYTES = 64, 4096
SMALL_BYTES = 2**16  # a wrong body up to this size is parsed as a whole, to say what is wrong
SPACE = rb"[ \t\r\n]{0,65536}"  # a limit for the same reason
BEGINNING = re.compile(SPACE.join((b"", rb"\{", b'"rows"', b":", rb"\[", b"")))
NUMERIC = b"-+.0123456789eE, \t\r\n"
NUMBERS = re.compile(rb"[%b]*" % re.escape(NUMERIC))
AFTER_ROW = re.compile(SPACE.join((b"", rb"([,\]])", b"")))
END = re.compile(SPACE.join((b"", rb"\}", b"")))
FIELD = re.compile(SPACE.join((b"", b",", rb'"([^"\\]{0,80})"')))
NO_NUMBER = re.compile(b"NaN|-?Infinity")
KINDS = {
    b'"': "a string",
    b"t": "true",
    b"f": "false",
    b"n": "null",
    b"[": "a list",
    b"{": "an object",
}


def read(body: bytes, features: int, max_rows: int) -> Iterator[Rows]:
    """Yields blocks of rows, (m, features), float64, in their order; at least one row in all.

    Args:
        features: numbers in each row.
        max_rows: rows in the body.

    Raises:
        MalformedBody: the body is not JSON.
        InvalidParameter: it is JSON, but not rows of so many finite numbers.
        LimitExceeded: there are too many rows.
    """
    step = max(1, BLOCK_BYTES // (8 * features))
    block: list[Rows] = []
    for row in limited(rows_of(body, partial(_row, features)), max_rows):
        block.append(row)
        if len(block) == step:
            yield np.stack(block)
            block.clear()
    if block:
        yield np.stack(block)


def rows_of(body: bytes, read_row: Callable[[bytes, int, int], tuple[Row, int]]) -> Iterator[Row]:
    """Yields what is read of each row.

    Args:
        read_row: returns what it reads of the row that begins at a byte and has this number, and
            the byte behind it.

    Raises:
        MalformedBody: the body is not JSON.
        InvalidParameter: it is JSON, but no rows.
    """
    begun = BEGINNING.match(body)
    if begun is None:
        _refuse_beginning(body)
    at, index = begun.end(), 0
    if body[at : at + 1] == b"]":
        raise InvalidParameter("Expected at least one row, got none.", "/rows")
    while True:
        row, at = read_row(body, at, index)
        yield row
        after = AFTER_ROW.match(body, at)
        if after is None:
            refuse_json(body, at)
        at = after.end()
        if after[1] == b"]":
            return _check_end(body, at)
        index += 1


def limited(rows: Iterator[Row], most: int) -> Iterator[Row]:
    """Yields the same rows.

    Raises:
        LimitExceeded: there are more than so many.
    """
    for index, row in enumerate(rows):
        if index >= most:
            raise LimitExceeded(
                f"Expected at most {most:,} rows in a request, got more. Send several of them.",
                "/rows",
            )
        yield row


def _row(features: int, body: bytes, at: int, index: int) -> tuple[Rows, int]:
    """Returns the row that begins at this byte, (features,), and the byte behind it."""
    if body[at : at + 1] != b"[":
        refuse_value(body, at, f"/rows/{index}", "a list of numbers")
    most = at + 1 + NUMBER_BYTES * features + ROW_BYTES
    end = _end_of_numbers(body, at + 1, most)
    if end == most:
        raise InvalidParameter(
            f"Expected {features} numbers of at most {NUMBER_BYTES} characters in each row, got "
            "more, or longer ones. Send the values in row-major order, as in training.",
            f"/rows/{index}",
        )
    if body[end : end + 1] != b"]":
        place = body.count(b",", at, end)
        refuse_value(body, end, f"/rows/{index}/{place}", "a number")
    try:
        values: list[float] = from_json(body[at : end + 1])
    except ValueError:
        refuse_json(body, at)
    if len(values) != features:
        raise InvalidParameter(
            f"Expected {features} numbers in each row, got {len(values)}. Send the values in "
            "row-major order, as in training.",
            f"/rows/{index}",
        )
    return _finite(values, index), end + 1


def _end_of_numbers(body: bytes, at: int, most: int) -> int:
    """Returns the place of the first byte that belongs to no number; `most` if there is none
    before."""
    end = body.find(b"]", at, most)
    # True of nearly every row; the regular expression below takes six times as long.
    if end >= 0 and not body[at:end].translate(None, NUMERIC):
        return end
    found = NUMBERS.match(body, at, most)
    return found.end() if found else at


def _finite(values: list[float], index: int) -> Rows:
    """Returns the numbers of a row as an array, (features,)."""
    try:
        # Most rows are pixels, whole numbers below 256: read as bytes, they take a fifth as long.
        return np.frombuffer(bytes(values), np.uint8).astype(np.float64)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        pass
    largest = sys.float_info.max
    try:
        row = np.array(values, dtype=np.float64)
    except OverflowError:  # a whole number with hundreds of digits
        row = np.array([0.0 if abs(value) <= largest else np.inf for value in values])
    if not np.isfinite(row).all():
        place = int(np.flatnonzero(~np.isfinite(row))[0])
        raise InvalidParameter(
            "Expected a number that 64 bits can hold, got a larger one.", f"/rows/{index}/{place}"
        )
    return row


def _check_end(body: bytes, at: int) -> None:
    end = END.match(body, at)
    if end is not None and end.end() == len(body):
        return
    if field := FIELD.match(body, at):
        name = field[1].decode(errors="replace")
        what = "the field rows twice" if name == "rows" else f"the field {name} too"
        raise InvalidParameter(f"Expected rows and nothing else, got {what}.", f"/{name}")
    refuse_json(body, at)


def _refuse_beginning(body: bytes) -> NoReturn:
    """Refuse a body that does not begin as it should; if it is small, say what it is."""
    expected = 'Expected {"rows": [[…], …]}, a list of numbers for each row'
    if len(body) > SMALL_BYTES:
        raise InvalidParameter(f"{expected}; this body begins otherwise.")
    try:
        found = from_json(body)
    except ValueError as error:
        raise MalformedBody(
            f"Expected a JSON body, got something that is none: {error}."
        ) from error
    if not isinstance(found, dict):
        raise InvalidParameter(f"{expected}; got no object.")
    if others := [name for name in found if name != "rows"]:
        raise InvalidParameter(
            f"{expected}; got the field {others[0]!r:.80}.", f"/{escaped(str(others[0])[:80])}"
        )
    raise InvalidParameter(f"{expected}.", "/rows")


def escaped(name: str) -> str:
    """Returns a name as it stands in a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def refuse_value(body: bytes, at: int, pointer: str, expected: str) -> NoReturn:
    if found := NO_NUMBER.match(body, at):
        raise InvalidParameter(f"Expected {expected}, got {found[0].decode()}.", pointer)
    begins = body[at : at + 1]
    if begins == b"[" and expected == "a number":
        expected = "a flat list of numbers, in row-major order, for each row"
    if begins not in KINDS and not begins.isdigit() and begins != b"-":
        refuse_json(body, at)
    raise InvalidParameter(f"Expected {expected}, got {KINDS.get(begins, 'a number')}.", pointer)


def refuse_json(body: bytes, at: int) -> NoReturn:
    around = body[at : at + 20].decode(errors="replace")
    raise MalformedBody(
        f"Expected a JSON body, got something that is none, at or behind byte {at}: {around!r}."
    )
