"""Jobs with folds over HTTP, and what they leave; what a worker would do is done by the test."""

import csv
import json
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from tests.problems import expect_problem
from tests.service.conftest import MANIFEST
from tests.service.routes.shelf import CLASSES
from tests.service.working_job import PROGRESS, claimed
from tests.worker.serving.test_loaded_models import publish
from worker.jobs.record import State, new_id
from worker.jobs.transitions import Transitions
from worker.spec import JobSpec
from worker.store.model_files import HELD_OUT
from worker.store.store import Store

HELD = "/v1/models/pets/versions/1/held-out"
FOLDED = {"model": "cats", "network": {"hidden_units": [4]}, "folds": 2}


def asked(http: httpx.Client, dataset: str, **fields: Any) -> httpx.Response:
    return http.post("/v1/jobs", json={"dataset": dataset, **FOLDED, **fields})


# What is asked for


def test_folds_stand_in_the_job_as_they_were_asked_for(http: httpx.Client, known: str) -> None:
    answer = asked(http, known, repeats=3)
    assert answer.status_code == 202, answer.text
    assert [answer.json()["spec"][name] for name in ("folds", "repeats")] == [2, 3]
    patch = [{"op": "replace", "path": "/repeats", "value": 1}]
    again = http.post(f"/v1/jobs/{answer.json()['id']}/retry", json={"patch": patch})
    assert [again.json()["spec"][name] for name in ("folds", "repeats")] == [2, 1]


def test_more_folds_than_rows_of_a_class_are_refused_with_the_numbers(
    http: httpx.Client, known: str
) -> None:
    answer = asked(http, known, folds=3)
    expect_problem(answer, 422, "invalid_parameter", "/folds")
    assert "at least 3 training rows of each class for 3 folds" in answer.json()["detail"]
    assert "got 2 of 'other'" in answer.json()["detail"]


def test_a_batch_that_folds_leave_one_row_for_is_refused(
    http: httpx.Client, datasets: Transitions
) -> None:
    splits = {"train": {"rows": 10, "per_class": [5, 5]}}
    made = datasets.create(new_id("ds"), {"name": "ten"}).id
    manifest = {"result": {**MANIFEST, "splits": splits}}
    datasets.finish(datasets.claim(made, "w", 10), State.SUCCEEDED, manifest)
    network = {"kind": "layers", "layers": [
        {"kind": "flatten"}, {"kind": "dense", "units": 3}, {"kind": "batch_norm"},
    ]}  # fmt: skip
    # Ten rows leave none over, eight neither; of four folds two have three rows, and leave seven.
    assert asked(http, made, network=network, batch_size=2, folds=5).status_code == 202
    answer = asked(http, made, network=network, batch_size=2, folds=4)
    expect_problem(answer, 422, "invalid_parameter", "/network/layers/2")


def test_what_goes_beside_no_folds_is_named(http: httpx.Client, known: str) -> None:
    verifies = {"model": "cats", "version": 1}
    expect_problem(asked(http, known, verifies=verifies), 422, "invalid_parameter", "/folds")


def test_a_job_is_stopped_once_it_trains_on_all_rows(
    http: httpx.Client, known: str, jobs: Transitions
) -> None:
    job = asked(http, known).json()["id"]
    expect_problem(http.post(f"/v1/jobs/{job}/stop"), 409, "conflict")
    mine = claimed(jobs, job)
    for notes in ({}, {"progress": {**PROGRESS, "repeat": 1, "fold": 2}}):
        mine = jobs.renew(mine, 60, notes, [])
        answer = http.post(f"/v1/jobs/{job}/stop")
        expect_problem(answer, 409, "conflict")
        assert "trains on folds" in answer.json()["detail"]
    found = http.get(f"/v1/jobs/{job}").json()["progress"]
    assert (found["repeat"], found["fold"]) == (1, 2)
    jobs.renew(mine, 60, {"progress": {**PROGRESS, "repeat": None, "fold": None}}, [])
    assert http.post(f"/v1/jobs/{job}/stop").json()["requested"] == "stop"


def test_a_version_of_folds_is_verified_without_them(
    http: httpx.Client, known: str, root: Path
) -> None:
    spec = JobSpec.model_validate({"dataset": known, **FOLDED, "repeats": 2})
    about = {"id": known, "digest": "sha256:0"}
    dumped = spec.model_dump(mode="json")
    publish(Store(root), "cats", 1, spec=dumped, ended_by="epochs", dataset=about)
    answer = http.post("/v1/models/cats/versions/1/verify")
    assert answer.status_code == 202, answer.text
    assert [answer.json()["spec"][name] for name in ("folds", "repeats")] == [None, 1]


# What they leave


