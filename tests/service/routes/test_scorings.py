"""Scorings over HTTP: asked for, looked at, and their results in each form."""

import json
from pathlib import Path

import httpx
import pytest
import redis

from tests.problems import expect_problem
from tests.worker.scorings import publish_model
from tests.worker.working import publish_dataset
from worker.data.scored_file import FILE
from worker.jobs.record import Record, State, new_id
from worker.jobs.transitions import Transitions, open_records
from worker.jsontypes import Json
from worker.store.store import Store

CLASSES = ["=1+2", "1"]
LINES: list[Json] = [
    {"row": 0, "split": "test", "name": "@a.jpg", "label": "1", "prediction": "=1+2",
     "probability": 0.75, "probabilities": {"=1+2": 0.75, "1": 0.25},
     "decision": "unsure", "confidence": 0.6, "reason": {"code": "low_confidence", "detail": "."}},
    {"row": 1, "split": "test", "name": None, "label": None, "prediction": "1",
     "probability": 0.9, "probabilities": {"=1+2": 0.1, "1": 0.9},
     "decision": "1", "confidence": None, "reason": None},
]  # fmt: skip
COUNTED: Json = {
    "rows": 2,
    "splits": {
        "test": {"rows": 2, "predicted": {"=1+2": 1, "1": 1}, "unsure": 1, "problems": 0,
                 "labelled_rows": 1, "accuracy": 0.0, "accuracy_interval": [0.0, 0.79]},
    },
    "warnings": [],
}  # fmt: skip


@pytest.fixture
def ready(http: httpx.Client, root: Path, datasets: Transitions) -> str:
    """The id of a dataset that a model of the store takes."""
    store, dataset = Store(root), new_id("ds")
    publish_dataset(store, dataset)
    publish_model(store)
    mine = datasets.claim(datasets.create(dataset, {"name": "pets"}).id, "w", 10)
    datasets.finish(mine, State.SUCCEEDED, {"result": store.datasets.manifest(dataset)})
    return dataset


@pytest.fixture
def path(http: httpx.Client, ready: str) -> str:
    """That of a scoring which waits."""
    answer = http.post("/v1/predictions", json={"model": "cats", "dataset": "pets"})
    assert answer.status_code == 202, answer.text
    return str(answer.headers["location"])


@pytest.fixture
def scored(path: str, root: Path, client: redis.Redis) -> str:
    """That of one which a worker has made."""
    records, store, scoring = open_records(client)["pred"], Store(root), path.rpartition("/")[2]
    mine = running(records, path)
    store.scorings.keep_part(scoring, 0, b"".join(json.dumps(x).encode() + b"\n" for x in LINES))
    with store.scorings.local_folder(scoring) as folder:
        (folder / FILE).write_bytes(b"PAR1")
        parts = store.scorings.local_parts(scoring)
        store.scorings.publish(scoring, folder, parts, {"classes": CLASSES, "top": 10})
    records.finish(mine, State.SUCCEEDED, {"result": COUNTED})
    return path


def running(records: Transitions, path: str) -> Record:
    mine = records.claim(path.rpartition("/")[2], "w", 10)
    how = {"phase": "scoring", "done": 1, "total": 2, "percent": 50.0, "eta_s": 1.0}
    return records.renew(mine, 10, {"progress": {**how, "rows_per_s": 1.0}})


def test_a_scoring_is_shown_from_its_acceptance_to_its_end(
    http: httpx.Client, ready: str, path: str, client: redis.Redis
) -> None:
    waiting = http.get(path).json()
    assert (waiting["state"], waiting["queue_position"], waiting["result"]) == ("queued", 1, None)
    assert waiting["model"] == {"name": "cats", "version": 1}
    assert (waiting["dataset"], waiting["split"], waiting["top"]) == (ready, None, 10)
    running(open_records(client)["pred"], path)
    assert http.get(path).json()["progress"]["percent"] == 50.0
    expect_problem(http.get(f"{path}/results"), 409, "conflict")
    expect_problem(http.delete(path), 409, "conflict")
    assert http.post(f"{path}/cancel").json()["requested"] == "cancel"


def test_what_it_comes_to(http: httpx.Client, scored: str) -> None:
    found = http.get(scored).json()
    assert (found["state"], found["progress"], found["result"]) == ("succeeded", None, COUNTED)
    assert found["bytes"] > 0
    listed = http.get("/v1/predictions", params={"state": "succeeded"}).json()
    assert [each["id"] for each in listed["data"]] == [found["id"]]
    assert http.get("/v1/predictions", params={"state": "failed"}).json()["data"] == []


def test_results_are_lines_of_json_unless_something_else_is_asked_for(
    http: httpx.Client, scored: str
) -> None:
    plain = http.get(f"{scored}/results")
    assert plain.headers["content-type"].startswith("application/x-ndjson")
    assert [json.loads(line) for line in plain.text.splitlines()] == LINES
    kind = "application/vnd.apache.parquet"
    asked = http.get(f"{scored}/results", params={"format": "parquet"})
    accepted = http.get(f"{scored}/results", headers={"Accept": kind})
    assert asked.headers["content-type"] == accepted.headers["content-type"] == kind
    assert asked.content == accepted.content == b"PAR1"


def test_no_text_in_a_csv_is_a_formula(http: httpx.Client, scored: str) -> None:
    answer = http.get(f"{scored}/results", headers={"Accept": "text/csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.text.splitlines() == [
        "row,split,name,label,prediction,probability,decision,confidence,reason,p:=1+2,p:1",
        "0,test,'@a.jpg,1,'=1+2,0.75,unsure,0.6,low_confidence,0.75,0.25",
        "1,test,,,1,0.9,1,,,0.1,0.9",
    ]


def test_a_deleted_one_is_gone(http: httpx.Client, scored: str, root: Path) -> None:
    assert http.delete(scored).status_code == 204
    expect_problem(http.get(scored), 404, "scoring_not_found")
    assert not [*(root / "predictions").glob("*")]


def test_one_that_waits_is_cancelled_at_once(http: httpx.Client, path: str) -> None:
    assert http.post(f"{path}/cancel").json()["state"] == "cancelled"
    assert http.post(f"{path}/cancel").json()["state"] == "cancelled"
    expect_problem(http.get(f"{path}/results"), 409, "conflict")
    assert http.delete(path).status_code == 204


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"model": "catz"}, "/model"),
        ({"model": "../cats"}, "/model"),
        ({"version": 2}, "/version"),
        ({"version": "1"}, "/version"),
        ({"dataset": "nobody"}, "/dataset"),
        ({"dataset": f"ds_{0:032x}"}, "/dataset"),
        ({"split": "validation"}, "/split"),
        ({"top": 1001}, "/top"),
        ({"threshold": 1.5}, "/threshold"),
        ({"tpo": 3}, "/tpo"),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_place(
    http: httpx.Client, ready: str, more: Json, pointer: str
) -> None:
    answer = http.post("/v1/predictions", json={"model": "cats", "dataset": ready, **more})
    expect_problem(answer, 422, "invalid_parameter", pointer)
    assert http.get("/v1/predictions").json()["data"] == []
