"""A first look at all rows of a table: what its columns are, and which rows are the same."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from worker.data.contents import Labels
from worker.data.digests import Digests, digest_of, of_columns
from worker.data.progress import Tell, counting
from worker.data.tables.column_kinds import Kind, Seen
from worker.data.tables.labels import SeenLabels
from worker.data.tables.source import NoNumbers
from worker.data.tables.table import Table
from worker.errors import CorruptFile, LimitExceeded
from worker.settings import Settings

MISTAKEN = 3  # columns that seem to be numbers and are none
NOTHING = np.zeros(0, np.uint64)
NAN_BITS = int(np.float64(np.nan).view(np.uint64))  # in the place of what is missing


class Survey(NamedTuple):
    """What a first look at all rows tells.

    Attributes:
        kinds: of the columns of the table; None where one has nothing.
        labels: of all rows, (rows,).
        rows: how many there are in each split.
        digests: of all rows; none where nobody needs them.
    """

    kinds: list[Kind | None]
    classes: list[str]
    labels: Labels
    rows: dict[str, int]
    digests: Digests


def surveyed(table: Table, settings: Settings, tell: Tell) -> tuple[Table, Survey]:
    """Returns what is seen, and the table as it could be read: anew where columns that seemed to be
    numbers are none, and after some of these with all as texts.

    Raises:
        CorruptFile, LimitExceeded, UnsupportedFile: the files are refused.
    """
    for _ in range(MISTAKEN):
        try:
            return table, _survey(table, settings, tell)
        except NoNumbers as found:
            table = table._replace(numbers=table.numbers - {*found.names})
    table = table._replace(numbers=frozenset())
    return table, _survey(table, settings, tell)


def _survey(table: Table, settings: Settings, tell: Tell) -> Survey:
    seen = [Seen(name, settings.max_categories) for name in table.columns]
    labels = SeenLabels(table.label, settings.max_classes)
    rows = {part.split: 0 for part in table.parts}
    digests: list[Digests] = []
    looked_at = counting(tell, "reading")
    for batch in table.batches():
        split, source = batch.part
        rows[split] += len(batch.label)
        looked_at(len(batch.label))
        check_rows(rows[split], split, settings)
        labels.look(batch.label, batch.row, source.where)
        for own, cells in zip(seen, batch.columns, strict=True):
            own.look(cells, batch.row, source.of_texts)
        if batch.columns and "test" not in rows:  # a table without columns is refused below
            digests.append(_digests(batch.columns))
    if not any(rows.values()):
        raise CorruptFile(f"Expected rows below the names in {table.where}, got none; add some.")
    commas = any(own.commas for own in seen)
    kinds = [own.kind(table.where, commas) for own in seen]
    return Survey(kinds, *labels.classes(), rows, np.concatenate(digests or [NOTHING]))


def check_rows(count: int, split: str, settings: Settings) -> None:
    if count > settings.max_rows:  # before more of them are remembered
        raise LimitExceeded(
            f"Expected at most {settings.max_rows:,} rows in the {split} split, got more; "
            "send fewer."
        )


def _digests(columns: Sequence[pa.Array]) -> Digests:
    """Of some rows."""
    return of_columns([_digests_of_cells(cells) for cells in columns])


def _digests_of_cells(cells: pa.Array) -> Digests:
    if not pa.types.is_string(cells.type):
        numbers = cells.to_numpy(zero_copy_only=False) + 0.0  # of zeros there is one then
        numbers[np.isnan(numbers)] = np.nan  # and of what is no number, or missing
        bits: Digests = numbers.view(np.uint64)
        return bits
    encoded = cells.dictionary_encode()
    own = [_digest_of_text(text) for text in encoded.dictionary.to_pylist()]
    places = encoded.indices.fill_null(len(own)).to_numpy()
    found: Digests = np.array([*own, NAN_BITS], np.uint64)[places]
    return found


def _digest_of_text(text: str) -> int:
    """That of the number that it says, since columns of numbers may be read as texts; else of its
    bytes."""
    try:
        number = np.float64(text.replace(",", ".")) + 0.0
    except ValueError:
        return digest_of(text.encode())
    return NAN_BITS if np.isnan(number) else int(number.view(np.uint64))
