"""What is said in the Open Inference Protocol."""

from typing import Any

from pydantic import BaseModel

from worker.jsontypes import Json
from worker.serving.tensors import DATATYPES


class Live(BaseModel):
    live: bool


class Ready(BaseModel):
    ready: bool


class ModelReady(Ready):
    name: str


class ServerMetadata(BaseModel):
    name: str
    version: str
    extensions: list[str]


class TensorMetadata(BaseModel):
    """A tensor; a size of -1 is the number of rows. `parameters` of the probabilities has the class
    of each column, in `classes`."""

    name: str
    datatype: str
    shape: list[int]
    parameters: dict[str, list[str]] | None = None


class ModelMetadata(BaseModel):
    name: str
    versions: list[str]
    platform: str
    inputs: list[TensorMetadata]
    outputs: list[TensorMetadata]


class IndexedVersion(BaseModel):
    """A version that was published. Whether its files are whole is seen when it is asked for."""

    name: str
    version: str
    state: str
    reason: str


Parameters = dict[str, str | float | bool]


class AnsweredTensor(BaseModel):
    name: str
    datatype: str
    shape: list[int]
    parameters: Parameters | None = None
    data: list[Any] | None = None


class InferenceAnswer(BaseModel):
    model_name: str
    model_version: str
    id: str | None = None
    parameters: Parameters | None = None
    outputs: list[AnsweredTensor]


# Of a request the schema alone: service.inference_protocol reads it.
TEXT: Json = {"type": "string"}
PARAMETERS: Json = {"type": "object"}
SENT_TENSOR: Json = {
    "type": "object",
    "description": "With `data`, flat or nested, or with `binary_data_size` among its parameters.",
    "required": ["name", "shape", "datatype"],
    "properties": {
        "name": TEXT,
        "shape": {"type": "array", "items": {"type": "integer"}},
        "datatype": {"type": "string", "enum": [*DATATYPES]},
        "parameters": PARAMETERS,
        "data": {"type": "array", "items": {}},
    },
}
WANTED_TENSOR: Json = {
    "type": "object",
    "description": "In binary if its parameter `binary_data` is true.",
    "required": ["name"],
    "properties": {"name": TEXT, "parameters": PARAMETERS},
}
INFERENCE_REQUEST: Json = {
    "type": "object",
    "required": ["inputs"],
    "properties": {
        "id": TEXT,
        "parameters": PARAMETERS,
        "inputs": {"type": "array", "items": SENT_TENSOR},
        "outputs": {"type": "array", "items": WANTED_TENSOR},
    },
}
