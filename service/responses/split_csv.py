"""All rows of a dataset as CSV, piece by piece, when the client takes the next one."""

import csv
import io
from collections.abc import Iterator

from service.responses.transfers import Pieces
from worker.data.listing import ListedRow

# The last is for what a row's file was called; of arrays, and where that was not kept, it is empty.
COLUMNS = (*ListedRow._fields, "source")


def as_csv(blocks: Iterator[list[ListedRow]]) -> Pieces:
    """Yields the rows under a header."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for rows in blocks:
        writer.writerows((*row, "") for row in rows)
        yield text.getvalue().encode()
        text.seek(0)
        text.truncate()
