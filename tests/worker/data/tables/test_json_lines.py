"""JSON Lines: an object for each row, and nothing else."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
from numpy.testing import assert_allclose

from tests.worker.data.tables.making import imported
from tests.worker.data.tables.test_formats import CELLS, as_json_lines
from worker.data.tables import json_lines
from worker.errors import CorruptFile, LimitExceeded, UnsupportedFile, WorkerError


def test_rows_are_the_same_in_whichever_batches_they_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = as_json_lines(pa.table(CELLS))
    for name in ("whole", "cut"):
        (tmp_path / name).mkdir()
    whole = imported(tmp_path / "whole", {"a.jsonl": content})
    monkeypatch.setattr(json_lines, "BATCH_CELLS", 50)
    cut = imported(tmp_path / "cut", {"a.jsonl": content})
    for split, x in whole.x.items():
        assert_allclose(cut.x[split], x, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    ("more", "kind", "words"),
    [
        ('{"age": "old"}', CorruptFile, "in the column 'age' .*, got 'old' in row 301"),
        ('{"age": [1]}', UnsupportedFile, r"got '\[1\]' in row 301; give each number a column"),
        ('{"age": 1, "age": 2}', CorruptFile, "each name in it once, got something else in line"),
        ('{"age": 1', CorruptFile, "something else in line 301"),
        ("[" * 9000, CorruptFile, "something else in line 301"),
        ("[1, 2]", CorruptFile, "Expected an object .*, got list in line 301"),
        ('{"age": "' + "x" * 5_000_000, LimitExceeded, "lines of at most 4,194,304 bytes"),
        ('{"age": 1}', CorruptFile, "got none in row 301"),
        (r'{"colour": "\ud800"}', CorruptFile, r"whole letters .*, '\\ud800', in row 301"),
    ],
    ids=range(9),
)
def test_lines_that_are_no_rows_are_refused(
    tmp_path: Path, more: str, kind: type[WorkerError], words: str
) -> None:
    content = as_json_lines(pa.table(CELLS)) + b"\n" + more.encode()
    with pytest.raises(kind, match=words):
        imported(tmp_path, {"a.jsonl": content})


def test_what_a_line_lacks_is_missing(tmp_path: Path) -> None:
    rows = [{"a": n, "y": n % 2, **({"b": 1} if n > 20 else {})} for n in range(40)]
    found = imported(tmp_path, {"a.jsonl": "\n".join(map(json.dumps, rows)).encode()})
    assert [*found.columns] == ["a", "b"]
    assert "21 cells are missing: 21 in 'b'" in found.findings["missing_values"]


def test_a_number_of_hundreds_of_digits_is_infinite(tmp_path: Path) -> None:
    rows = [{"a": 10**400 if n == 3 else n, "y": n % 2} for n in range(40)]
    found = imported(tmp_path, {"a.jsonl": "\n".join(map(json.dumps, rows)).encode()})
    assert "1 numbers are infinite" in found.findings["infinite_values"]
