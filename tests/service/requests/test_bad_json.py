"""Rows in JSON that two programs could read differently, or that break programs: as a body, and as
a line. A good question is answered after each."""

import json

import httpx
import pytest

from tests.service.requests.asked import (
    JSON,
    LINES,
    NUMBERS,
    PIXELS,
    TABLE_ROWS,
    answers_well,
    told,
)

DEEP = 100_000
MALFORMED, INVALID, GOOD = 400, 422, 200
# Of a row of three numbers: what it is, and what is answered.
ROWS: dict[str, tuple[bytes, int]] = {
    "NaN": (b"[1,2,NaN]", INVALID),
    "Infinity": (b"[1,2,Infinity]", INVALID),
    "-Infinity": (b"[1,2,-Infinity]", INVALID),
    "1e999": (b"[1,2,1e999]", INVALID),
    "-1e999": (b"[1,2,-1e999]", INVALID),
    "a number of 400 digits": (b"[1,2,%b]" % (b"9" * 400), INVALID),
    "a number of 5,000 digits": (b"[1,2,%b]" % (b"9" * 5_000), INVALID),
    "1e-999": (b"[1,2,1e-999]", GOOD),
    "-0": (b"[1,2,-0]", GOOD),
    "-0.0": (b"[1,2,-0.0]", GOOD),
    "2 ** 53 + 1": (b"[1,2,9007199254740993]", GOOD),
    "2 ** 64": (b"[1,2,18446744073709551616]", GOOD),
    "true": (b"[1,2,true]", INVALID),
    "null": (b"[1,2,null]", INVALID),
    "a string": (b'[1,2,"3"]', INVALID),
    "an empty string": (b'[1,2,""]', INVALID),
    "too few": (b"[1,2]", INVALID),
    "too many": (b"[1,2,3,4]", INVALID),
    "none": (b"[]", INVALID),
    "nested": (b"[[1],[2],[3]]", INVALID),
    "deep": (b"[" * DEEP, INVALID),
    "deep and ended": (b"[" * DEEP + b"]" * DEEP, INVALID),
    "an object": (b'{"a":1,"b":2,"c":3}', INVALID),
    "__proto__": (b'{"__proto__":{"x":1}}', INVALID),
    "a number": (b"7", INVALID),
    "01": (b"[1,2,03]", MALFORMED),
    "+1": (b"[1,2,+3]", MALFORMED),
    ".5": (b"[1,2,.5]", MALFORMED),
    "0x10": (b"[1,2,0x10]", MALFORMED),
    "1_000": (b"[1,2,1_000]", MALFORMED),
    "a comma at the end": (b"[1,2,3,]", MALFORMED),
    "no end": (b"[1,2,3", MALFORMED),
    "a comment": (b"[1,2,/* */3]", MALFORMED),
    "NUL": (b"[1,2,3\0]", MALFORMED),
    "no UTF-8": (b"[1,2,\xff]", MALFORMED),
}
# Of a row of a number and a text.
NAMED: dict[str, tuple[bytes, int]] = {
    "a lone surrogate": (rb'{"age":1,"colour":"\ud800"}', INVALID),
    "NUL in a text": (rb'{"age":1,"colour":"\u0000"}', INVALID),
    "a column twice": (b'{"age":1,"age":2,"colour":"red"}', INVALID),
    "__proto__": (b'{"age":1,"colour":"red","__proto__":{}}', INVALID),
    "constructor": (b'{"age":1,"colour":"red","constructor":1}', INVALID),
    "no name": (b'{"age":1,"colour":"red","":1}', INVALID),
    "NaN": (b'{"age":NaN,"colour":"red"}', INVALID),
    "1e999": (b'{"age":1e999,"colour":"red"}', INVALID),
    "deep": (b'{"age":' * 3_000, INVALID),
    "single quotes": (b"{'age':1}", MALFORMED),
    "no quotes": (b"{age:1}", MALFORMED),
    "true": (b'{"age":true,"colour":"red"}', GOOD),
    "by a code": (rb'{"\u0061ge":1,"colour":"r\u0065d"}', GOOD),
}
BODIES: dict[str, tuple[bytes, int]] = {
    "rows twice": (b'{"rows":[[1,2,3]],"rows":[[1,2,3]]}', INVALID),
    "rows by a code": (rb'{"r\u006fws":[[1,2,3]]}', INVALID),
    "__proto__ too": (b'{"rows":[[1,2,3]],"__proto__":{}}', INVALID),
    "__proto__ before": (b'{"__proto__":{},"rows":[[1,2,3]]}', INVALID),
    "two bodies": (b'{"rows":[[1,2,3]]}{"rows":[[1,2,3]]}', MALFORMED),
    "deep": (b'{"rows":' * 30_000, INVALID),
    "deep, without rows": (b"[" * 60_000, MALFORMED),
    "a byte order mark": (b'\xef\xbb\xbf{"rows":[[1,2,3]]}', GOOD),
    "UTF-16": ('{"rows":[[1,2,3]]}'.encode("utf-16"), GOOD),
    "UTF-16, without a mark": ('{"rows":[[1,2,3]]}'.encode("utf-16-be"), GOOD),
    "UTF-32": ('{"rows":[[1,2,3]]}'.encode("utf-32"), GOOD),
    "half of UTF-16": ('{"rows":[[1,2,3]]}'.encode("utf-16")[:-1], MALFORMED),
    "nothing": (b"", MALFORMED),
    "NUL": (b"\0", MALFORMED),
    "images in a row": (b'{"images":[["x"]]}', INVALID),
    "images twice": (b'{"images":["x"],"images":["x"]}', MALFORMED),
    "deep images": (b'{"images":' + b"[" * DEEP, MALFORMED),
}


