"""Answers for rows as a Parquet file, and what they come to: what runs in a sealed process, so that
none which holds keys loads Arrow."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet as pq
from pydantic_core import from_json

from worker.data import sandbox
from worker.data.scored_rows import Tally, cells, columns
from worker.jsontypes import Json

TYPES = {int: pa.int64(), float: pa.float64(), str: pa.string()}


def work(order: Json) -> Json:
    """Returns what the sealed process answers to an order of `worker.data.scored_file.gathered`."""
    classes, top, tally = order["classes"], order["top"], Tally(order["classes"])
    named = columns(classes, top, order["with_problems"])
    schema = pa.schema([(name, TYPES[kind]) for name, kind in named.items()])
    with pq.ParquetWriter(order["target"], schema, compression="zstd") as writer:
        for lines in map(lines_of, order["parts"]):
            rows = []
            for line in lines:
                tally.add(line)
                rows.append(cells(line, classes, top))
            columnwise = zip(zip(*rows, strict=True), schema, strict=True)
            arrays = [pa.array(own, field.type) for own, field in columnwise]
            writer.write_batch(pa.record_batch(arrays, schema=schema))
    return tally.counted(classes)


def lines_of(part: str) -> Iterator[Json]:
    with Path(part).open("rb") as file:
        yield from map(from_json, file)


if __name__ == "__main__":
    sandbox.serve(work)
