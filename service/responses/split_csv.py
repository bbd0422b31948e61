"""All rows of a dataset as CSV, piece by piece, when the client takes the next one."""

import csv
import io
from collections.abc import Iterator

from service.responses.transfers import Pieces
from worker.data.listing import ListedRow

# What programs for tables take for a formula, in the names that people gave.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(blocks: Iterator[list[ListedRow]]) -> Pieces:
    """Yields the rows under a header."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(ListedRow._fields)
    for rows in blocks:
        writer.writerows(map(_harmless, rows))
        yield text.getvalue().encode()
        text.seek(0)
        text.truncate()


def _harmless(row: ListedRow) -> ListedRow:
    """The row with texts that are no formulas."""
    return row._replace(label=harmless(row.label), source=harmless(row.source))


def harmless(value: str) -> str:
    """The text with an apostrophe before what would be a formula."""
    return f"'{value}" if value.startswith(FORMULA) else value
