"""What is found in a table."""

import re
from pathlib import Path

import numpy as np
import pytest

from tests.worker.data.tables.making import column, imported
from worker.data.tables import checks

RNG = np.random.default_rng(0)


def noise(rows: int) -> list[float]:
    return [round(float(cell), 3) for cell in RNG.normal(size=rows)]


def test_a_table_of_noise_has_little_to_say(tmp_path: Path) -> None:
    found = imported(tmp_path, {"train.csv": column(noise(300)), "test.csv": column(noise(300))})
    assert found.findings.keys() <= {"duplicates_across_splits", "repeated_rows"}


@pytest.mark.parametrize(
    "cells",
    [
        [n % 2 + cell / 20 for n, cell in enumerate(noise(300))],
        ["pq"[n % 2] for n in range(300)],
        [("p", "q", "r", "s")[n % 4] for n in range(300)],
    ],
    ids=["numbers", "texts", "many texts"],
)
@pytest.mark.parametrize("sample", [checks.SAMPLE_ROWS, 100])
def test_a_column_that_gives_the_class_away_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cells: list[object], sample: int
) -> None:
    monkeypatch.setattr(checks, "SAMPLE_ROWS", sample)
    found = imported(tmp_path, column(cells)).findings["class_given_away"]
    assert re.match(
        r"The column 'c' alone tells the class of (9\d|100)% of the training rows", found
    )
    assert "leave it out (leave_out)" in found


def test_the_same_rows_are_called_rows(tmp_path: Path) -> None:
    content = column([n % 3 for n in range(300)], "i,c,label\n")
    found = imported(tmp_path, content, leave_out=("i",)).findings
    assert "training rows are there under two classes" in found["two_labels"]
    assert not any("picture" in message for message in found.values())


def test_the_columns_that_lack_most_come_first(tmp_path: Path) -> None:
    names = [f"c{n}" for n in range(8)]
    rows = [
        ",".join(["" if row <= number else "1" for number in range(8)] + ["ab"[row % 2]])
        for row in range(40)
    ]
    content = "\n".join([",".join([*names, "label"]), *rows]).encode()
    prepared = imported(tmp_path, content).prepared
    found = next(f for f in prepared.findings if f.code == "missing_values")
    assert "36 cells are missing: 8 in 'c7', 7 in 'c6'" in found.message
    assert "and others in 3 more columns" in found.message
    assert found.evidence["columns"] == {f"c{n}": n + 1 for n in reversed(range(8))}
