"""Where an answer says that it comes from, and by what its label was decided."""

from typing import Any

import httpx
import pytest

from tests.problems import expect_problem
from tests.service.requests.asked import PIXELS, PNG, ROW, WEIGHT, cats, lines, probability, said
from worker.data.pictures.fingerprint import fingerprint
from worker.data.preprocessing import Preprocessing

HERE = fingerprint(Preprocessing(height=8, width=8)).sha256.removeprefix("sha256:")[:16]
ROWS = {"rows": [ROW]}


@pytest.mark.parametrize(
    ("path", "version", "alias"),
    [
        ("pixels/predict", 1, "champion"),
        ("pixels/aliases/champion/predict", 1, "champion"),
        ("pixels/aliases/next/predict", 2, "next"),
        ("pixels/versions/2/predict", 2, None),
    ],
)
def test_an_answer_says_which_version_by_which_alias(
    asked: httpx.Client, path: str, version: int, alias: str | None
) -> None:
    hows: list[Any] = [{"json": ROWS}, {"content": PNG}, {"files": [("image", PNG)]}]
    for how in hows:
        answer = asked.post(f"/v1/models/{path}", **how)
        assert cats(answer) == pytest.approx([probability(ROW, version * WEIGHT)])
        body = answer.json()
        assert (body["model"], body["version"], body["alias"]) == ("pixels", version, alias)
        assert body["fingerprint"] == HERE


@pytest.mark.parametrize(("model", "row"), [("table", [3, "red"]), ("numbers", [1, 2, 3])])
def test_a_model_that_takes_no_pictures_has_no_fingerprint(
    asked: httpx.Client, model: str, row: list[Any]
) -> None:
    answer = asked.post(f"/v1/models/{model}/predict", json={"rows": [row]})
    assert len(said(answer)) == 1
    assert answer.json()["fingerprint"] is None
    refused = asked.post(f"/v1/models/{model}/predict", content=PNG)
    expect_problem(refused, 415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("path", "code"),
    [("pixels/aliases/nobody", "alias_not_found"), ("nobody/aliases/next", "model_not_found")],
)
def test_an_alias_that_is_not_there_is_not_found(asked: httpx.Client, path: str, code: str) -> None:
    expect_problem(asked.post(f"/v1/models/{path}/predict", json=ROWS), 404, code)


def test_the_second_class_is_the_label_from_the_threshold_on(asked: httpx.Client) -> None:
    own = cats(asked.post(PIXELS, json=ROWS))[0]
    for threshold, label in ((own, "cat"), (own + 1e-9, "other"), (0, "cat"), (1, "other")):
        answer = asked.post(PIXELS, params={"threshold": threshold}, json=ROWS)
        [found] = said(answer)
        assert (found["label"], answer.json()["threshold"]) == (label, threshold)
        assert found["probability"] == found["probabilities"][label]
    assert asked.post(PIXELS, json=ROWS).json()["threshold"] is None


@pytest.mark.parametrize("threshold", ["-0.1", "1.1", "nan", "inf", "high", ""])
def test_a_threshold_is_a_probability(asked: httpx.Client, threshold: str) -> None:
    answer = asked.post(PIXELS, params={"threshold": threshold}, json=ROWS)
    expect_problem(answer, 422, "invalid_parameter")
    assert answer.json()["errors"][0]["parameter"] == "threshold"


def test_lines_are_answered_with_all_that_too(asked: httpx.Client) -> None:
    url = "/v1/models/pixels/aliases/next/predict?threshold=0.9&top=1"
    answer = asked.post(url, content=lines(ROW), headers={"content-type": "application/x-ndjson"})
    own = probability(ROW, 2 * WEIGHT)
    unsure = asked.post(url, json=ROWS).json()["unsure"]
    assert answer.json() == {
        "line": 1, "model": "pixels", "version": 2, "alias": "next", "fingerprint": HERE,
        "threshold": 0.9, "label": "other", "probability": pytest.approx(1 - own),
        "probabilities": {"cat": pytest.approx(own)}, "warnings": [],
        "decision": "other", "confidence": None, "reason": None, "unsure": unsure,
    }  # fmt: skip
