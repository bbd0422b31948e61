"""Requests of the protocol, right ones and others, without a client's help."""

import json
import struct
from collections.abc import Mapping
from typing import Any

import httpx
import numpy as np
from numpy.typing import NDArray

from tests.service.inference_protocol.models import SIDE
from worker.jsontypes import Json

LENGTH = "Inference-Header-Content-Length"
FEATURES = SIDE * SIDE * 3
ROWS: NDArray[np.float32] = np.full((2, FEATURES), 128, "<f4")
PIXELS = "/v2/models/pixels/infer"


def tensor(**changed: Any) -> Json:
    """The input of ROWS in binary."""
    size = {"binary_data_size": ROWS.nbytes}
    return {"name": "x", "shape": [2, FEATURES], "datatype": "FP32", "parameters": size, **changed}


def listed(**changed: Any) -> Json:
    """The same in JSON."""
    made = tensor(data=ROWS.reshape(-1).tolist(), **changed)
    made.pop("parameters")
    return made


def body(head: Any, tail: bytes) -> tuple[bytes, dict[str, str]]:
    """JSON with bytes behind it, and the header that tells where they begin."""
    text = json.dumps(head).encode()
    return text + tail, {LENGTH: str(len(text))}


def ask(
    http: httpx.Client, head: Any, tail: bytes | None = None, path: str = PIXELS
) -> httpx.Response:
    if tail is None:
        return http.post(path, content=json.dumps(head))
    content, headers = body(head, tail)
    return http.post(path, content=content, headers=headers)


def images(*files: bytes) -> tuple[Json, bytes]:
    """What asks about encoded pictures: JSON, and the bytes behind it."""
    tail = b"".join(struct.pack("<I", len(each)) + each for each in files)
    size = {"binary_data_size": len(tail)}
    about = {"name": "image", "shape": [len(files)], "datatype": "BYTES", "parameters": size}
    return {"inputs": [about]}, tail


def outputs(answer: httpx.Response) -> dict[str, Any]:
    """The values of each output of an answer in JSON."""
    assert answer.status_code == 200, answer.text
    return {each["name"]: each["data"] for each in answer.json()["outputs"]}


def expect_refusal(answer: httpx.Response, told: str, status: int = 400) -> None:
    """Assert that it is a problem, and an error as the protocol has it."""
    assert answer.status_code == status, answer.text
    said = answer.json()
    assert said["status"] == status
    assert {"type", "title", "detail", "code", "request_id"} <= said.keys()
    assert isinstance(said["error"], str)
    assert told in said["error"], said["error"]


def expect_good(http: httpx.Client, headers: Mapping[str, str] | None = None) -> None:
    """Assert that the next inference succeeds."""
    content, length = body({"inputs": [tensor()]}, ROWS.tobytes())
    answer = http.post(PIXELS, content=content, headers={**length, **(headers or {})})
    assert answer.status_code == 200, answer.text
    assert [each["shape"] for each in answer.json()["outputs"]] == [[2, 2], [2]]
