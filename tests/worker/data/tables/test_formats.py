"""A table is the same in every format, and no format does harm."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from pyarrow import ipc, parquet

from tests.worker.data.tables.making import imported
from worker.data.importer import import_files
from worker.errors import CorruptFile, LimitExceeded, UnsupportedFile, WorkerError
from worker.settings import Settings

ROWS = 300
CELLS: dict[str, list[Any]] = {
    "age": [None if n % 9 == 0 else n for n in range(ROWS)],
    "rate": [n / 7 for n in range(ROWS)],
    "well": [n % 3 > 0 for n in range(ROWS)],
    "colour": [("red", "blue, light", None)[n % 3] for n in range(ROWS)],
    "label": [n % 2 for n in range(ROWS)],
}


def as_csv(table: pa.Table) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(table.column_names)
    for row in zip(*table.to_pydict().values(), strict=True):
        writer.writerow(["" if c is None else int(c) if isinstance(c, bool) else c for c in row])
    return text.getvalue().encode()


def as_json_lines(table: pa.Table) -> bytes:
    return "\n".join(map(json.dumps, table.to_pylist())).encode()


def as_parquet(table: pa.Table, **how: Any) -> bytes:
    buffer = io.BytesIO()
    parquet.write_table(table, buffer, **how)
    return buffer.getvalue()


def as_arrow(table: pa.Table, **how: Any) -> bytes:
    buffer = io.BytesIO()
    with ipc.new_file(buffer, table.schema, **how) as writer:
        writer.write_table(table, max_chunksize=70)
    return buffer.getvalue()


def as_stream(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    with ipc.new_stream(buffer, table.schema) as writer:
        writer.write_table(table)
    return buffer.getvalue()


FORMATS: dict[str, Callable[[pa.Table], bytes]] = {
    "a.csv": as_csv,
    "a.jsonl": as_json_lines,
    "a.parquet": as_parquet,
    "groups.parquet": lambda table: as_parquet(table, row_group_size=40, compression="zstd"),
    "a.arrow": as_arrow,
    "zstd.arrow": lambda table: as_arrow(table, options=ipc.IpcWriteOptions(compression="zstd")),
    "a.arrows": as_stream,
}
every_format = pytest.mark.parametrize("name", FORMATS)


@every_format
def test_a_table_is_the_same_in_every_format(tmp_path: Path, name: str) -> None:
    table = pa.table(CELLS)
    (tmp_path / "csv").mkdir()
    plain = imported(tmp_path / "csv", as_csv(table))
    other = imported(tmp_path, {name: FORMATS[name](table)})
    assert other.prepared.classes == ["0", "1"]
    assert other.columns["colour"] == plain.columns["colour"]
    for split, x in plain.x.items():
        assert_array_equal(other.y[split], plain.y[split])
        assert_allclose(other.x[split], x, rtol=1e-6, atol=1e-6)


@every_format
def test_a_sealed_process_reads_every_format(tmp_path: Path, name: str) -> None:
    path, target = tmp_path / f"01-{name}", tmp_path / "dataset"
    path.write_bytes(FORMATS[name](pa.table(CELLS)))
    target.mkdir()
    prepared = import_files([path], target, Settings(min_free_bytes=0))
    # Two numbers, one of which may be missing; one of true and false; two texts, or none.
    assert prepared.shape == [7]
    assert np.load(target / "train_x.npy").shape == (240, 7)


@every_format
@pytest.mark.parametrize("part", [0.3, 0.9])
def test_a_file_that_is_cut_short_is_refused(tmp_path: Path, name: str, part: float) -> None:
    content = FORMATS[name](pa.table(CELLS))
    with pytest.raises(CorruptFile):
        imported(tmp_path, {name: content[: int(part * len(content))]})


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow", "a.arrows"])
@pytest.mark.parametrize("seed", range(3))
def test_a_damaged_file_does_no_harm(tmp_path: Path, name: str, seed: int) -> None:
    rng, target = np.random.default_rng(seed), tmp_path / "dataset"
    content = np.frombuffer(FORMATS[name](pa.table(CELLS)), np.uint8).copy()
    places = rng.integers(8, len(content), 40)
    content[places] = rng.integers(0, 256, 40)
    path = tmp_path / f"01-{name}"
    path.write_bytes(content.tobytes())
    target.mkdir()
    try:
        prepared = import_files([path], target, Settings(min_free_bytes=0))
    except WorkerError:
        return
    assert np.isfinite(np.load(target / "train_x.npy")).all()
    assert prepared.shape


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow", "a.arrows"])
@pytest.mark.parametrize("column", ["colour", "label"])
def test_texts_in_no_utf8_are_refused(tmp_path: Path, name: str, column: str) -> None:
    texts = pa.array([b"\xff", b"b"] * (ROWS // 2)).view(pa.string())
    with pytest.raises(CorruptFile, match=f"reading 01-{name} failed.*UTF8"):
        imported(tmp_path, {name: FORMATS[name](pa.table(CELLS | {column: texts}))})


@pytest.mark.parametrize("name", ["a.arrow", "a.arrows"])
def test_names_in_no_utf8_are_refused(tmp_path: Path, name: str) -> None:
    content = FORMATS[name](pa.table(CELLS)).replace(b"colour", b"\xff" * 6)
    with pytest.raises(CorruptFile, match=f"reading 01-{name} failed.*utf-8"):
        imported(tmp_path, {name: content})


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow", "a.arrows"])
@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (pa.array([[1]] * ROWS), "list"),
        (pa.array([{"a": 1}] * ROWS), "struct"),
        (pa.array([b"\0"] * ROWS), "binary"),
        (pa.array(range(ROWS), pa.timestamp("s")), "timestamp"),
        (pa.array([1] * ROWS, pa.date32()), "date32"),
    ],
    ids=range(5),
)
def test_other_types_are_refused_and_can_be_left_out(
    tmp_path: Path, name: str, cells: pa.Array, kind: str
) -> None:
    content = FORMATS[name](pa.table({**CELLS, "odd": cells}))
    (tmp_path / "left").mkdir()
    with pytest.raises(UnsupportedFile, match=f"the column 'odd' .*got {kind}.*leave_out"):
        imported(tmp_path, {name: content})
    found = imported(tmp_path / "left", {name: content}, leave_out=("odd",))
    assert [*found.columns] == ["age", "rate", "well", "colour"]


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow", "a.jsonl"])
def test_numbers_that_are_none_are_missing(tmp_path: Path, name: str) -> None:
    odd = [float("nan"), float("inf"), 1.0, 2.0] * 75
    content = FORMATS[name](pa.table({**CELLS, "odd": pa.array(odd)}))
    found = imported(tmp_path, {name: content})
    assert found.columns["odd"].missing
    assert "75 numbers are infinite" in found.findings["infinite_values"]


def test_dictionaries_and_decimals_are_texts_and_numbers(tmp_path: Path) -> None:
    table = pa.table(
        {
            "word": pa.array(["p", "q"] * 150).dictionary_encode(),
            "price": pa.array(range(ROWS), pa.int64()).cast(pa.decimal128(21, 2)),
            "label": pa.array(["x", "y", "z"] * 100, pa.large_string()),
        }
    )
    found = imported(tmp_path, {"a.parquet": as_parquet(table)})
    assert [column.kind for column in found.preprocessing.columns] == ["text", "number"]
    assert found.prepared.classes == ["x", "y", "z"]


def test_texts_of_a_file_that_knows_numbers_are_texts(tmp_path: Path) -> None:
    words = pa.table({**CELLS, "code": [str(n % 7) for n in range(ROWS)]})
    found = imported(tmp_path, {"a.parquet": as_parquet(words)})
    assert found.columns["code"].categories == tuple("0123456")
    (tmp_path / "many").mkdir()
    many = pa.table({**CELLS, "code": [str(n) for n in range(ROWS)]})
    with pytest.raises(LimitExceeded, match="at most 100 different texts, in the column 'code'"):
        imported(tmp_path / "many", {"a.parquet": as_parquet(many)})


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow", "a.jsonl"])
@pytest.mark.parametrize(
    ("names", "kind", "words"),
    [
        (["y"], CorruptFile, "at least two columns"),
        ([*(f"c{n}" for n in range(4_096)), "y"], LimitExceeded, "at most 4,096 columns"),
    ],
    ids=range(2),
)
def test_too_few_and_too_many_columns_are_refused(
    tmp_path: Path, name: str, names: list[str], kind: type[WorkerError], words: str
) -> None:
    table = pa.table({own: [0, 1, 0, 1] for own in names})
    with pytest.raises(kind, match=words):
        imported(tmp_path, {name: FORMATS[name](table)})


def test_formats_may_be_mixed(tmp_path: Path) -> None:
    table = pa.table(CELLS)
    files = {"train.parquet": as_parquet(table), "test.csv": as_csv(table)}
    found = imported(tmp_path, files)
    assert_array_equal(found.x["test"], found.x["train"])
