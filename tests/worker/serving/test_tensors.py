"""Tensors as they are sent become arrays, or a refusal that names them."""

import json
import struct
from typing import Any

import numpy as np
import pytest

from worker.errors import InvalidParameter
from worker.serving.tensors import DATATYPES, DTYPES, TEXT, Sent, numbers, packed, texts

VALUES = [[0, 1, 2], [3, 4, 5]]


def sent(datatype: str, data: bytes | list[Any], shape: tuple[int, ...] = (2, 3)) -> Sent:
    held = memoryview(data) if isinstance(data, bytes) else data
    return Sent("t", datatype, shape, held, "/inputs/0")


@pytest.mark.parametrize("datatype", DTYPES)
def test_numbers_are_the_same_in_binary_and_in_json(datatype: str) -> None:
    values = np.array(VALUES, DTYPES[datatype])
    for data in (values.tobytes(), values.tolist(), values.reshape(-1).tolist()):
        found = numbers(sent(datatype, data))
        assert (found.dtype, found.tolist()) == (values.dtype, values.tolist())


def test_the_protocol_has_as_many_datatypes() -> None:
    assert len(DATATYPES) == 14  # BOOL, four UINT, four INT, three FP, BF16 and BYTES
    assert {np.dtype(dtype).itemsize for dtype in DTYPES.values()} == {1, 2, 4, 8}


def test_bytes_behind_json_need_no_alignment() -> None:
    whole = b"x" + np.arange(6, dtype="<f4").tobytes()
    found = numbers(Sent("t", "FP32", (2, 3), memoryview(whole)[1:], ""))
    assert found.astype("float64").tolist() == VALUES


@pytest.mark.parametrize("datatype", ["UINT8", "FP32"])
def test_no_rows_are_an_array_of_none(datatype: str) -> None:
    assert numbers(sent(datatype, b"", (0, 3))).shape == (0, 3)
    assert numbers(sent(datatype, [], (0, 3))).shape == (0, 3)


@pytest.mark.parametrize(
    ("datatype", "text", "told"),
    [
        ("UINT8", "[0, 1, 2, 3, 4, 256]", "UINT8 can hold"),
        ("UINT8", "[0, 1, 2, 3, 4, -1]", "UINT8 can hold"),
        ("INT64", "[0, 1, 2, 3, 4, 9223372036854775808]", "INT64 can hold"),
        ("INT32", "[0, 1, 2, 3, 4, 5.0]", "got a float"),
        ("BOOL", "[true, false, true, true, true, 1]", "got a int"),
        ("FP16", "[0, 1, 2, 3, 4, 70000]", "FP16 can hold"),
        ("FP64", "[0, 1, 2, 3, 4, 1e999]", "FP64 can hold"),
        ("FP32", "[0, 1, 2, 3, 4, [5]]", "got a list"),
        ("FP32", "[[0, 1, 2], [3, 4]]", "lists of 3 in depth 2"),
        ("FP32", "[[0, 1, 2], 3]", "lists of 3 in depth 2"),
        ("FP32", "[0, 1, 2]", "6 values in data"),
    ],
)
def test_what_is_not_of_the_datatype_is_refused(datatype: str, text: str, told: str) -> None:
    with pytest.raises(InvalidParameter, match=told) as refused:
        numbers(sent(datatype, json.loads(text)))
    assert refused.value.pointer.startswith("/inputs/0")


@pytest.mark.parametrize("elements", [[], [b""], [b"a", b"", b"\x00\xff" * 300]])
def test_elements_come_back_as_they_were_packed(elements: list[bytes]) -> None:
    assert texts(sent(TEXT, packed(elements), (len(elements),))) == elements


@pytest.mark.parametrize(
    "data", [b"", b"\x01", packed([b"a"]), packed([b"a"] * 3), struct.pack("<I", 2**32 - 1) * 2]
)
def test_other_than_two_elements_are_refused(data: bytes) -> None:
    with pytest.raises(InvalidParameter, match="2 elements, each with its length"):
        texts(sent(TEXT, data, (2,)))


def test_texts_of_json_are_in_utf_8() -> None:
    assert texts(sent(TEXT, ["猫", ""], (2,))) == ["猫".encode(), b""]
    with pytest.raises(InvalidParameter, match="lone surrogate"):
        texts(sent(TEXT, ["\ud800"], (1,)))
    with pytest.raises(InvalidParameter, match="got a int"):
        texts(sent(TEXT, [7], (1,)))
