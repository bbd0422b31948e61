"""What the models of `conftest` are asked, and what they answer by their formula."""

import io
import json
from collections.abc import Sequence
from typing import Any

import httpx
import numpy as np

from tests.worker.data.making import encoded, pictures
from worker.data.tables.columns import NumberColumn, TextColumn
from worker.data.tables.preprocessing import TablePreprocessing

SIDE, WEIGHT = 8, 1e-5
TABLE = TablePreprocessing(
    "label",
    (
        NumberColumn("age", mean=1.0, deviation=2.0, median=1.0, missing=True),
        TextColumn("colour", ("blue", "red"), missing=False),
    ),
)
PIXELS = "/v1/models/pixels/predict"
NUMBERS = "/v1/models/numbers/predict"
TABLE_ROWS = "/v1/models/table/predict"
ROW = pictures(1, side=SIDE)[0].reshape(-1).tolist()
PNG = encoded(pictures(1, side=SIDE)[0])
LINES = {"content-type": "application/x-ndjson"}
JSON = {"content-type": "application/json"}


def probability(row: Sequence[float], weight: float = WEIGHT) -> float:
    """That a picture is a cat, to a network whose weights are all equal."""
    return float(1 / (1 + np.exp(-weight * np.sum(row))))


def said(answer: httpx.Response) -> list[dict[str, Any]]:
    """The predictions of an answer."""
    assert answer.status_code == 200, answer.text
    predictions: list[dict[str, Any]] = answer.json()["predictions"]
    return predictions


def cats(answer: httpx.Response) -> list[float]:
    """The probability of a cat, for each picture or row."""
    return [each["probabilities"]["cat"] for each in said(answer)]


def lines(*values: Any) -> bytes:
    return b"".join(json.dumps(value).encode() + b"\n" for value in values)


def told(answer: httpx.Response) -> list[dict[str, Any]]:
    """What is said of each line."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith(LINES["content-type"])
    return [json.loads(line) for line in answer.content.splitlines()]


def npy(array: Any, **how: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, np.asarray(array), **how)
    return file.getvalue()


def answers_well(http: httpx.Client) -> bool:
    """Whether a good question is answered as ever."""
    found = cats(http.post(PIXELS, json={"rows": [ROW]}))
    return bool(np.isclose(found[0], probability(ROW)))
