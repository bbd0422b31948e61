"""Rows by names of columns are what they were in training, and every fault has its place."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from tests.worker.data.tables.making import Imported, imported
from tests.worker.data.test_json_rows import usable
from worker.data.json_rows import read as read_rows
from worker.data.tables import json_rows
from worker.data.tables.columns import NumberColumn, TextColumn
from worker.data.tables.preprocessing import TablePreprocessing
from worker.errors import InvalidParameter, LimitExceeded, MalformedBody

TABLE = TablePreprocessing(
    "label",
    (
        NumberColumn("age", mean=2.0, deviation=0.5, median=3.0, missing=True),
        TextColumn("co/l~our", ("blue", "red"), missing=False),
    ),
)
GOOD = {"age": 3, "co/l~our": "red"}
COLOUR = "/rows/0/co~1l~0our"


def read(rows: Any, table: TablePreprocessing = TABLE, most: int = 100) -> np.ndarray[Any, Any]:
    body = rows if isinstance(rows, bytes) else json.dumps({"rows": rows}).encode()
    return np.concatenate([*usable(read_rows(body, json_rows.TableRows(table), most))])


def test_rows_are_read_by_the_names_of_their_columns() -> None:
    rows = [GOOD, {"co/l~our": "blue", "age": None}, {"age": 1.5, "co/l~our": None}]
    assert read(rows).tolist() == [[2, 0, 0, 1], [2, 1, 1, 0], [-1, 0, 0, 0]]


def test_rows_may_be_lists_in_the_order_of_the_columns() -> None:
    assert_array_equal(
        read([[3, "red"], [None, "blue"]]), read([GOOD, {**GOOD, "age": None, "co/l~our": "blue"}])
    )


def test_true_and_false_are_1_and_0() -> None:
    assert_array_equal(read([[True, "red"], [False, "red"]]), read([[1, "red"], [0, "red"]]))


def test_numbers_far_from_those_of_training_stay_finite() -> None:
    table = TablePreprocessing("y", (NumberColumn("a", 0.0, 1e-30, 0.0, missing=False),))
    found = read([[3e38], [-3e38]], table)
    assert np.isfinite(found).all()
    assert found[0, 0] == -found[1, 0] == np.finfo("float32").max


@pytest.mark.parametrize(
    ("rows", "pointer", "words"),
    [
        ([{"age": 3}], COLOUR, "a value for the column 'co/l~our'.*send null"),
        ([{**GOOD, "label": "a"}], "/rows/0/label", "'label', which is the answer"),
        ([{**GOOD, "agee": 1}], "/rows/0/agee", "did you mean 'age'"),
        ([{**GOOD, "zzz": 1}], "/rows/0/zzz", "got 'zzz'; leave it out"),
        ([GOOD, {**GOOD, "age": "3"}], "/rows/1/age", "a number that 32 bits .* got '3'"),
        ([{**GOOD, "age": 4e38}], "/rows/0/age", "got a larger one"),
        ([{**GOOD, "age": 10**400}], "/rows/0/age", "got a larger one"),
        ([{**GOOD, "age": [1]}], "/rows/0/age", "got a list"),
        ([{**GOOD, "age": {}}], "/rows/0/age", "got an object"),
        ([{**GOOD, "co/l~our": "green"}], COLOUR, "'blue', 'red', or null, got 'green'"),
        ([{**GOOD, "co/l~our": 7}], COLOUR, "got 7"),
        ([{**GOOD, "co/l~our": True}], COLOUR, "got true or false"),
        ([[1]], "/rows/0", "Expected 2 values in each row"),
        ([[1, "pink"]], "/rows/0/1", "got 'pink'"),
        ([3], "/rows/0", "an object with a value for each column, got a number"),
        ([None], "/rows/0", "got null"),
        ([], "/rows", "at least one row"),
        (b'{"rows":[{"age":1,"age":2}]}', "/rows/0/age", "each column once, got 'age' twice"),
        (b'{"rows":[{"age":NaN,"co/l~our":"red"}]}', "/rows/0/age", "got NaN"),
        (b'{"rows":[{"age":1,"co/l~our":"red"}],"x":1}', "/x", "the field x too"),
        (b'{"row":[]}', "/row", "got the field 'row'"),
        (b'{"rows":[{"age":"%s"' % (b"x" * 9000), "/rows/0", "Expected rows of at most"),
    ],
    ids=range(22),
)  # fmt: skip
def test_a_fault_is_named_with_its_place(rows: Any, pointer: str, words: str) -> None:
    with pytest.raises(InvalidParameter, match=words) as refused:
        read(rows)
    assert refused.value.pointer == pointer


@pytest.mark.parametrize(
    "body",
    [
        b'{"rows":[{"age":1,}]}',
        b'{"rows":[{"age":1,"co/l~our":"red"}',
        b'{"rows":[{"age":1 "x":2}]}',
        b'{"rows":[[[[[' + b"[" * 3000 + b"]",
        b'{"rows":[{"age":"\xff\xff\xff\xff"}]}',
        b'{"rows":[{"age":1',
        b"",
    ],
    ids=range(7),
)
def test_what_is_no_json_is_told_so(body: bytes) -> None:
    with pytest.raises(MalformedBody):
        read(body)


def test_there_is_a_most_of_rows() -> None:
    assert len(read([GOOD] * 5, most=5)) == 5
    with pytest.raises(LimitExceeded, match="at most 5 rows"):
        read([GOOD] * 6, most=5)


def test_names_and_texts_of_any_alphabet_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    names, word = "\u0446\u0432\u0435\u0442", "\U0001f408"
    table = TablePreprocessing("y", (TextColumn(names, (word,), missing=True),))
    rows = [{names: word}, {names: None}] * 30
    body = json.dumps({"rows": rows}, ensure_ascii=False).encode()
    assert_array_equal(read(body, table), [[1, 0], [0, 1]] * 30)
    monkeypatch.setattr(json_rows, "BLOCK_NUMBERS", 6)
    assert_array_equal(read(body, table), [[1, 0], [0, 1]] * 30)


def table_of(folder: Path) -> tuple[Imported, list[dict[str, Any]]]:
    """A table with everything, and its rows as JSON has them."""
    rng = np.random.default_rng(0)
    rows: list[dict[str, Any]] = [
        {
            "size": None if row % 7 == 0 else float(rng.normal(1e9, 3)),
            "rate": float(rng.normal() * 10.0 ** rng.integers(-20, 20)),
            "count": int(rng.integers(0, 9)),
            "colour": (None, "red", "blue, light", 'the "green"')[rng.integers(4)],
        }
        for row in range(300)
    ]
    lines = [
        ",".join(
            '"' + str("" if cell is None else cell).replace('"', '""') + '"'
            for cell in [*row.values(), "ab"[number % 2]]
        )
        for number, row in enumerate(rows)
    ]
    content = "\n".join(["size,rate,count,colour,label", *lines]).encode()
    return imported(folder, {"train.csv": content, "test.csv": content}), rows


def test_a_row_is_seen_in_prediction_exactly_as_in_training(tmp_path: Path) -> None:
    found, rows = table_of(tmp_path)
    kept = TablePreprocessing.from_dict(json.loads(json.dumps(found.prepared.preprocessing)))
    by_name = read(rows, kept, 300)
    assert by_name.dtype == found.x["train"].dtype == np.float32
    assert by_name.tobytes() == found.x["train"].tobytes()
    assert read([[*row.values()] for row in rows], kept, 300).tobytes() == by_name.tobytes()
