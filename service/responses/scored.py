"""What a model says of the rows of a dataset, in each form in which it may be asked for."""

import csv
import io
from collections.abc import Callable
from typing import NamedTuple

from pydantic_core import from_json

from service.responses.split_csv import harmless
from service.responses.transfers import Pieces, pieces_of
from worker.data.scored_file import FILE
from worker.data.scored_rows import cells, columns
from worker.operations.scorings import Results, Scorings


class Form(NamedTuple):
    """A form of results: its media type, and what makes the pieces of a scoring's."""

    kind: str
    pieces: Callable[[Scorings, str], Pieces]


def as_csv(results: Results) -> Pieces:
    """Yields the rows under a header, a part at a time. No text in them is a formula to a program
    for tables."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns(results.classes, results.top, results.with_problems))
    for lines in results.lines:
        for line in lines.splitlines():
            row = cells(from_json(line), results.classes, results.top)
            writer.writerow(harmless(cell) if isinstance(cell, str) else cell for cell in row)
        yield text.getvalue().encode()
        text.seek(0)
        text.truncate()


# By the word for each; the last is what those get who do not say.
FORMS = {
    "csv": Form("text/csv", lambda scorings, which: as_csv(scorings.results(which))),
    "parquet": Form(
        "application/vnd.apache.parquet",
        lambda scorings, which: pieces_of(scorings.file(which, FILE)),
    ),
    "ndjson": Form("application/x-ndjson", lambda scorings, which: scorings.results(which).lines),
}
BY_KIND = {form.kind: word for word, form in FORMS.items()}
