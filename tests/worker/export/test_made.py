"""What a sealed process says of an export is believed within bounds."""

from typing import Any

import pytest

from worker.errors import CorruptFile
from worker.export.made import believed
from worker.jsontypes import Json

INT8: Json = {
    "largest_difference": 0.01,
    "accuracy": 0.75,
    "accuracy_lost": 0.0,
    "interval": [-0.1, 0.1],
    "changed": 0,
}
MADE: Json = {
    "opset": 17,
    "made_by": {"onnx": "1.23"},
    "inputs": [{"name": "pictures", "dtype": "uint8", "shape": [None, 4, 4, 3]}],
    "split": "test",
    "rows": 20,
    "largest_difference": 1e-6,
    "int8": INT8,
    "steps": [{"kind": "flatten"}],
}


@pytest.mark.parametrize("int8", [INT8, None])
def test_what_makes_sense_is_kept_as_it_is(int8: Json | None) -> None:
    assert believed({**MADE, "int8": int8}) == {**MADE, "int8": int8}


@pytest.mark.parametrize(
    "wrong",
    [
        {"largest_difference": 2e-4},
        {"largest_difference": float("nan")},
        {"rows": 0},
        {"rows": "many"},
        {"split": "others"},
        {"inputs": []},
        {"made_by": {"onnx": "x" * 101}},
        {"steps": None},
        {"int8": {**INT8, "accuracy": 7}},
        {"more": 1},
        {"refused": "nothing"},
    ],
)
def test_what_makes_none_is_an_accident(wrong: Json) -> None:
    with pytest.raises(CorruptFile):
        believed({**MADE, **wrong})


@pytest.mark.parametrize("answer", [None, [], "fine", {}])
def test_so_is_what_is_no_answer(answer: Any) -> None:
    with pytest.raises(CorruptFile):
        believed(answer)
