"""Rows out of a JSON body, `{"rows": [[…], …]}`, a block at a time.

A general parser would make a Python object of each number, which takes sixteen times the memory of
the body. Here only one row at a time is parsed, and one block at a time is in memory as numbers. A
row that cannot be used is passed over; of it the first fault alone is named.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NoReturn, Protocol, TypeVar

from pydantic_core import from_json

from worker.data.json_values import behind, escaped, refuse_json
from worker.errors import InvalidParameter, LimitExceeded, MalformedBody

Row = TypeVar("Row")
Block = TypeVar("Block", covariant=True)

SMALL_BYTES = 2**16  # a wrong body up to this size is parsed as a whole, to say what is wrong
# A limit because all threads of the process wait while it is looked for.
SPACE = rb"[ \t\r\n]{0,65536}"
BEGINNING = re.compile(SPACE.join((b"", rb"\{", b'"rows"', b":", rb"\[", b"")))
AFTER_ROW = re.compile(SPACE.join((b"", rb"([,\]])", b"")))
END = re.compile(SPACE.join((b"", rb"\}", b"")))
FIELD = re.compile(SPACE.join((b"", b",", rb'"([^"\\]{0,80})"')))


class RowFormat(Protocol[Row, Block]):
    """What rows of a body become.

    Attributes:
        most_bytes: that a row may have.
        step: rows in a block.
    """

    @property
    def most_bytes(self) -> int: ...
    @property
    def step(self) -> int: ...

    def read(self, body: bytes, at: int, place: str) -> tuple[Row, int]:
        """Returns the row that begins at this byte, and the byte behind it.

        Args:
            place: of the row, as a JSON pointer.

        Raises:
            MalformedBody: it is not JSON.
            InvalidParameter: it is JSON, but no such row.
        """

    def block(self, rows: Sequence[Row]) -> Block:
        """Returns the rows as an array, (m, …)."""


def read(
    body: bytes, rows: RowFormat[Row, Block], max_rows: int
) -> Iterator[Block | InvalidParameter]:
    """Yields blocks of rows, (m, …), and in the place of each row that cannot be used why; in their
    order, and of at least one row in all.

    Args:
        rows: what they become.
        max_rows: in the body.

    Raises:
        MalformedBody: the body is not JSON.
        InvalidParameter: it is JSON, but no rows; or a row that cannot be used is longer than any.
        LimitExceeded: there are too many rows.
    """
    block: list[Row] = []
    found = rows_of(body, rows)
    for row in limited(found, max_rows):
        if isinstance(row, InvalidParameter):
            if block:
                yield rows.block(block)
                block.clear()
            yield row
            continue
        block.append(row)
        if len(block) == rows.step:
            yield rows.block(block)
            block.clear()
    if block:
        yield rows.block(block)


def rows_of(body: bytes, rows: RowFormat[Row, Block]) -> Iterator[Row | InvalidParameter]:
    """Yields each row, or why it cannot be used.

    Raises:
        MalformedBody, InvalidParameter: as `read` does.
    """
    begun = BEGINNING.match(body)
    if begun is None:
        _refuse_beginning(body)
    at, index = begun.end(), 0
    if body[at : at + 1] == b"]":
        raise InvalidParameter("Expected at least one row, got none.", "/rows")
    while True:
        found: Row | InvalidParameter
        try:
            found, at = rows.read(body, at, f"/rows/{index}")
        except InvalidParameter as fault:
            if (end := behind(body, at, rows.most_bytes)) is None:
                raise
            # As it is, it would keep the frames that it has passed, and so the body.
            found, at = InvalidParameter(str(fault), fault.pointer), end
        yield found
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
        check_rows(index + 1, most)
        yield row


def check_rows(rows: int, most: int) -> None:
    """Check how many rows a request has.

    Raises:
        LimitExceeded: there are more than so many.
    """
    if rows > most:
        raise LimitExceeded(
            f"Expected at most {most:,} rows in a request, got more. Send several of them, or the "
            "rows as a stream: a line for each, with Content-Type: application/x-ndjson.",
            "/rows",
        )


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
