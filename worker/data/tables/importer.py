"""A dataset of a table: rows with named columns, in one file or in one for each split."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from worker.data import contents
from worker.data.contents import Block, Contents, Labels
from worker.data.digests import Digests, digest_of, of_columns
from worker.data.options import ImportOptions
from worker.data.packed import quoted
from worker.data.reading import Reading, TableReading
from worker.data.tables import arrow_files, csv_file, json_lines
from worker.data.tables.cells import cells_of, finite
from worker.data.tables.columns import MISSING, UNKNOWN, Cells, Column, TextColumn
from worker.data.tables.kept import keeping
from worker.data.tables.labels import SeenLabels
from worker.data.tables.measures import Measures
from worker.data.tables.preprocessing import TablePreprocessing
from worker.data.tables.source import NoNumbers, Source
from worker.data.tables.survey import Kind, Seen
from worker.data.tables.table import Table, joined
from worker.errors import CorruptFile, LimitExceeded
from worker.settings import Settings
from worker.system.memory import keep_to_what_is_used

BLOCK_NUMBERS = 2**21  # that rows become at a time, at most
KEPT = 4  # the share of the memory that cells may take
MISTAKEN = 3  # columns that seem to be numbers and are none
NOTHING = np.zeros(0, np.uint64)
MISSING_DIGEST = int(np.float64(np.nan).view(np.uint64))
# Bytes of a preprocessing, which is kept in Redis, in every model, and told with it.
MOST_TOLD = 2**20

# By what a file looks like, how it is opened: by its path, its name for messages, and how many
# columns it may have.
READERS: dict[str, Callable[[Path, str, int], Source]] = {
    "CSV": csv_file.opened,
    "JSON Lines": json_lines.opened,
    "Parquet": arrow_files.parquet,
    "Arrow": arrow_files.arrow,
}


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


@contextmanager
def opened(
    files: Mapping[Path, str], options: ImportOptions, settings: Settings, seed: int
) -> Iterator[Contents]:
    """Yields all splits. Without a test split, that is the validation split, or a fifth of each
    class is held out.

    Args:
        files: each with its kind, one of READERS.

    Raises:
        InvalidParameter: an option is of other files.
        CorruptFile, LimitExceeded, UnsupportedFile: the files are refused.
    """
    options.check_for("tables")
    keep_to_what_is_used()
    pa.set_io_thread_count(1)  # each more takes address space for its stack
    kept = settings.import_memory_bytes // KEPT // len(files)
    sources = [
        keeping(READERS[kind](path, path.name, settings.max_columns), kept)
        for path, kind in files.items()
    ]
    reading = Reading()
    table = joined(sources, options.label, options.leave_out or (), reading.table)
    here = contents.settled(dict.fromkeys(part.split for part in table.parts), reading)
    table = table._replace(parts=[p._replace(split=here[p.split]) for p in table.parts])
    table, survey = _surveyed(table, settings)
    table, kinds = _used(table, survey.kinds, reading.table)
    reading.rows = sum(survey.rows.values())
    held = _held(survey, seed)
    reading.held_out = int(held.sum())
    preprocessing = TablePreprocessing(table.label, _measured(table, kinds, survey, held))
    _check_told(preprocessing)
    contents.check_size(survey.rows, preprocessing.shape, settings, preprocessing.dtype)
    blocks = _blocks(table, kinds, preprocessing, survey.labels, held, reading)
    yield Contents(survey.classes, preprocessing, reading, blocks)


def _held(survey: Survey, seed: int) -> NDArray[np.bool_]:
    """Which of the rows are held out as the test split, (rows,): none where it was sent."""
    if "test" in survey.rows:
        return np.zeros(len(survey.labels), np.bool_)
    return contents.held_out(survey.labels, survey.digests, seed)


def _surveyed(table: Table, settings: Settings) -> tuple[Table, Survey]:
    """The table is read anew where columns that seemed to be numbers are none, and after some of
    these with all as texts."""
    for _ in range(MISTAKEN):
        try:
            return table, _survey(table, settings)
        except NoNumbers as found:
            table = table._replace(numbers=table.numbers - {*found.names})
    table = table._replace(numbers=frozenset())
    return table, _survey(table, settings)


def _survey(table: Table, settings: Settings) -> Survey:
    seen = [Seen(name, settings.max_categories) for name in table.columns]
    labels = SeenLabels(table.label, settings.max_classes)
    rows = {part.split: 0 for part in table.parts}
    digests: list[Digests] = []
    for batch in table.batches():
        split, source = batch.part
        rows[split] += len(batch.label)
        _check_rows(rows[split], split, settings)
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


def _check_rows(count: int, split: str, settings: Settings) -> None:
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
        numbers: NDArray[np.float64] = cells.to_numpy(zero_copy_only=False)  # nan where one is null
        return numbers.view(np.uint64)
    encoded = cells.dictionary_encode()
    own = [digest_of(text.encode()) for text in encoded.dictionary.to_pylist()]
    places = encoded.indices.fill_null(len(own)).to_numpy()
    found: Digests = np.array([*own, MISSING_DIGEST], np.uint64)[places]
    return found


def _used(
    table: Table, kinds: Sequence[Kind | None], reading: TableReading
) -> tuple[Table, list[Kind]]:
    """The table without columns in which nothing is."""
    pairs = zip(table.columns, kinds, strict=True)
    used = {name: kind for name, kind in pairs if kind is not None}
    reading.left_out += [f"{quoted(name)} (empty)" for name in table.columns if name not in used]
    if not used:
        raise CorruptFile(
            f"Expected columns beside the label {quoted(table.label)} in {table.where}, got none "
            "with anything in it; add what is known of each row."
        )
    return table._replace(columns=[*used]), [*used.values()]


def _measured(
    table: Table, kinds: Sequence[Kind], survey: Survey, held: NDArray[np.bool_]
) -> tuple[Column, ...]:
    """The columns, as the training rows show them."""
    measures, at = Measures(kinds, survey.rows.get("train", 0) - int(held.sum())), 0
    for batch in table.batches():
        kept = np.flatnonzero(~held[at : at + len(batch.label)])
        at += len(batch.label)
        if batch.part.split == "train":
            cells = [cells_of(*pair) for pair in zip(batch.columns, kinds, strict=True)]
            measures.look([finite(own)[0][kept] for own in cells])
    return measures.columns(table.columns)


def _blocks(
    table: Table,
    kinds: Sequence[Kind],
    preprocessing: TablePreprocessing,
    labels: Labels,
    held: NDArray[np.bool_],
    reading: Reading,
) -> Iterator[Block]:
    """All rows as they are learned from, those that are `held` as the test split."""
    kinds = [
        kind._replace(texts=[*column.categories]) if isinstance(column, TextColumn) else kind
        for kind, column in zip(kinds, preprocessing.columns, strict=True)
    ]
    step, at = max(1, BLOCK_NUMBERS // preprocessing.shape[0]), 0
    for batch in table.batches():
        cells = [
            _noted(cells_of(own, kind), name, reading.table)
            for own, kind, name in zip(batch.columns, kinds, table.columns, strict=True)
        ]
        for start in range(0, len(batch.label), step):
            x = preprocessing.encoded([own[start : start + step] for own in cells])
            rows = slice(at, at := at + len(x))
            if not held[rows].any():
                yield Block(batch.part.split, x, labels[rows])
                continue
            yield Block("train", x[~held[rows]], labels[rows][~held[rows]])
            yield Block("test", x[held[rows]], labels[rows][held[rows]])


def _check_told(preprocessing: TablePreprocessing) -> None:
    told = len(json.dumps(preprocessing.as_dict()))
    if told > MOST_TOLD:
        raise LimitExceeded(
            f"Expected columns of which at most {MOST_TOLD:,} bytes are to be told, names and "
            f"texts, got {told:,}; leave some out, or shorten their texts."
        )


def _noted(cells: Cells, name: str, reading: TableReading) -> Cells:
    """The cells of a column; it is counted which of them are missing, infinite, or texts of which
    nothing is learned."""
    cells, infinite = finite(cells)
    reading.infinite[name] += infinite
    missing = np.isnan(cells) if cells.dtype == np.float64 else cells == MISSING
    reading.missing[name] += int(missing.sum())
    reading.strange[name] += int((cells == UNKNOWN).sum()) if cells.dtype == np.int64 else 0
    return cells
