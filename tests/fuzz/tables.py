"""Readers of tables: CSV, JSON Lines, Parquet and Arrow."""

import io
import json

import pyarrow as pa
from pyarrow import feather, ipc, parquet

from tests.fuzz.arrays import check
from tests.fuzz.held_file import held
from worker.data.kinds import kind_of
from worker.data.options import AS_THEY_ARE
from worker.data.tables import importer
from worker.settings import Settings

SETTINGS = Settings(min_free_bytes=0, max_dataset_bytes=10**7)
ROWS = [{"a": n / 2, "b": None if n % 5 else "p", "y": n % 2} for n in range(20)]


def table(body: bytes) -> None:
    """All of an import but what is written."""
    path = held(body)
    kind = kind_of(path)
    if kind in importer.READERS:
        with importer.opened({path: kind}, AS_THEY_ARE, SETTINGS, 1) as contents:
            check(contents.blocks, len(contents.classes))


def csvs() -> list[bytes]:
    commas = csv_file(b",")
    return [commas, csv_file(b";").replace(b".", b","), b"\xef\xbb\xbf" + csv_file(b"\t")]


def csv_file(separator: bytes) -> bytes:
    """A table of two classes."""
    rows = [(b"a", b"b", b"y"), (b"1.5", b'"2"', b"x"), (b" -3e2", b"NA", b"y")]
    rows += [(b"%d.25" % n, b"" if n % 5 else b"7", b"xy"[n % 2 :][:1]) for n in range(12)]
    return b"\n".join(map(separator.join, rows))


def json_lines() -> list[bytes]:
    named = "\n".join(json.dumps({"é": row["b"], "label": str(row["y"])}) for row in ROWS)
    return ["\n".join(map(json.dumps, ROWS)).encode(), named.encode()]


def parquets() -> list[bytes]:
    made = []
    for options in ({"compression": "none", "use_dictionary": False}, {"compression": "snappy"},
                    {"compression": "zstd", "version": "1.0", "row_group_size": 7}):  # fmt: skip
        file = io.BytesIO()
        parquet.write_table(pa.Table.from_pylist(ROWS), file, **options)
        made.append(file.getvalue())
    return made


def arrows() -> list[bytes]:
    whole = pa.Table.from_pylist(ROWS)
    texts = whole.set_column(1, "b", whole["b"].dictionary_encode())
    plain, packed, stream = io.BytesIO(), io.BytesIO(), io.BytesIO()
    feather.write_feather(texts, plain, compression="uncompressed")
    feather.write_feather(whole, packed, compression="lz4")
    with ipc.new_stream(stream, whole.schema) as made:
        made.write_table(whole)
    return [plain.getvalue(), packed.getvalue(), stream.getvalue()]
