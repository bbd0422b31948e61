import json
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.data import json_rows, number_rows
from worker.data.json_values import text_at
from worker.data.number_rows import NumberRows
from worker.errors import InvalidParameter, LimitExceeded, MalformedBody, WorkerError


def usable(found: Iterable[Any]) -> Iterator[Any]:
    """The blocks, none of whose rows has a fault."""
    for block in found:
        if isinstance(block, InvalidParameter):
            raise block
        yield block


def read(body: bytes, features: int = 3, max_rows: int = 5) -> list[list[float]]:
    found = json_rows.read(body, NumberRows(features), max_rows)
    return [row for block in usable(found) for row in block.tolist()]


NUMBERS = st.integers(-(10**18), 10**18) | st.floats(allow_nan=False, allow_infinity=False)
SPACES = st.sampled_from(["", " ", "\n\t", "\r\n  "])


@given(
    st.integers(1, 4).flatmap(
        lambda width: st.lists(st.lists(NUMBERS, min_size=width, max_size=width), min_size=1)
    ),
    SPACES,
    SPACES,
)
def test_rows_are_what_any_parser_reads(rows: list[list[float]], before: str, between: str) -> None:
    text = json.dumps({"rows": rows}, separators=("," + between, ":" + before))
    body = f"{before}{text}{between}".replace("[", before + "[" + between)
    expected = np.array(rows, dtype=np.float64)
    assert np.array_equal(read(body.encode(), len(rows[0]), len(rows)), expected)


def test_blocks_are_small_and_lose_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(number_rows, "BLOCK_BYTES", 2 * 3 * 8)
    body = json.dumps({"rows": [[n, n, n] for n in range(5)]}).encode()
    blocks = [*usable(json_rows.read(body, NumberRows(3), 5))]
    assert [len(block) for block in blocks] == [2, 2, 1]
    assert [row[0] for block in blocks for row in block] == [0, 1, 2, 3, 4]


GOOD = b"[1,2,3]"


@pytest.mark.parametrize(
    ("body", "error", "pointer", "words"),
    [
        (b"", MalformedBody, "", "none"),
        (b"{", MalformedBody, "", "none"),
        (b"\xff", MalformedBody, "", "none"),
        (b"[]", InvalidParameter, "", "no object"),
        (b"{}", InvalidParameter, "/rows", "a list of numbers for each row"),
        (b'{"row":[[1,2,3]]}', InvalidParameter, "/row", "the field 'row'"),
        (b'{"a/b":1,"rows":[]}', InvalidParameter, "/a~1b", "the field 'a/b'"),
        (b'{"rows":1}', InvalidParameter, "/rows", "a list of numbers for each row"),
        (b'{"rows":[]}', InvalidParameter, "/rows", "at least one row"),
        (b'{"rows":[1]}', InvalidParameter, "/rows/0", "got a number"),
        (b'{"rows":[null]}', InvalidParameter, "/rows/0", "got null"),
        (b'{"rows":[%s,{}]}' % GOOD, InvalidParameter, "/rows/1", "got an object"),
        (b'{"rows":[[]]}', InvalidParameter, "/rows/0", "Expected 3 numbers in each row, got 0"),
        (b'{"rows":[%s,[1,2]]}' % GOOD, InvalidParameter, "/rows/1", "got 2"),
        (b'{"rows":[[1,2,3,4]]}', InvalidParameter, "/rows/0", "got 4"),
        (b'{"rows":[[1,"2",3]]}', InvalidParameter, "/rows/0/1", "got a string"),
        (b'{"rows":[[1,"]",3]]}', InvalidParameter, "/rows/0/1", "got a string"),
        (b'{"rows":[[true,2,3]]}', InvalidParameter, "/rows/0/0", "got true"),
        (b'{"rows":[[1,2,[3]]]}', InvalidParameter, "/rows/0/2", "got a list"),
        (b'{"rows":[[1,2,NaN]]}', InvalidParameter, "/rows/0/2", "got NaN"),
        (b'{"rows":[[1,2,-Infinity]]}', InvalidParameter, "/rows/0/2", "Infinity"),
        (b'{"rows":[[1,2,1e999]]}', InvalidParameter, "/rows/0/2", "a larger one"),
        (b'{"rows":[[1,%s,3]]}' % (b"9" * 400), InvalidParameter, "/rows/0/1", "a larger one"),
        (b'{"rows":[[1,2,%s]]}' % (b"9" * 5_000), InvalidParameter, "/rows/0", "or longer ones"),
        (b'{"rows":[[%s]]}' % (b"1," * 5_000), InvalidParameter, "/rows/0", "got more"),
        (b'{"rows":[%s%s]}' % (GOOD, b" " * 70_000), MalformedBody, "", "none"),
        (b'{"rows":[%s],"rows":[]}' % GOOD, InvalidParameter, "/rows", "rows twice"),
        (b'{"rows":[%s],"x":1}' % GOOD, InvalidParameter, "/x", "the field x too"),
        (b'{"rows":[[01,2,3]]}', MalformedBody, "", "behind byte 9"),
        (b'{"rows":[[1 2,3,4]]}', MalformedBody, "", "none"),
        (b'{"rows":[[1,2,-]]}', MalformedBody, "", "none"),
        (b'{"rows":[[1,2,3.]]}', MalformedBody, "", "none"),
        (b'{"rows":[[,1,2]]}', MalformedBody, "", "none"),
        (b'{"rows":[[1,2,]]}', MalformedBody, "", "none"),
        (b'{"rows":[[1,2,nothing]]}', MalformedBody, "", "none"),
        (b'{"rows":[[1,2,3', MalformedBody, "", "none"),
        (b'{"rows":[%s' % GOOD, MalformedBody, "", "none"),
        (b'{"rows":[%s]' % GOOD, MalformedBody, "", "none"),
        (b'{"rows":[%s,]}' % GOOD, MalformedBody, "", "none"),
        (b'{"rows":[%s %s]}' % (GOOD, GOOD), MalformedBody, "", "none"),
        (b'{"rows":[%s]} x' % GOOD, MalformedBody, "", "none"),
        (b'{"rows":[[1,2,\x0b3]]}', MalformedBody, "", "none"),
        (b'{"rows":[%s]}' % b",".join([GOOD] * 6), LimitExceeded, "/rows", "at most 5 rows"),
    ],
)
def test_the_first_fault_is_named(
    body: bytes, error: type[WorkerError], pointer: str, words: str
) -> None:
    with pytest.raises(WorkerError, match=r"^Expected ") as refusal:
        read(body)
    assert type(refusal.value) is error
    assert refusal.value.pointer == pointer
    assert words in str(refusal.value)


