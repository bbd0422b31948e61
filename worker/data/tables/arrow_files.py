"""Parquet and Arrow: columns that say what is in them."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import ipc
from pyarrow import parquet as pq

from worker.data.packed import quoted
from worker.data.tables.source import CELLS, Batches, Source, check_columns, cut, faults_named
from worker.errors import UnsupportedFile

HEADER_BYTES = 2**26  # of what a Parquet file says of itself, at most
FILE_BEGINS = b"ARROW1"
ADVICE = "leave the column out (leave_out), or make numbers or texts of it"


def parquet(path: Path, where: str, max_columns: int) -> Source:
    """Returns a Parquet file.

    Raises:
        CorruptFile, LimitExceeded, UnsupportedFile: it is damaged, or has too many columns.
    """
    with _opened_parquet(path, where) as file:
        schema = file.schema_arrow
        names = schema.names
    check_columns(names, where, max_columns)
    return Source(where, names, False, partial(_read_parquet, path, where, schema))


@contextmanager
def _opened_parquet(path: Path, where: str) -> Iterator[pq.ParquetFile]:
    with faults_named("Parquet", where), path.open("rb") as source:
        yield pq.ParquetFile(
            source,
            pre_buffer=False,
            buffer_size=2**16,  # else a whole column of a row group is read at once
            thrift_string_size_limit=HEADER_BYTES,
            thrift_container_size_limit=HEADER_BYTES // 64,
        )


def _read_parquet(
    path: Path, where: str, schema: pa.Schema, columns: Sequence[int], _: Collection[int]
) -> Batches:
    _check_types(schema, where, columns)
    names = [schema.names[place] for place in columns]
    with _opened_parquet(path, where) as file:
        step = max(1, CELLS // len(columns))
        for batch in file.iter_batches(step, columns=names, use_threads=False):
            batch.validate(full=True)  # texts may be in no UTF-8
            yield from cut([plain(batch.column(name)) for name in names])


def arrow(path: Path, where: str, max_columns: int) -> Source:
    """Returns an Arrow file, also called Feather 2, or an Arrow stream.

    Raises:
        CorruptFile, LimitExceeded, UnsupportedFile: it is damaged, or has too many columns.
    """
    with _opened_arrow(path, where) as (schema, _):
        names = schema.names
    check_columns(names, where, max_columns)
    return Source(where, names, False, partial(_read_arrow, path, where, schema))


@contextmanager
def _opened_arrow(path: Path, where: str) -> Iterator[tuple[pa.Schema, Iterator[pa.RecordBatch]]]:
    options = ipc.IpcReadOptions(use_threads=False)
    with faults_named("Arrow", where), path.open("rb") as source:
        if source.read(len(FILE_BEGINS)) == FILE_BEGINS:
            file = ipc.open_file(source, options=options)
            batches = (file.get_batch(number) for number in range(file.num_record_batches))
            yield file.schema, batches
        else:
            source.seek(0)
            stream = ipc.open_stream(source, options=options)
            yield stream.schema, iter(stream)


def _read_arrow(
    path: Path, where: str, schema: pa.Schema, columns: Sequence[int], _: Collection[int]
) -> Batches:
    _check_types(schema, where, columns)
    with _opened_arrow(path, where) as (_, batches):
        for batch in batches:
            batch.validate(full=True)  # what is said to lie in it may lie outside
            yield from cut([plain(batch.column(place)) for place in columns])


def _check_types(schema: pa.Schema, where: str, columns: Sequence[int]) -> None:
    for place in columns:
        field = schema.field(place)
        if not (is_number(field.type) or is_text(field.type)):
            raise UnsupportedFile(
                f"Expected numbers or texts in the column {quoted(field.name)} of {where}, got "
                f"{str(field.type)[:40]}; {ADVICE}."
            )


def is_number(kind: pa.DataType) -> bool:
    """Whether cells of this type become numbers: true and false become 1 and 0."""
    types = pa.types
    return any(
        own(kind)
        for own in (
            types.is_integer, types.is_floating, types.is_decimal, types.is_boolean, types.is_null
        )
    )  # fmt: skip


def is_text(kind: pa.DataType) -> bool:
    """Whether cells of this type become texts."""
    types = pa.types
    if types.is_dictionary(kind):
        return is_text(kind.value_type)
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def plain(cells: pa.Array) -> pa.Array:
    """Returns them as strings, or as float64; what is not a number is null."""
    if is_text(cells.type):
        return cells.cast(pa.string())
    if pa.types.is_boolean(cells.type):
        cells = cells.cast(pa.int8())
    numbers = cells.cast(pa.float64(), safe=False)
    return pc.if_else(pc.is_nan(numbers), pa.scalar(None, pa.float64()), numbers)
