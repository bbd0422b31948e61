"""A job tried again, as its findings or its caller say."""

from datetime import UTC, datetime
from typing import Any

import pytest

from service.requests.retry import Retry, retried
from tests.problems import expect_problem
from tests.service.api import Api
from worker.jobs.record import Record, State
from worker.spec import JobSpec


def test_a_sick_job_is_tried_again_as_its_findings_say(api: Api, dataset: str) -> None:
    network = {"hidden_units": [8, 8], "initializer": "zeros"}
    job = api.train(dataset=dataset, network=network, epochs=5, model="tried")
    assert job["gradient_check"]["message"].startswith("All ") or job["gradient_error"] is not None
    answer = api.http.post(
        f"/v1/jobs/{job['id']}/retry",
        json={"findings": ["symmetric_start"], "patch": [
            {"op": "replace", "path": "/epochs", "value": 6}
        ]},
    )  # fmt: skip
    assert answer.status_code == 202
    again = answer.json()
    assert answer.headers["location"] == f"/v1/jobs/{again['id']}"
    assert (again["parent"], again["spec"]["parent"]) == (job["id"], job["id"])
    assert again["changes"] == [
        {"path": "/epochs", "before": 5, "after": 6},
        {"path": "/network/initializer", "before": "zeros", "after": "he"},
    ]
    done = api.finished(again["id"])
    assert done["model"] == {"name": "tried", "version": 2}
    assert "symmetric_start" not in {finding["code"] for finding in done["findings"]}
    version = api.http.get("/v1/models/tried/versions/2").json()
    assert version["ended_by"] == "epochs"
    assert version["findings"] == done["findings"]


@pytest.mark.parametrize(
    ("retry", "pointers"),
    [
        ({"findings": ["nothing_of_the_kind"]}, ["/findings/0"]),
        ({"findings": "some"}, None),
        ({"patch": [{"op": "replace", "path": "/epoch", "value": 1}]}, ["/patch/0"]),
        ({"patch": [{"op": "replace", "path": "/epochs", "value": 0}]}, ["/epochs"]),
        ({"patch": [{"op": "add", "path": "/epoch", "value": 1}]}, ["/epoch"]),
        ({"finding": "all"}, ["/finding"]),
        ({"epochs": 9}, ["/epochs"]),
    ],
)
def test_a_retry_that_cannot_be_is_refused_and_the_next_one_works(
    api: Api, dataset: str, retry: dict[str, Any], pointers: list[str] | None
) -> None:
    job = api.train(dataset=dataset, epochs=1, model="refused")["id"]
    answer = api.http.post(f"/v1/jobs/{job}/retry", json=retry)
    if pointers is None:
        assert answer.status_code == 422
    else:
        expect_problem(answer, 422, "invalid_parameter", *pointers)
    assert api.http.post(f"/v1/jobs/{job}/retry", json={}).json()["changes"] == []


@pytest.mark.parametrize(
    ("retry", "said"),
    [
        ({"finding": "all"}, "is no field here; did you mean /findings?"),
        ({"epochs": 9}, "is no field here."),
        ({"patch": [{"op": "add", "path": "/lr", "value": 1}]},
         "is no field of a job; did you mean /optimizer/learning_rate?"),
    ],
)  # fmt: skip
def test_what_was_meant_is_named_by_where_it_would_belong(
    api: Api, dataset: str, retry: dict[str, Any], said: str
) -> None:
    job = api.train(dataset=dataset, epochs=1, model="meant")["id"]
    assert said in api.http.post(f"/v1/jobs/{job}/retry", json=retry).json()["detail"]


def test_a_job_of_before_is_tried_again_without_what_did_nothing() -> None:
    network = {"hidden_units": [4], "initializer": "normal", "initializer_scale": 3.0}
    body = JobSpec.model_validate({"dataset": "ds_" + "0" * 32, "network": network}).model_dump()
    body["network"]["hidden_units"], body["network"]["dropout"] = [], 0.5
    patch = [{"op": "replace", "path": "/network/initializer", "value": "he"}]
    parent = Record(
        "job_" + "0" * 32,
        State.SUCCEEDED,
        body,
        created_at=datetime.now(UTC),
        findings=[{"code": "saturated_units", "patch": patch}],
    )
    assert retried(parent, Retry())[1] == []
    spec, differences = retried(parent, Retry(findings="all"))
    assert (spec.network.initializer, spec.network.initializer_scale) == ("he", 1)
    assert [change["path"] for change in differences] == [
        "/network/initializer",
        "/network/initializer_scale",
    ]
    assert spec.network.dropout == 0