@pytest.fixture
def kept(store: Store, pictures: str) -> str:
    """A version that was trained with two folds, twice, on three rows; returns its dataset."""
    dataset = pictures.rpartition("/")[2]
    about = {"job": "job_1", "dataset": {"id": dataset}, "classes": CLASSES, "shape": [9, 7, 3]}
    whole = {"split": [0, 0, 1], "row": [0, 7, 0], "label": [0, 1, 1],
             "fold": [[1, 2, 1], [2, 1, 1]], "said": [[0, 1, 0], [0, 1, 1]]}  # fmt: skip
    shares = {"sure": [[0.5, 0.75, 1], [1, 0.5, 0.75]], "given": [[0.5, 0.75, 0], [1, 0.5, 0.75]]}
    tensors = {name: np.array(values, "int32") for name, values in whole.items()}
    tensors |= {name: np.array(values, "float32") for name, values in shares.items()}
    store.models.publish("pets", 1, {"W1": np.ones(1)}, about, {}, others={HELD_OUT: tensors})
    store.models.publish("pets", 2, {"W1": np.ones(1)}, {**about, "job": "job_2"}, {})
    return dataset


def test_every_row_has_an_answer_of_each_repeat(http: httpx.Client, kept: str) -> None:
    found = http.get(HELD).json()
    assert {name: found[name] for name in ("model", "version", "dataset", "rows", "next")} == {
        "model": "pets", "version": 1, "dataset": kept, "rows": 3, "next": None,
    }  # fmt: skip
    first, second, third = found["data"]
    assert first == {
        "split": "train", "row": 0, "name": "pets/0.jpg", "true": CLASSES[0],
        "picture": f"/v1/datasets/{kept}/rows/0.png?split=train",
        "answers": [
            {"repeat": 1, "fold": 1, "predicted": CLASSES[0], "probability": 0.5,
             "true_probability": 0.5},
            {"repeat": 2, "fold": 2, "predicted": CLASSES[0], "probability": 1.0,
             "true_probability": 1.0},
        ],
    }  # fmt: skip
    assert (second["row"], second["name"]) == (7, "pets/7.jpg")
    assert (third["split"], third["row"], third["name"]) == ("validation", 0, None)
    assert [each["predicted"] for each in third["answers"]] == [CLASSES[0], CLASSES[1]]


def test_they_come_in_pages(http: httpx.Client, kept: str) -> None:
    first = http.get(HELD, params={"limit": 2}).json()
    assert ([row["row"] for row in first["data"]], first["next"]) == ([0, 7], "2")
    last = http.get(HELD, params={"limit": 2, "after": first["next"]}).json()
    assert ([row["row"] for row in last["data"]], last["next"]) == ([0], None)
    assert http.get(HELD, params={"after": 10}).json()["data"] == []


def test_all_of_them_come_as_csv(http: httpx.Client, kept: str) -> None:
    answer = http.get(HELD, headers={"Accept": "text/csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    rows = [*csv.DictReader(answer.text.splitlines())]
    assert [(row["split"], row["row"], row["repeat"], row["fold"]) for row in rows] == [
        ("train", "0", "1", "1"), ("train", "0", "2", "2"),
        ("train", "7", "1", "2"), ("train", "7", "2", "1"),
        ("validation", "0", "1", "1"), ("validation", "0", "2", "1"),
    ]  # fmt: skip
    assert (rows[4]["true"], rows[4]["predicted"]) == (CLASSES[1], CLASSES[0])
    assert (rows[4]["probability"], rows[4]["true_probability"]) == ("1.0", "0.0")


def test_a_version_without_folds_has_none_and_says_how_to_get_them(
    http: httpx.Client, kept: str
) -> None:
    answer = http.get(HELD.replace("/1/", "/2/"))
    expect_problem(answer, 404, "model_not_found")
    assert '"folds": 5' in answer.json()["detail"]


def test_what_was_changed_on_disk_is_not_shown(http: httpx.Client, kept: str, root: Path) -> None:
    path = root / "models" / "pets" / "1" / HELD_OUT
    path.write_bytes(path.read_bytes()[:-1] + b"\x00")
    expect_problem(http.get(HELD), 500, "damaged_model")


def test_metrics_as_csv_begin_with_the_fold(http: httpx.Client, known: str, root: Path) -> None:
    job = asked(http, known).json()["id"]
    row = {"epoch": 1, "step": 2, "loss": 0.5, "accuracy": 0.5, "validation_loss": None,
           "validation_accuracy": None, "learning_rate": 0.01, "gradient_norms": None,
           "layers": None, "seconds": 0.1, "row": 8, "repeat": 1, "fold": 2}  # fmt: skip
    (root / "jobs" / job / "metrics.0.jsonl").write_text(json.dumps(row) + "\n")
    path = f"/v1/jobs/{job}/metrics"
    header, line = http.get(path, headers={"Accept": "text/csv"}).text.splitlines()
    assert header.startswith("row,repeat,fold,epoch,step,loss,")
    assert line.startswith("8,1,2,1,2,0.5,")
    assert http.get(path).json() == {"data": [row], "next": None}
    assert http.get(path, params={"after": 8}).json()["data"] == []
