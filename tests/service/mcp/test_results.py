"""What is said of an answer, by the examples of the API."""

import json
from copy import deepcopy
from typing import Any

import pytest
from pydantic_core import to_json

from service.mcp.dispatch import Reply
from service.mcp.results import MOST_PICTURE_BYTES, result_of, told
from service.mcp.tools import TOOLS, Tool
from service.openapi.examples import ANSWERS, QUEUED, RUNNING
from tests.service.mcp.speaking import texts, words

JOB = TOOLS["show_job"]
EXAMPLES = [
    pytest.param(tool, name, id=f"{tool.name}-{name}")
    for tool in TOOLS.values()
    for name in tool.operations
    if name in ANSWERS
]


@pytest.mark.parametrize(("tool", "operation"), EXAMPLES)
def test_every_answer_has_words_or_json_that_a_model_can_read(tool: Tool, operation: str) -> None:
    result = result_of(tool, Reply(200, "application/json", to_json(ANSWERS[operation])))
    assert not result.is_error
    assert json.loads(texts(result)[-1]) == result.structured_content
    assert sum(map(len, texts(result))) < 2 * tool.most


@pytest.mark.parametrize(
    ("job", "said"),
    [
        (QUEUED, f"{QUEUED['id']}: queued, at place 1 of the queue."),
        (
            RUNNING,
            "running.\nEpoch 40 of 100, cost 0.21, accuracy 93.0 %, some 1 s left.",
        ),
        ({**RUNNING, "requested": "stop"}, f"{RUNNING['id']}: running, asked to stop."),
        (
            {**RUNNING, "progress": {**RUNNING["progress"], "loss": None, "eta_s": None}},
            f"{RUNNING['id']}: running.\nEpoch 40 of 100.",
        ),
        (
            {**QUEUED, "state": "failed", "problem": {"code": "diverged", "detail": "It did."}},
            "problem: It did. (diverged)",
        ),
    ],
    ids=["queued", "running", "asked", "beginning", "failed"],
)
def test_a_job_is_told_in_words(job: Any, said: str) -> None:
    assert said in words(told(JOB, deepcopy(job)))


def test_an_answer_that_may_be_unsure_says_why() -> None:
    row = {
        "label": "cat", "probability": 0.6, "decision": "unsure",
        "reason": {"code": "low_confidence"},
    }  # fmt: skip
    answer = {"model": "cats", "version": 1, "predictions": [row], "warnings": []}
    said = words(told(TOOLS["predict"], answer))
    assert said.endswith("0: unsure (low_confidence), cat with probability 0.6000")


def test_a_picture_that_is_too_large_is_none() -> None:
    reply = Reply(200, "image/png", bytes(MOST_PICTURE_BYTES + 1))
    result = result_of(TOOLS["look_at_dataset"], reply)
    assert result.is_error
    assert "Ask for fewer rows" in words(result)


@pytest.mark.parametrize("body", [b"", b"oops", b"{}", b"[]"])
def test_a_refusal_without_a_problem_is_one_all_the_same(body: bytes) -> None:
    result = result_of(JOB, Reply(502, "text/plain", body))
    assert result.is_error
    assert "502" in words(result)
