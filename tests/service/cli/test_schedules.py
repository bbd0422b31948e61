"""`purr schedules`."""

import json
from pathlib import Path

import pytest

from service.openapi.example_schedules import SCHEDULE_ID, retraining, schedules
from tests.service.cli.command import Purr
from tests.service.cli.fake_service import FakeService

DATASET, JOB = "ds_" + "1" * 32, "job_" + "2" * 32
ANSWERS = schedules(DATASET, JOB)
PATH = f"/v1/schedules/{SCHEDULE_ID}"


def test_a_dataset_may_be_named(purr: Purr, fake: FakeService, tmp_path: Path) -> None:
    named = {"id": DATASET, "name": "pictures", "state": "ready"}
    fake.say("GET /v1/datasets", {"data": [named], "next": None})
    fake.say("POST /v1/schedules", ANSWERS["submit_schedule"], 201)
    file = tmp_path / "schedule.json"
    file.write_text(json.dumps(retraining("pictures")))
    done = purr("schedules", "create", file)
    assert done.exit_code == 0, done.output
    assert json.loads(fake.asked("POST")[0].body) == retraining(DATASET)
    assert ["schedule", SCHEDULE_ID] in [line.split() for line in done.stdout.splitlines()]


def test_what_became_of_its_jobs_is_shown(purr: Purr, fake: FakeService) -> None:
    fake.say(f"GET {PATH}", ANSWERS["show_schedule"])
    lines = [line.split() for line in purr("schedules", "show", SCHEDULE_ID).stdout.splitlines()]
    assert lines[1] == [
        "2026-11-30T02:00:00Z", JOB, "succeeded", "cats", "1", "cats", "2", "yes", "0",
    ]  # fmt: skip
    assert ["when", "0", "3", "*", "*", "MON", "Europe/Berlin"] in lines


def test_why_the_last_job_was_refused_is_said(purr: Purr, fake: FakeService) -> None:
    shown = ANSWERS["show_schedule"]
    problem = {"code": "invalid_parameter", "detail": "It does not fit."}
    refused = {**shown["firings"][0], "job": None, "state": "failed", "problem": problem}
    waits = {"cron": None, "time_zone": "UTC", "on": "dataset_version"}
    fake.say(f"GET {PATH}", {**shown, "when": waits, "firings": [refused]})
    done = purr("schedules", "show", SCHEDULE_ID)
    assert "refused" in done.stdout
    assert "It does not fit. (invalid_parameter)" in done.stdout
    assert "dataset_version" in done.stdout


def test_they_are_listed(purr: Purr, fake: FakeService) -> None:
    new = {**ANSWERS["submit_schedule"], "id": "sch_" + "3" * 32}
    fired = ANSWERS["show_schedule"]
    fake.say("GET /v1/schedules", {"data": [new, fired], "next": None})
    rows = [line.split() for line in purr("schedules", "list").stdout.splitlines()]
    assert rows[1][:3] == [new["id"], "active", "cats"]
    assert rows[2][-2:] == [JOB, "succeeded"]


@pytest.mark.parametrize("move", ["pause", "resume"])
def test_moves(purr: Purr, fake: FakeService, move: str) -> None:
    fake.say(f"POST {PATH}/{move}", ANSWERS[f"{move}_schedule"])
    done = purr("schedules", move, SCHEDULE_ID)
    assert done.exit_code == 0
    assert ANSWERS[f"{move}_schedule"]["state"] in done.stdout


def test_one_is_deleted(purr: Purr, fake: FakeService) -> None:
    fake.say(f"DELETE {PATH}", b"", 204)
    done = purr("schedules", "delete", SCHEDULE_ID)
    assert (done.exit_code, f"{SCHEDULE_ID} is deleted." in done.stderr) == (0, True)
