"""Predictions that carry ids, what is said of them, and what comes of it."""

import json
import re
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.problems import expect_problem
from tests.worker.data.making import encoded, pictures
from tests.worker.serving.test_loaded_models import publish
from worker.data.preprocessing import Preprocessing
from worker.jsontypes import Json
from worker.store.answered import AnsweredStore
from worker.store.store import Store

SIDE = 8
ASK, LIVE = "/v1/models/pixels/predict", "/v1/models/pixels/versions/1/live"
ID = re.compile("ans_[0-9a-f]{28}")
ROW = pictures(1, side=SIDE)[0].reshape(-1).tolist()
PNG = encoded(pictures(1, side=SIDE)[0])
TESTED: Json = {
    "rows": 200, "accuracy": 0.9, "accuracy_interval": [0.8505, 0.9343],
    "confusion": [[90, 10], [10, 90]],
}  # fmt: skip


@pytest.fixture
def changed() -> dict[str, Any]:
    return {"keep_answers_days": 7}


@pytest.fixture(autouse=True)
def model(root: Path) -> None:
    """A model of small pictures, to which all of them are cats."""
    how = Preprocessing(height=SIDE, width=SIDE)
    publish(Store(root), "pixels", 1, how.shape, preprocessing=how, result={"test": TESTED})


def ids(http: httpx.Client, count: int = 1) -> list[str]:
    """Those of so many predictions."""
    answer = http.post(ASK, json={"rows": [ROW] * count})
    return [each["prediction_id"] for each in answer.json()["predictions"]]


def give(http: httpx.Client, *truths: tuple[str, str | None]) -> list[Json]:
    said = [{"prediction_id": each, "label": label} for each, label in truths]
    answer = http.post("/v1/feedback", json={"feedback": said})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["data"])


def outcomes(found: list[Json]) -> list[str]:
    return [each["outcome"] for each in found]


def test_every_prediction_has_an_id_of_its_own(http: httpx.Client) -> None:
    lines = b"".join(json.dumps(ROW).encode() + b"\n" for _ in "12")
    answers = [
        *http.post(ASK, content=PNG).json()["predictions"],
        *http.post(ASK, json={"rows": [ROW, ROW]}).json()["predictions"],
        *map(
            json.loads,
            http.post(ASK, content=lines, headers={"content-type": "application/x-ndjson"})
            .text.splitlines(),
        ),
    ]  # fmt: skip
    found = [each["prediction_id"] for each in answers]
    assert all(ID.fullmatch(each) for each in found)
    assert len({*found}) == 5


@pytest.mark.parametrize("changed", [{}])
def test_where_none_is_kept_none_has_an_id(http: httpx.Client, root: Path) -> None:
    answer = http.post(ASK, content=PNG).json()
    assert "prediction_id" not in answer["predictions"][0]
    item = {"prediction_id": f"ans_{'0' * 28}", "label": "cat"}
    refused = http.post("/v1/feedback", json={"feedback": [item]})
    expect_problem(refused, 409, "conflict")
    assert "PURR_KEEP_ANSWERS_DAYS" in refused.json()["detail"]
    assert not (root / "answered").exists()


def test_it_is_said_what_was_true(http: httpx.Client) -> None:
    first, second, third = ids(http, 3)
    assert outcomes(give(http, (first, "cat"), (second, "other"), (third, None))) == ["noted"] * 3
    assert outcomes(give(http, (first, "cat"), (second, "cat"))) == ["unchanged", "corrected"]
    live = http.get(LIVE).json()
    assert (live["predictions"], live["judged"], live["right"]) == (3, 3, 2)
    assert live["accuracy_interval"] == pytest.approx([0.2077, 0.9385], abs=1e-4)
    assert [each["true"] for each in live["classes"]] == [0, 2]
    assert [each["answered"] for each in live["classes"]] == [0, 3]
    assert [each["tested"] for each in live["classes"]] == [100, 100]
    assert live["none_of_them"] == 1
    assert [found["code"] for found in live["findings"]] == ["few_judged"]


