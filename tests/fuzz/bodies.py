"""Readers of JSON: rows to be looked at, jobs, edits, and what a sealed process answers."""

import json
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, TypeAdapter, ValidationError

from service.errors import validation_error
from service.requests.fetched import FileAddress
from service.requests.json_body import parse
from service.requests.retry import Retry, retried
from tests.worker.data.test_json_rows import usable
from worker.data import json_rows, sandbox
from worker.data.number_rows import NumberRows
from worker.data.prepare import Prepared
from worker.data.tables.columns import NumberColumn, TextColumn
from worker.data.tables.json_rows import TableRows
from worker.data.tables.preprocessing import TablePreprocessing
from worker.errors import WorkerError
from worker.jobs.record import Record, State
from worker.operations.edit_checks import check_edits, with_findings
from worker.operations.extent import check_batches, check_size
from worker.settings import Settings
from worker.spec import EditsSpec, JobSpec
from worker.spec.recipes import expanded, suited
from worker.training import build
from worker.training.problem import Problem

FEATURES, MAX_ROWS = 3, 100
TABLE = TablePreprocessing(
    "y", (NumberColumn("a", 1.0, 2.0, 1.0, True), TextColumn("b", ("p", "q"), False))
)
ID = f"ds_{0:032x}"
FINDING = {
    "code": "class_imbalance",
    "severity": "warning",
    "message": "",
    "edit": {"cleaned": ["class_imbalance"]},
    "patch": [{"op": "replace", "path": "/class_weights", "value": "balanced"}],
}
MANIFEST: dict[str, Any] = {
    "classes": ["other", "cat"],
    "shape": [16, 16, 3],
    "dtype": "uint8",
    "splits": {name: {"rows": 40, "per_class": [20, 20]} for name in ("train", "test")},
    "findings": [FINDING],
    "preprocessing": {"kind": "picture", "height": 16, "width": 16},
}
SETTINGS = Settings()
PREPARED = TypeAdapter(Prepared)
PARENT = Record(
    f"job_{0:032x}",
    State.SUCCEEDED,
    JobSpec(dataset=ID, epochs=3).model_dump(mode="json"),
    findings=[FINDING],
)


def rows(body: bytes) -> None:
    """Rows of numbers, which are those that Python reads."""
    found = [*usable(json_rows.read(body, NumberRows(FEATURES), MAX_ROWS))]
    expected = np.array(json.loads(body, parse_int=float)["rows"], np.float64)
    assert np.array_equal(np.concatenate(found), expected)


def named_rows(body: bytes) -> None:
    found = np.concatenate([*usable(json_rows.read(body, TableRows(TABLE), MAX_ROWS))])
    assert np.isfinite(found).all()
    assert len(found) == len(json.loads(body)["rows"])


def body(sent: bytes) -> None:
    json.dumps(parse(sent))


def job(sent: bytes) -> None:
    """A job for a small dataset, up to where it would be queued."""
    spec = model_of(JobSpec, expanded(parse(sent)))
    if spec is not None:
        plan = build.plan(suited(spec, MANIFEST["shape"]), Problem.of_manifest(MANIFEST))
        check_batches(plan, MANIFEST["splits"]["train"]["per_class"])
        check_size(plan, SETTINGS)


def edits(sent: bytes) -> None:
    asked = model_of(EditsSpec, parse(sent))
    if asked is not None:
        check_edits(asked, MANIFEST)
        json.dumps(with_findings(asked, MANIFEST).plain()).encode()


def retry(sent: bytes) -> None:
    """What a next job has otherwise."""
    asked = model_of(Retry, parse(sent))
    if asked is not None:
        try:
            retried(PARENT, asked)
        except RequestValidationError as error:
            validation_error(request_of(JobSpec), error)


def file_address(sent: bytes) -> None:
    model_of(FileAddress, parse(sent))


