"""`purr cancel`, `stop`, `pause`, `resume` and `retry`."""

import json
from typing import Any

import pytest

from tests.service.cli.command import Purr
from tests.service.cli.fake_service import FakeService
from tests.service.cli.sample_answers import JOB


@pytest.mark.parametrize(
    ("asking", "state"),
    [("cancel", "cancelled"), ("stop", "running"), ("pause", "paused"), ("resume", "queued")],
)
def test_asking_shows_what_became_of_the_job(
    purr: Purr, fake: FakeService, asking: str, state: str
) -> None:
    fake.say(f"POST /v1/jobs/job_1/{asking}", JOB | {"state": state})
    result = purr(asking, "job_1")
    assert result.exit_code == 0
    assert state in result.stdout


@pytest.mark.parametrize(
    ("options", "body"),
    [
        ("", {"findings": "all", "patch": []}),
        ("--finding one_class_only", {"findings": ["one_class_only"], "patch": []}),
        (
            "--set epochs=9 --set optimizer.learning_rate=0.1",
            {
                "patch": [
                    {"op": "add", "path": "/epochs", "value": 9},
                    {"op": "add", "path": "/optimizer/learning_rate", "value": 0.1},
                ]
            },
        ),
    ],
)
def test_a_retry_says_what_it_changes(
    purr: Purr, fake: FakeService, options: str, body: dict[str, Any]
) -> None:
    changes = [{"path": "/epochs", "before": 2, "after": 9}]
    again = JOB | {"id": "job_2", "changes": changes}
    fake.say("POST /v1/jobs/job_1/retry", again, status=202)
    fake.say("GET /v1/jobs/job_2", again)
    result = purr("retry", "job_1", *options.split())
    assert result.exit_code == 0
    assert json.loads(fake.asked("POST")[0].body) == body
    assert "/epochs: 2 → 9" in result.stderr