def test_an_item_that_is_refused_refuses_no_other(http: httpx.Client) -> None:
    (known,) = ids(http)
    unknown = f"ans_{'0' * 28}"
    beyond = f"{known[:-8]}{'f' * 8}"
    found = give(http, (unknown, "cat"), (beyond, "cat"), ("nonsense", "cat"), (known, "cat"))
    assert outcomes(found) == ["refused"] * 3 + ["noted"]
    assert {each["problem"]["code"] for each in found[:3]} == {"prediction_not_found"}
    (refused,) = give(http, (known, "dog"))
    assert refused["problem"]["code"] == "invalid_parameter"
    assert "other, cat" in refused["problem"]["detail"]


def test_another_process_knows_it_too(http: httpx.Client, root: Path) -> None:
    answered, (known,) = AnsweredStore(root / "answered"), ids(http)
    until = time.monotonic() + 10
    while not answered.segments() and time.monotonic() < until:
        time.sleep(0.01)
    (segment,) = answered.segments()
    assert (segment.model, segment.version, segment.id) == ("pixels", 1, known[4:24])
    assert answered.rows(segment)["label"].tolist() == [1]


def test_pictures_are_measured_and_not_kept(http: httpx.Client, root: Path) -> None:
    (known,) = (e["prediction_id"] for e in http.post(ASK, content=PNG).json()["predictions"])
    http.post(ASK, content=PNG)
    give(http, (known, "cat"))
    live = http.get(LIVE, params={"hours": 1}).json()
    mean = sum(ROW) / len(ROW) / 255
    assert live["brightness"]["mean"] == pytest.approx(mean, abs=0.01)
    assert live["training_brightness"] is None  # of a dataset that is not there
    assert len(live["periods"]) == 1
    assert sum(path.stat().st_size for path in (root / "answered").iterdir()) < 100


def test_metrics_count_what_is_kept(http: httpx.Client) -> None:
    first, *_ = ids(http, 4)
    give(http, (first, "other"))
    told = http.get("/metrics").text
    for name, count in (("predictions", 4), ("judged", 1), ("right", 0)):
        assert f'purr_live_{name}{{model="pixels",version="1"}} {count}.0' in told


def test_a_version_that_is_not_there_and_one_that_nobody_asked(http: httpx.Client) -> None:
    expect_problem(http.get("/v1/models/pixels/versions/9/live"), 404, "model_not_found")
    live = http.get(LIVE).json()
    assert (live["predictions"], live["accuracy"], live["findings"]) == (0, None, [])


BAD: list[tuple[Json, str]] = [
    ({"feedback": []}, "/feedback"),
    ({"feedback": [{"prediction_id": "a", "label": 3, "sure": True}]}, "/feedback/0/sure"),
]


@pytest.mark.parametrize(("body", "place"), BAD)
def test_bad_ones_are_refused_at_their_place(http: httpx.Client, body: Json, place: str) -> None:
    answer = http.post("/v1/feedback", json=body)
    expect_problem(answer, 422, "invalid_parameter")
    assert place in [fault["pointer"] for fault in answer.json()["errors"]]


def test_a_disk_that_is_full_stops_no_answer(
    http: httpx.Client, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "no space")

    with monkeypatch.context() as patch:
        patch.setattr(AnsweredStore, "append", full)
        (lost,) = ids(http)
        assert outcomes(give(http, (lost, "cat"))) == ["refused"]
    (kept,) = ids(http)
    assert outcomes(give(http, (kept, "cat"))) == ["noted"]


def test_a_new_segment_begins_when_one_is_full(
    http: httpx.Client, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.serving.answer_log.SEGMENT_ROWS", 2)
    monkeypatch.setattr("worker.serving.answer_log.PENDING_BYTES", 30)
    found = ids(http, 5)
    assert len({each[:24] for each in found}) == 3
    assert outcomes(give(http, *((each, "cat") for each in found))) == ["noted"] * 5
    assert http.get(LIVE).json()["right"] == 5