def seen(http: httpx.Client, url: str, rows: dict[str, tuple[bytes, int]]) -> dict[str, int]:
    """What each of these bodies of one row is answered with; a good one is answered after it."""
    found = {}
    for name, (row, _) in rows.items():
        answer = http.post(url, content=b'{"rows":[%b]}' % row, headers=JSON)
        assert len(answer.content) < 2_000
        found[name] = answer.status_code
        assert answers_well(http), name
    return found


def expected(rows: dict[str, tuple[bytes, int]]) -> dict[str, int]:
    return {name: status for name, (_, status) in rows.items()}


def test_rows_of_numbers_are_read_in_one_way_or_refused(asked: httpx.Client) -> None:
    assert seen(asked, NUMBERS, ROWS) == expected(ROWS)


def test_rows_by_name_are_read_in_one_way_or_refused(asked: httpx.Client) -> None:
    assert seen(asked, TABLE_ROWS, NAMED) == expected(NAMED)


def test_bodies_are_read_in_one_way_or_refused(asked: httpx.Client) -> None:
    found = {}
    for name, (body, _) in BODIES.items():
        url = PIXELS if b"images" in body else NUMBERS
        found[name] = asked.post(url, content=body, headers=JSON).status_code
        assert answers_well(asked), name
    assert found == expected(BODIES)


@pytest.mark.parametrize(
    ("url", "rows", "good"),
    [(NUMBERS, ROWS, [1, 2, 3]), (TABLE_ROWS, NAMED, {"age": 3, "colour": "red"})],
)
def test_a_bad_line_is_a_problem_on_its_line_and_the_rest_goes_on(
    asked: httpx.Client, url: str, rows: dict[str, tuple[bytes, int]], good: object
) -> None:
    body = b"".join(row + b"\n" + json.dumps(good).encode() + b"\r\n" for row, _ in rows.values())
    found = told(asked.post(url, content=body, headers=LINES))
    assert [line["line"] for line in found] == [*range(1, 2 * len(rows) + 1)]
    assert {"label" in line for line in found[1::2]} == {True}
    statuses = [line["problem"]["status"] if "problem" in line else GOOD for line in found[::2]]
    assert dict(zip(rows, statuses, strict=True)) == expected(rows)
    assert answers_well(asked)
