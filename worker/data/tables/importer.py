"""A dataset of a table: rows with named columns, in one file or in one for each split."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from worker.data import contents
from worker.data.contents import Block, Contents, Labels
from worker.data.options import ImportOptions
from worker.data.packed import quoted
from worker.data.progress import Tell, counting, untold
from worker.data.reading import Reading, TableReading
from worker.data.tables import arrow_files, csv_file, json_lines
from worker.data.tables.cells import cells_of, finite
from worker.data.tables.column_kinds import Kind
from worker.data.tables.columns import MISSING, UNKNOWN, Cells, Column, TextColumn
from worker.data.tables.kept import keeping
from worker.data.tables.measures import Measures
from worker.data.tables.preprocessing import TablePreprocessing
from worker.data.tables.source import Source
from worker.data.tables.survey import Survey, surveyed
from worker.data.tables.table import Table, joined
from worker.errors import CorruptFile, LimitExceeded
from worker.settings import Settings
from worker.system.machine import few_threads
from worker.system.memory import keep_to_what_is_used

BLOCK_NUMBERS = 2**21  # that rows become at a time, at most
KEPT = 4  # the share of the memory that cells may take
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


@contextmanager
def opened(
    files: Mapping[Path, str],
    options: ImportOptions,
    settings: Settings,
    seed: int,
    tell: Tell = untold,
) -> Iterator[Contents]:
    """Yields all splits. Without a test split, that is the validation split, or a fifth of each
    class is held out.

    Args:
        files: each with its kind, one of READERS.
        tell: called with how far it is.

    Raises:
        InvalidParameter: an option is of other files.
        CorruptFile, LimitExceeded, UnsupportedFile: the files are refused.
    """
    options.check_for("tables")
    keep_arrow_small()
    kept = settings.import_memory_bytes // KEPT // len(files)
    sources = [
        keeping(READERS[kind](path, path.name, settings.max_columns), kept)
        for path, kind in files.items()
    ]
    reading = Reading()
    table = joined(sources, options.label, options.leave_out or (), reading.table)
    here = contents.settled(dict.fromkeys(part.split for part in table.parts), reading)
    table = table._replace(parts=[p._replace(split=here[p.split]) for p in table.parts])
    table, survey = surveyed(table, settings, tell)
    table, kinds = _used(table, survey.kinds, reading.table)
    reading.rows = sum(survey.rows.values())
    held = _held(survey, seed)
    reading.held_out = int(held.sum())
    preprocessing = TablePreprocessing(table.label, _measured(table, kinds, survey, held, tell))
    _check_told(preprocessing)
    contents.check_size(survey.rows, preprocessing.shape, settings, preprocessing.dtype)
    blocks = _blocks(table, kinds, preprocessing, survey.labels, held, reading)
    yield Contents(survey.classes, preprocessing, reading, blocks)


def keep_arrow_small() -> None:
    keep_to_what_is_used()
    pa.set_io_thread_count(1)  # each more takes address space for its stack
    pa.set_cpu_count(few_threads())


def _held(survey: Survey, seed: int) -> NDArray[np.bool_]:
    """Which of the rows are held out as the test split, (rows,): none where it was sent."""
    if "test" in survey.rows:
        return np.zeros(len(survey.labels), np.bool_)
    return contents.held_out(survey.labels, survey.digests, seed)


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
    table: Table, kinds: Sequence[Kind], survey: Survey, held: NDArray[np.bool_], tell: Tell
) -> tuple[Column, ...]:
    """The columns, as the training rows show them."""
    measures, at = Measures(kinds, survey.rows.get("train", 0) - int(held.sum())), 0
    seen = counting(tell, "measuring", len(held))
    for batch in table.batches():
        out = held[at : at + len(batch.label)]
        at += len(batch.label)
        if batch.part.split == "train":
            cells = [cells_of(*pair) for pair in zip(batch.columns, kinds, strict=True)]
            known = [finite(own)[0] for own in cells]
            measures.look([own[~out] for own in known] if out.any() else known)
        seen(len(batch.label))
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
