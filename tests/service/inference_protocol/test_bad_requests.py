"""What no client would send is refused with 400 and an `error`, and the next inference succeeds."""

import gzip
import json
import zlib
from typing import Any

import httpx
import numpy as np
import pytest

from tests.service.inference_protocol.asking import (
    FEATURES,
    LENGTH,
    PIXELS,
    ROWS,
    ask,
    body,
    expect_good,
    expect_refusal,
    listed,
    tensor,
)

EMPTY = {"name": "x", "shape": [0, FEATURES], "datatype": "FP32", "data": []}
TAIL = ROWS.tobytes()
VALUES = ROWS.reshape(-1).tolist()
IN_JSON = json.dumps({"inputs": [listed()]})
SIZE = "binary_data_size"


def of(data: str) -> str:
    """A body whose first number is something else, as it is written."""
    return IN_JSON.replace("[128.0", f"[{data}", 1)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "Expected a JSON body"),
        ("[]", "an object in the body"),
        ("null", "an object in the body"),
        (IN_JSON[:-1], "Expected a JSON body"),
        (of("NaN"), "NaN"),
        (of("Infinity"), "Infinity"),
        (of("-Infinity"), "-Infinity"),
        (of("1e999"), "FP32 can hold"),
        (of("1e39"), "FP32 can hold"),
        (of("9" * 400), "FP32 can hold"),
        (of("9" * 5_000), "Expected a JSON body"),
        (of("true"), "a bool"),
        (of('"128"'), "a str"),
        (of("null"), "got nan"),
        (of("[128]"), "lists of"),
        (of("{}"), "a dict"),
        ("[" * 100_000, "nested too deep"),
        ('{"inputs":' + "[" * 100_000, "nested too deep"),
        (IN_JSON[:-1] + ',"inputs":[]}', "twice"),
        (IN_JSON.replace('"x"', '"x\\ud800"'), "nothing but inputs"),
        (IN_JSON.replace('"x"', '"x\\u0000"'), "nothing but inputs"),
        (IN_JSON.replace('"x"', '"\x00"'), "Expected a JSON body"),
        ('{"id":"\\ud800",' + IN_JSON[1:], "printable"),
        ('{"id":"%s",' % ("x" * 2**20) + IN_JSON[1:], "at most 1,000"),
        ('{"id":7,' + IN_JSON[1:], "a string in /id"),
        ('{"parameters":[],' + IN_JSON[1:], "an object in /parameters"),
        ('{"parameters":{"binary_data_output":1},' + IN_JSON[1:], "true or false"),
        ('{"outputs":7,' + IN_JSON[1:], "a list in /outputs"),
        ('{"outputs":[7],' + IN_JSON[1:], "an object in /outputs/0"),
    ],
)  # fmt: skip
def test_json_that_is_none_or_says_something_else(http: httpx.Client, text: str, told: str) -> None:
    expect_refusal(http.post(PIXELS, content=text.encode()), told)
    expect_good(http)


@pytest.mark.parametrize(
    ("inputs", "told"),
    [
        ({}, "a list of tensors"),
        ([], "at least one input"),
        ([{}], "either data or"),
        ([7], "an object"),
        ([tensor(), listed()], "'x' twice"),
        ([tensor(name="y")], "got 'y'"),
        ([tensor(name=7)], "a string"),
        ([tensor(datatype="FP16")], "datatype FP32 or FP64 or UINT8"),
        ([tensor(datatype="BF16")], "datatype FP32 or FP64 or UINT8"),
        ([tensor(datatype="BYTES")], "datatype FP32 or FP64 or UINT8"),
        ([tensor(datatype="FLOAT")], "one of BOOL"),
        ([tensor(shape=[2, -FEATURES])], "0 or more"),
        ([tensor(shape=[0, FEATURES])], "0 bytes"),
        ([tensor(shape=[2**62, FEATURES])], "0 or more"),
        ([tensor(shape=[2**40, FEATURES])], "at most 10,000 rows"),
        ([tensor(shape=[3, FEATURES])], "bytes for the input"),
        ([tensor(shape=[2 * FEATURES])], "shape [-1, 192]"),
        ([tensor(shape=[])], "1 to 8 numbers"),
        ([tensor(shape=[1] * 9)], "1 to 8 numbers"),
        ([tensor(shape="2")], "a list of whole numbers"),
        ([tensor(shape=[2.0, FEATURES])], "whole numbers"),
        ([tensor(shape=[True, FEATURES])], "whole numbers"),
        ([tensor(data=VALUES)], "either data or binary_data_size"),
        ([tensor(parameters={SIZE: len(TAIL) + 1})], "0 to 1,536 bytes"),
        ([tensor(parameters={SIZE: 2**70})], "0 to 1,536 bytes"),
        ([tensor(parameters={SIZE: -1})], "0 to 1,536 bytes"),
        ([tensor(parameters={SIZE: len(TAIL) - 1})], "1,535 bytes behind the JSON"),
        ([tensor(parameters={SIZE: "1536"})], "a whole number"),
        ([tensor(parameters={SIZE: True})], "a whole number"),
        ([tensor(parameters={"shared_memory_region": "r"})], "shared_memory_region"),
        ([tensor(name=f"x{n}") for n in range(10_000)], "bytes"),
    ],
)  # fmt: skip
def test_inputs_that_are_not_what_they_say(http: httpx.Client, inputs: Any, told: str) -> None:
    expect_refusal(ask(http, {"inputs": inputs}, TAIL), told)
    expect_good(http)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ([VALUES[:FEATURES], VALUES[:-1]], "lists of 192"),
        ([VALUES], "lists of 2"),
        ([[VALUES], [VALUES]], "lists of 192"),
        (VALUES[1:], "384 values in data"),
        ([], "384 values in data"),
        ({"0": 1}, "a list in /inputs/0/data"),
    ],
)
def test_ragged_or_too_few_values(http: httpx.Client, data: Any, told: str) -> None:
    expect_refusal(ask(http, {"inputs": [{**listed(), "data": data}]}), told)
    expect_good(http)