def child(answer: bytes) -> None:
    """What a sealed process says that a file has taken control of. To refuse one is an answer
    too."""
    try:
        found = PREPARED.validate_python(sandbox.result_of(answer, 0))
        json.dumps(found.classes, ensure_ascii=False).encode()
    except (WorkerError, ValidationError) as error:
        str(error).encode()


def model_of(model: type[BaseModel], sent: Any) -> Any:
    """What was sent as this model; None where an answer says why it is not."""
    try:
        return model.model_validate(sent)
    except ValidationError as error:
        faults = [{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors()]
        answer = validation_error(request_of(model), RequestValidationError(faults, body=sent))
        assert answer.status_code == 422
        return None


def request_of(model: type[BaseModel]) -> Request:
    """A request whose body was to be this model."""
    field = SimpleNamespace(field_info=SimpleNamespace(annotation=model))
    scope = {
        "type": "http",
        "route": SimpleNamespace(body_field=field),
        "state": {"request_id": ""},
    }
    return Request(scope)


def texts(values: Sequence[Any]) -> list[bytes]:
    return [json.dumps(value).encode() for value in values]


def rows_of_numbers() -> list[bytes]:
    return [b'{"rows":[[1,-2.5e3,0],[4,5,6]]}', b' {"rows" : [ [255, 0 ,7] ] }\n']


def rows_of_a_table() -> list[bytes]:
    return [b'{"rows":[{"a":1.5,"b":"q"},[null,"p"],{"b":null,"a":true}]}']


def any_json() -> list[bytes]:
    values = [b'{"a":{"b":[null,true,"\\u00e9"]},"c":1}', '["é"]'.encode("utf-16"), b"-1.5e3"]
    return [*values, '{"a":"\U0001f408"}'.encode("utf-32-le")]


def jobs() -> list[bytes]:
    convolutions = {"kind": "convolutional", "layers": [{"kind": "conv", "filters": 4}]}
    return texts([
        {"dataset": ID, "network": {"kind": "dense", "hidden_units": [5, 3], "dropout": 0.2}},
        {"dataset": ID, "network": convolutions, "batch_size": "all", "precision": "tf32"},
        {"dataset": ID, "recipe": "photos", "optimizer": {"kind": "sgd", "learning_rate": 0.1},
         "schedule": {"kind": "cosine"}, "augmentation": {"flip": True}},
        {"dataset": ID, "validation_fraction": 0.2, "early_stopping": {"patience": 3},
         "webhook": "https://cats.example/", "regularization": {"l2": 0.1}, "epohcs": 3},
    ])  # fmt: skip


def some_edits() -> list[bytes]:
    row = {"split": "train", "row": 3}
    return texts([
        {"drop": [row], "relabel": [{**row, "row": 4, "label": "cat"}], "cleaned": True},
        {"move": [{**row, "to": "test"}], "rename_class": {"cat": "cats"}, "image_size": 32},
        {"merge_classes": {"all": ["other", "cat"]}, "add": ID, "cleaned": ["class_imbalance"],
         "resplit": {"test_fraction": 0.2, "validation_fraction": 0.1, "seed": 3}},
    ])  # fmt: skip


def retries() -> list[bytes]:
    change = {"op": "replace", "path": "/epochs", "value": 5}
    layer = {**change, "op": "add", "path": "/network/hidden_units/0"}
    copy = {"op": "copy", "from": "/epochs", "path": "/seed"}
    asked = {"findings": ["class_imbalance"], "patch": [change]}
    return texts([{"findings": "all"}, asked, {"patch": [layer, copy]}])


def file_addresses() -> list[bytes]:
    return texts([{"url": "https://cats.example/a.zip", "sha256": "0" * 64}])


def children() -> list[bytes]:
    made = Prepared(
        "images", ["a", "b"], [8, 8, 3], "uint8", {"train": {"rows": 2, "per_class": [1, 1]}},
        [], {"height": 8},
    )  # fmt: skip
    return texts([{"result": made.as_dict()}, {"error": "CorruptFile", "detail": "damaged"}])