@pytest.mark.parametrize(
    ("bad", "pointer"),
    [
        (b"[1,2]", "/rows/1"),
        (b'[1,"]}, [",3]', "/rows/1/1"),
        (b'{"a":[{}]}', "/rows/1"),
        (b"[1,[[2]],3]", "/rows/1/1"),
        (b"[1,2,NaN]", "/rows/1/2"),
        (b"[1,2,1e999]", "/rows/1/2"),
        (b"[1,%s,3]" % (b"9" * 4_000), "/rows/1/1"),
        ('[1,2,"\N{CAT}"]'.encode(), "/rows/1/2"),
        (b"null", "/rows/1"),
    ],
)
def test_a_row_that_cannot_be_used_is_passed_over(bad: bytes, pointer: str) -> None:
    body = b'{"rows":[%b, %b ,%b]}' % (GOOD, bad, GOOD)
    first, fault, last = json_rows.read(body, NumberRows(3), 3)
    assert isinstance(fault, InvalidParameter)
    assert fault.pointer == pointer
    assert not isinstance(first, InvalidParameter) and not isinstance(last, InvalidParameter)
    assert first.tolist() == last.tolist() == [[1, 2, 3]]


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (b"[1,true,01]", MalformedBody),  # no JSON behind the first fault
        (b"[1," + b"[" * 3_000, MalformedBody),
        (b'[1,"\xff",3]', MalformedBody),
        (b"[%s1]" % (b"1," * 5_000), InvalidParameter),  # longer than a row may be
    ],
    ids=range(4),
)
def test_what_is_behind_a_row_that_has_no_end_cannot_be_read(
    bad: bytes, error: type[WorkerError]
) -> None:
    found = json_rows.read(b'{"rows":[%b,%b,%b]}' % (GOOD, bad, GOOD), NumberRows(3), 3)
    with pytest.raises(error):
        list(found)


JSON: Any = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["rows", "row"]) | st.text(max_size=3), inner, max_size=2)
    ),
)


@given(JSON, st.randoms())
def test_whatever_comes_is_rows_or_a_refusal(value: Any, chance: Any) -> None:
    text = bytearray(json.dumps({"rows": value}).encode())
    if chance.random() < 0.5:
        text[chance.randrange(len(text))] = chance.randrange(256)
    try:
        found = read(bytes(text), 2)
    except WorkerError as error:
        assert len(str(error)) < 400
    else:
        assert found == json.loads(text)["rows"]


def test_a_row_that_is_passed_over_keeps_nothing_of_the_body() -> None:
    body = b'{"rows":[["a"],[1]]}'
    fault, rows = json_rows.read(body, NumberRows(1), 9)
    assert isinstance(fault, InvalidParameter)
    assert fault.__traceback__ is None
    assert not isinstance(rows, InvalidParameter)


@pytest.mark.parametrize("row", [b'["%b"]' % (b"a" * 9_000), b"[1e%b]" % (b"0" * 5_000)])
def test_a_row_that_is_passed_over_may_be_long(row: bytes) -> None:
    fault, rows = json_rows.read(b'{"rows":[%b,[1]]}' % row, NumberRows(1_000), 9)
    assert isinstance(fault, InvalidParameter)
    assert isinstance(rows, InvalidParameter)
    assert rows.pointer == "/rows/1"


def test_of_a_long_body_only_as_much_is_looked_at_as_a_row_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[int] = []

    def noting(body: bytes, at: int, most: int) -> str:
        looked.append(most)
        return text_at(body, at, most)

    monkeypatch.setattr("worker.data.json_values.text_at", noting)
    body = b'{"rows":[%b["%b"]]}' % (b'["a"],' * 50, b"a" * 100_000)
    assert len([*json_rows.read(body, NumberRows(10_000), 99)]) == 51
    assert sum(looked) < 50 * 4_096 + 2 * 500_000
