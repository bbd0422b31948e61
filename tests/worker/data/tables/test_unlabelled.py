"""Rows of tables without labels: columns by their names."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from worker.data.progress import untold
from worker.data.tables.columns import NumberColumn, TextColumn
from worker.data.tables.preprocessing import TablePreprocessing
from worker.data.tables.unlabelled import opened
from worker.errors import CorruptFile, LimitExceeded
from worker.settings import Settings

AGE = NumberColumn("age", 1.0, 2.0, 1.0, missing=True)
HOW = TablePreprocessing("answer", (AGE, TextColumn("colour", ("blue", "red"), missing=True)))
SETTINGS = Settings(max_rows=100)


def rows_of(files: dict[Path, str]) -> tuple[Any, list[str], dict[int, str]]:
    """The samples, the names, and what is wrong with which row."""
    with opened(files, HOW, SETTINGS, untold) as rows:
        x, names, faults = np.zeros((0, 5)), list[str](), dict[int, str]()
        for block in rows.blocks:
            faults |= {len(x) + place: str(fault) for place, fault in block.faults.items()}
            x, names = np.concatenate([x, block.x]), [*names, *block.names]
        assert len(x) == rows.total
    return x, names, faults


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    return tmp_path / "01-people.csv"


def test_columns_are_found_by_their_names_whatever_else_there_is(csv: Path) -> None:
    csv.write_text("id,colour,age,answer\n7,red,3,yes\n8,,1,no\n9,blue,,\n")
    x, names, faults = rows_of({csv: "CSV"})
    assert np.array_equal(x, [[1, 0, 0, 1, 0], [0, 0, 0, 0, 1], [0, 1, 1, 0, 0]])
    assert (names, faults) == (["people.csv"] * 3, {})


def test_a_row_that_predict_would_refuse_has_its_problem(csv: Path) -> None:
    csv.write_text("age,colour\n3,red\nmany,green\n1e99,red\n2,green\n5,blue\n")
    x, _, faults = rows_of({csv: "CSV"})
    assert np.array_equal(x[[0, 4]], [[1, 0, 0, 1, 0], [2, 0, 1, 0, 0]])
    assert not x[[1, 2, 3]].any()
    assert "'age', or null, got 'many'" in faults[1]
    assert "got a larger one" in faults[2]
    assert "'blue', 'red', or null, got 'green'" in faults[3]
    assert [*faults] == [1, 2, 3]


def test_commas_may_stand_before_fractions(csv: Path) -> None:
    csv.write_text("age;colour\n1,5;red\n2;blue\n")
    x, _, faults = rows_of({csv: "CSV"})
    assert (x[0, 0], x[1, 0], faults) == (0.25, 0.5, {})


def test_several_files_of_several_kinds_are_one_behind_the_other(csv: Path, tmp_path: Path) -> None:
    csv.write_text("age,colour\n3,red\n1,red\n")
    lines, packed = tmp_path / "02-b.jsonl", tmp_path / "03-c.parquet"
    lines.write_text('{"age": 5, "colour": "blue"}\n{"age": null, "colour": "red"}\n')
    parquet.write_table(pa.table({"age": [True], "colour": [1.5]}), packed)
    x, names, faults = rows_of({csv: "CSV", lines: "JSON Lines", packed: "Parquet"})
    assert names == ["people.csv"] * 2 + ["b.jsonl"] * 2 + ["c.parquet"]
    assert np.array_equal(x[:4, 0], [1, 0, 2, 0])
    assert [*faults] == [4]  # a number is no colour


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("aeg,colour\n1,red\n", CorruptFile, "did you mean it by 'aeg'"),
        ("age,colour,age\n1,red,2\n", CorruptFile, "'age' 2 times"),
        ("age,colour\n" + "1,red\n" * 101, LimitExceeded, "at most 100 rows"),
    ],
)
def test_what_is_wrong_with_a_whole_file_is_said(
    csv: Path, text: str, kind: type[Exception], words: str
) -> None:
    csv.write_text(text)
    with pytest.raises(kind, match=words):
        rows_of({csv: "CSV"})
