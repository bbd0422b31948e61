"""Notes and tags, as the command sets them and filters by them."""

import json

import pytest

from tests.service.cli.command import Purr
from tests.service.cli.fake_service import FakeService
from tests.service.cli.sample_answers import DATASET, JOB, MODEL
from worker.jsontypes import Json

LABELS = {"notes": "For the shop.", "tags": ["live", "small"]}
EMPTY: Json = {"data": [], "next": None}
THINGS = {
    "label job_1": ("/v1/jobs/job_1", JOB),
    "datasets label ds_1": ("/v1/datasets/ds_1", DATASET),
    "models label cats": ("/v1/models/cats", MODEL),
}


@pytest.mark.parametrize("command", THINGS)
def test_they_are_set_and_shown(purr: Purr, fake: FakeService, command: str) -> None:
    path, thing = THINGS[command]
    fake.say(f"PATCH {path}", thing | LABELS)
    result = purr(*command.split(), "--tag", "live", "--tag", "small", "--notes", "For the shop.")
    assert result.exit_code == 0, result.stderr
    assert "live, small" in result.stdout
    assert "For the shop." in result.stdout
    purr(*command.split(), "--no-tags")
    assert [json.loads(asked.body) for asked in fake.requests] == [LABELS, {"tags": []}]


def test_nothing_to_set_or_both_at_once_is_wrong_usage(purr: Purr, fake: FakeService) -> None:
    for options in ([], ["--no-tags", "--tag", "a"]):
        assert purr("label", "job_1", *options).exit_code == 2
    assert fake.requests == []


@pytest.mark.parametrize(
    ("command", "path", "query"),
    [
        ("jobs --tag a --tag b --model cats --dataset ds_1", "jobs",
         "model=cats&dataset=ds_1&tag=a&tag=b&"),
        ("datasets list --tag a", "datasets", "tag=a&"),
        ("models list --tag a --dataset ds_1", "models", "dataset=ds_1&tag=a&"),
    ],
)  # fmt: skip
def test_lists_are_filtered(
    purr: Purr, fake: FakeService, command: str, path: str, query: str
) -> None:
    fake.say(f"GET /v1/{path}", EMPTY)
    assert purr(*command.split()).exit_code == 0
    assert query in fake.requests[-1].target


def test_tags_are_listed(purr: Purr, fake: FakeService) -> None:
    for path, thing in (("jobs", JOB), ("datasets", DATASET), ("models", MODEL)):
        fake.say(f"GET /v1/{path}", EMPTY | {"data": [thing | LABELS]})
    for command in ("jobs", "datasets list", "models list"):
        assert "live, small" in purr(*command.split()).stdout.splitlines()[1]
