"""What comes of thresholds, and operating points, over HTTP."""

import csv
import io
import json
from typing import Any

import httpx
import numpy as np
import pytest

from tests.problems import expect_problem
from tests.service.routes.moving import CHAMPION, MODEL
from tests.worker.serving.test_loaded_models import publish
from worker.findings.intervals import wilson_interval
from worker.store.store import Store
from worker.training import threshold_curve

SCORES, LABELS = np.array([0.2, 0.4, 0.6, 0.9]), np.array([0, 1, 0, 1])
ROWS = {"rows": [[1, 0, 0, 0]]}  # of which version n says 1 / (1 + exp(−n)) of "cat"


@pytest.fixture
def curves(store: Store) -> str:
    """Where the thresholds are of a version that was measured on test rows."""
    publish(store, "measured", 1)
    about = store.models.manifest("measured", 1)
    kept = {"test": threshold_curve.of_rows(SCORES, LABELS)}
    others = {threshold_curve.FILE: json.dumps(kept).encode()}
    tensors = store.models.tensors("measured", 1)
    store.models.publish("measured", 2, tensors, {**about, "job": "job_2"}, {}, others=others)
    return "/v1/models/measured/versions/2/thresholds"


def points(answer: httpx.Response) -> dict[float, Any]:
    assert answer.status_code == 200, answer.text
    return {point["threshold"]: point for point in answer.json()["points"]}


def test_each_threshold_has_its_rates_and_how_sure_they_are(
    http: httpx.Client, curves: str
) -> None:
    answer = http.get(curves, params={"split": "test"})
    found = points(answer)
    assert list(found) == [1.0, 0.9, 0.6, 0.4, 0.2, 0.0]
    assert (answer.json()["positive"], answer.json()["negatives"]) == ("cat", 2)
    point = found[0.4]
    assert (point["true_positives"], point["false_positives"]) == (2, 1)
    assert (point["recall"], point["false_positive_rate"], point["accuracy"]) == (1, 0.5, 0.75)
    assert point["precision"] == pytest.approx(2 / 3)
    assert tuple(point["precision_interval"]) == wilson_interval(2, 3)
    assert point["recall"] == point["true_positive_rate"]
    assert (found[1.0]["precision"], found[1.0]["precision_interval"]) == (None, None)


@pytest.mark.parametrize(
    ("false_positive", "false_negative", "threshold"), [(1, 1, 0.4), (9, 1, 0.9), (1, 9, 0.4)]
)
def test_the_cheapest_threshold_is_the_one_that_loses_least(
    http: httpx.Client, curves: str, false_positive: int, false_negative: int, threshold: float
) -> None:
    costs = {"false_positive_cost": false_positive, "false_negative_cost": false_negative}
    answer = http.get(curves, params={"split": "test", **costs})
    cheapest = answer.json()["cheapest"]
    assert cheapest["threshold"] == threshold
    assert cheapest["cost"] == min(point["cost"] for point in points(answer).values()) == 0.25


def test_it_is_a_table_for_who_wants_one(http: httpx.Client, curves: str) -> None:
    answer = http.get(curves, params={"split": "test"}, headers={"Accept": "text/csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    first, *rest = csv.DictReader(io.StringIO(answer.text))
    assert len(rest) == 5
    assert (first["threshold"], first["precision"], first["precision_low"]) == ("1.0", "", "")
    assert float(rest[2]["recall_high"]) == 1


def test_what_was_not_measured_is_refused_in_words(
    http: httpx.Client, curves: str, store: Store
) -> None:
    split = http.get(curves)
    expect_problem(split, 422, "invalid_parameter")
    assert "test, got validation" in split.json()["detail"]
    before = http.get("/v1/models/measured/versions/1/thresholds")
    expect_problem(before, 404, "model_not_found")
    assert "Train it again" in before.json()["detail"]
    about = {"job": "job_3", "classes": ["a", "b", "c"]}
    store.models.publish("many", 1, {"W1": np.ones(1)}, about, {})
    many = http.get("/v1/models/many/versions/1/thresholds")
    expect_problem(many, 422, "invalid_parameter")
    assert "two classes, got 3" in many.json()["detail"]


def put(http: httpx.Client, **fields: Any) -> Any:
    answer = http.put(CHAMPION, json={"version": 1, **fields})
    assert answer.status_code == 200, answer.text
    return answer.json()


def asked(http: httpx.Client, path: str = MODEL, **params: Any) -> tuple[Any, str]:
    answer = http.post(f"{path}/predict", json=ROWS, params=params).json()
    return answer["threshold"], answer["predictions"][0]["label"]


@pytest.mark.usefixtures("store")
def test_an_alias_answers_by_its_threshold_and_a_question_s_own_comes_first(
    http: httpx.Client,
) -> None:
    assert asked(http) == (None, "cat")
    assert put(http, threshold=0.9)["operating_point"] == {"threshold": 0.9, "unsure": True}
    assert asked(http) == (0.9, "other")
    assert asked(http, threshold=0.5) == (0.5, "cat")
    assert asked(http, f"{MODEL}/versions/1") == (None, "cat")


@pytest.mark.usefixtures("store")
def test_what_is_left_out_stays_and_null_takes_a_threshold_away(http: httpx.Client) -> None:
    put(http, threshold=0.9)
    assert put(http, unsure=False)["operating_point"] == {"threshold": 0.9, "unsure": False}
    assert put(http)["revision"] == 3
    assert put(http, threshold=None)["operating_point"] == {"threshold": None, "unsure": False}


@pytest.mark.usefixtures("store")
def test_a_threshold_is_in_the_history_and_rolled_back(http: httpx.Client) -> None:
    put(http, threshold=0.9, reason="Rare")
    put(http, threshold=0.2)
    back = http.post(f"{CHAMPION}/rollback").json()
    assert (back["version"], back["operating_point"]["threshold"]) == (1, 0.9)
    moves = http.get(f"{CHAMPION}/history").json()["data"]
    assert [m["operating_point"]["threshold"] for m in moves] == [0.9, 0.2, 0.9, None]
    assert asked(http) == (0.9, "other")


@pytest.mark.usefixtures("store")
def test_a_threshold_goes_along_when_another_version_is_promoted(http: httpx.Client) -> None:
    put(http, threshold=0.99)
    http.put(CHAMPION, json={"version": 3, "force": True}).raise_for_status()
    assert asked(http) == (0.99, "other")


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("threshold", [-0.1, 1.1, "0.5", True])
def test_a_threshold_is_a_probability(http: httpx.Client, threshold: Any) -> None:
    answer = http.put(CHAMPION, json={"version": 1, "threshold": threshold})
    expect_problem(answer, 422, "invalid_parameter", "/threshold")


@pytest.mark.usefixtures("store")
def test_what_an_alias_has_switched_off_is_said(http: httpx.Client) -> None:
    put(http, unsure=False)
    answer = http.post(f"{MODEL}/predict", json=ROWS).json()
    assert (answer["unsure"]["enabled"], answer["unsure"]["reason"]) == (False, "switched_off")
    by_number = http.post(f"{MODEL}/versions/1/predict", json=ROWS).json()
    assert by_number["unsure"]["reason"] == "trained_before"
    assert by_number["predictions"][0]["decision"] == "cat"