def test_nested_values_are_taken(http: httpx.Client) -> None:
    assert ask(http, {"inputs": [{**listed(), "data": ROWS.tolist()}]}).status_code == 200


def test_very_many_inputs(http: httpx.Client) -> None:
    expect_refusal(ask(http, {"inputs": [EMPTY] * 10_000}), "'x' twice")
    expect_good(http)


@pytest.mark.parametrize(
    ("outputs", "told"),
    [
        ([{"name": "odd"}], "one of probability, label"),
        ([{"name": "label"}, {"name": "label"}], "label twice"),
        ([{"name": "label", "parameters": {"binary_data": "yes"}}], "true or false"),
        ([{"name": "label", "parameters": {"classification": 2}}], "no classification"),
        ([{"name": "label", "parameters": {"shared_memory_region": "r"}}], "shared_memory"),
    ],
)
def test_outputs_that_there_are_not(http: httpx.Client, outputs: Any, told: str) -> None:
    expect_refusal(ask(http, {"inputs": [tensor()], "outputs": outputs}, TAIL), told)
    expect_good(http)


@pytest.mark.parametrize(
    ("length", "told"),
    [
        (lambda n: n + 10**6, "got 1,6"),
        (lambda n: n - 1, "Expected a JSON body"),
        (lambda n: n + 1, "JSON body"),
        (lambda n: -1, "a number of bytes in"),
        (lambda n: f"{n}.0", "a number of bytes in"),
        (lambda n: "9" * 5_000, "a number of bytes in"),
        (lambda n: "", "a number of bytes in"),
        (lambda n: 0, "bytes for the input"),
    ],
)
def test_a_length_of_the_json_that_lies(http: httpx.Client, length: Any, told: str) -> None:
    content, headers = body({"inputs": [tensor()]}, TAIL)
    lie = str(length(int(headers[LENGTH])))
    expect_refusal(http.post(PIXELS, content=content, headers={LENGTH: lie}), told)
    expect_refusal(http.post(PIXELS, content=content), "Expected a JSON body")
    expect_good(http)


def test_values_that_no_pixel_has(http: httpx.Client) -> None:
    for value in (np.nan, np.inf, -1, 256):
        rows = ROWS.copy()
        rows[1, 5] = value
        expect_refusal(ask(http, {"inputs": [tensor()]}, rows.tobytes()), "(/inputs/0/data/1/5)")
    expect_good(http)


TEXTS = [
    (b"\xff\xff\xff\xff", "with its length in 4 bytes"),
    (b"\x05\x00\x00\x00abc", "with its length in 4 bytes"),
    (b"\x00\x00", "with its length in 4 bytes"),
    (b"\x00\x00\x00\x00\x00", "with its length in 4 bytes"),
    (b"", "with its length in 4 bytes"),
    (b"\x03\x00\x00\x00abc", "the bytes look like"),
]


@pytest.mark.parametrize(("tail", "told"), TEXTS)
def test_elements_whose_length_lies(http: httpx.Client, tail: bytes, told: str) -> None:
    image = {"name": "image", "shape": [1], "datatype": "BYTES", "parameters": {SIZE: len(tail)}}
    path = "/v2/models/pixels.image/infer"
    expect_refusal(ask(http, {"inputs": [image]}, tail, path), told)
    expect_good(http)


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(IN_JSON.encode())[:-9]),
        ("deflate", zlib.compress(IN_JSON.encode())[2:]),
        ("gzip", IN_JSON.encode()),
    ],
    ids=["without its end", "without its beginning", "not at all"],
)
def test_bodies_that_are_packed_badly(http: httpx.Client, encoding: str, packed: bytes) -> None:
    answer = http.post(PIXELS, content=packed, headers={"Content-Encoding": encoding})
    expect_refusal(answer, f"in {encoding}")
    expect_good(http)


def test_bodies_that_unpack_to_more_than_may_come(http: httpx.Client) -> None:
    packed = gzip.compress(bytes(70 * 2**20), compresslevel=1)
    answer = http.post(PIXELS, content=packed, headers={"Content-Encoding": "gzip"})
    expect_refusal(answer, "at most 67108864 bytes", 413)
    text = gzip.compress(b" " * 9 * 2**20, compresslevel=1)
    answer = http.post(PIXELS, content=text, headers={"Content-Encoding": "gzip"})
    expect_refusal(answer, "Send the tensors in binary", 413)
    expect_good(http)


def test_an_answer_that_would_be_too_large(http: httpx.Client) -> None:
    rows = np.zeros((3_000, FEATURES), "u1")
    large = tensor(shape=list(rows.shape), datatype="UINT8", parameters={SIZE: rows.nbytes})
    expect_refusal(ask(http, {"inputs": [large]}, rows.tobytes()), "Send fewer rows")
    expect_good(http)
