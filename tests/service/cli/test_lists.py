"""Lists: how far they go, what they say of what went wrong, and what names stand for."""

from typing import Any

import pytest

from tests.service.cli.command import Purr
from tests.service.cli.fake_service import FakeService
from tests.service.cli.sample_answers import (
    AUDIT,
    DATASET,
    JOB,
    KEY,
    LIMITS,
    MODEL,
    RECIPES,
    TRASHED,
    VERSION,
    WEBHOOK,
)

LISTS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "datasets list": ("/v1/datasets", "data", DATASET),
    "jobs": ("/v1/jobs", "data", JOB),
    "models list": ("/v1/models", "data", MODEL),
    "models show cats": ("/v1/models/cats", "versions", VERSION),
    "webhooks list": ("/v1/webhooks", "data", WEBHOOK),
    "keys list": ("/v1/keys", "data", KEY),
    "audit": ("/v1/audit", "data", AUDIT),
}
PROBLEM = {"code": "corrupt_file", "detail": "It is cut short."}


@pytest.mark.parametrize("command", LISTS)
def test_a_list_that_is_cut_says_that_there_is_more(
    purr: Purr, fake: FakeService, command: str
) -> None:
    path, rows, row = LISTS[command]
    fake.say(f"GET {path}", {rows: [row] * 2, "next": "c"})
    result = purr(*command.split(), "--limit", "2")
    assert result.exit_code == 0
    assert result.stdout.count("\n") >= 3
    assert result.stderr.startswith("There are more; ")
    assert "--all" in result.stderr


@pytest.mark.parametrize("command", LISTS)
@pytest.mark.parametrize(("as_json", "least"), [([], 121), (["--json"], 3)])
def test_all_of_a_list_is_every_page(
    purr: Purr, fake: FakeService, command: str, as_json: list[str], least: int
) -> None:
    path, rows, row = LISTS[command]
    for number in range(3):
        fake.say(f"GET {path}", {rows: [row] * 40, "next": "c" if number < 2 else None})
    result = purr(*command.split(), "--all", *as_json)
    assert (result.exit_code, result.stderr) == (0, "")
    assert len(fake.requests) == 3
    assert len(result.stdout.splitlines()) >= least


def test_where_the_total_is_known_it_says_how_many_more(purr: Purr, fake: FakeService) -> None:
    fake.say("GET /v1/models/cats", MODEL | {"total": 7, "next": "3"})
    result = purr("models", "show", "cats", "--limit", "1")
    assert result.stderr.startswith("6 more are there; ")


def test_pages_shorter_than_was_asked_for_do_not_end_a_list(purr: Purr, fake: FakeService) -> None:
    fake.say("GET /v1/jobs", {"data": [JOB], "next": "job_1"})
    fake.say("GET /v1/jobs", {"data": [JOB | {"id": "job_0"}], "next": None})
    result = purr("jobs")
    assert "job_0" in result.stdout
    assert result.stderr == ""


def test_a_list_says_why_a_dataset_was_rejected(purr: Purr, fake: FakeService) -> None:
    rejected = DATASET | {"id": "ds_2", "state": "rejected", "problem": PROBLEM, "splits": None}
    fake.say("GET /v1/datasets", {"data": [rejected, DATASET], "next": None})
    lines = purr("datasets", "list").stdout.splitlines()
    assert lines[-1] == "ds_2  It is cut short. (corrupt_file)"
    assert sum("ds_1" in line for line in lines) == 1


def test_a_list_says_why_a_job_failed(purr: Purr, fake: FakeService) -> None:
    problem = {"code": "diverged", "detail": "The cost is infinite."}
    failed = JOB | {"id": "job_2", "state": "failed", "problem": problem, "result": None}
    fake.say("GET /v1/jobs", {"data": [failed, JOB], "next": None})
    assert purr("jobs").stdout.splitlines()[-1] == "job_2  The cost is infinite. (diverged)"


def test_a_rejected_dataset_shows_why(purr: Purr, fake: FakeService) -> None:
    fake.say("GET /v1/datasets/ds_1", DATASET | {"state": "rejected", "problem": PROBLEM})
    assert "It is cut short. (corrupt_file)" in purr("datasets", "show", "ds_1").stdout


def test_a_list_says_why_a_webhook_was_not_delivered(purr: Purr, fake: FakeService) -> None:
    fake.say("GET /v1/webhooks", {"data": [WEBHOOK], "next": None})
    lines = purr("webhooks", "list").stdout.splitlines()
    assert lines[-1] == "msg_1  Expected a status from 200 to 299, got 503."


@pytest.mark.parametrize(
    ("command", "route", "answer"),
    [
        ("datasets show cats --json", "GET /v1/datasets/ds_1", DATASET),
        ("show cats", "GET /v1/jobs/job_1", JOB),
        ("cancel cats", "POST /v1/jobs/job_1/cancel", JOB),
        ("stop cats", "POST /v1/jobs/job_1/stop", JOB),
        ("pause cats", "POST /v1/jobs/job_1/pause", JOB),
        ("resume cats", "POST /v1/jobs/job_1/resume", JOB),
        ("metrics cats", "GET /v1/jobs/job_1/metrics", {"data": [], "next": None}),
        ("metrics cats --json", "GET /v1/jobs/job_1/metrics", {"data": [], "next": None}),
        ("retry cats --no-follow", "POST /v1/jobs/job_1/retry", JOB | {"changes": []}),
        ("webhooks list --job cats", "GET /v1/webhooks", {"data": [WEBHOOK], "next": None}),
        ("webhooks replay msg_1", "POST /v1/webhooks/msg_1/replay", WEBHOOK),
    ],
)
def test_a_name_is_taken_where_an_id_is(
    purr: Purr, fake: FakeService, command: str, route: str, answer: dict[str, Any]
) -> None:
    other = JOB | {"id": "job_0", "spec": {"model": "dogs"}}
    fake.say("GET /v1/datasets", {"data": [DATASET], "next": None})
    fake.say("GET /v1/jobs", {"data": [other, JOB], "next": None})
    fake.say(route, answer)
    result = purr(*command.split())
    assert result.exit_code == 0, result.stderr
    method, path = route.split()
    last = fake.requests[-1]
    assert (last.method, last.target.partition("?")[0]) == (method, path)


def test_an_import_is_cancelled_by_its_name(purr: Purr, fake: FakeService) -> None:
    importing = DATASET | {"id": "ds_2", "state": "importing"}
    fake.say("GET /v1/datasets", {"data": [DATASET, importing], "next": None})
    fake.say("POST /v1/datasets/ds_2/cancel", importing | {"state": "cancelled"})
    assert "cancelled" in purr("datasets", "cancel", "cats").stdout


def test_a_dataset_is_deleted_by_its_name(purr: Purr, fake: FakeService) -> None:
    fake.say("GET /v1/datasets", {"data": [DATASET], "next": None})
    fake.say(f"DELETE /v1/datasets/{DATASET['id']}", b"", status=204)
    result = purr("datasets", "delete", "cats")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"{DATASET['id']} is deleted.\n"


def test_who_deletes_a_dataset_hears_until_when_it_can_be_restored(
    purr: Purr, fake: FakeService
) -> None:
    fake.say("DELETE /v1/datasets/ds_1", b"", status=204)
    fake.say("GET /v1/datasets/ds_1", TRASHED)
    assert purr("datasets", "delete", "ds_1").stderr == (
        "ds_1 is deleted; until 2026-01-08T00:00:00Z `purr datasets restore` brings it back.\n"
    )


def test_the_trash_is_listed_apart_with_sizes_and_times(purr: Purr, fake: FakeService) -> None:
    fake.say("GET /v1/datasets", {"data": [TRASHED], "next": None})
    head, row = purr("datasets", "list", "--trash").stdout.splitlines()
    assert head.split() == ["id", "name", "state", "rows", "size", "until"]
    assert row.split() == ["ds_1", "cats", "trashed", "209", "2.451", "MiB", "2026-01-08T00:00:00Z"]
    assert "state=trashed" in fake.requests[-1].target


def test_a_dataset_is_restored_by_its_name(purr: Purr, fake: FakeService) -> None:
    fake.say("GET /v1/datasets", {"data": [TRASHED], "next": None})
    fake.say("POST /v1/datasets/ds_1/restore", DATASET)
    assert "ready" in purr("datasets", "restore", "cats").stdout
    fake.answers["GET /v1/datasets"].clear()
    fake.say("GET /v1/datasets", {"data": [], "next": None})
    refused = purr("datasets", "restore", "dogs").stderr.replace("\n", " ")
    assert "that is trashed, got dogs. `purr datasets list --trash` shows them." in refused


def test_a_dataset_that_is_needed_is_not_deleted_and_the_reason_shown(
    purr: Purr, fake: FakeService
) -> None:
    reason = {"code": "conflict", "detail": "Expected a dataset that no job needs."}
    fake.say("GET /v1/datasets", {"data": [DATASET], "next": None})
    fake.refuse(f"DELETE /v1/datasets/{DATASET['id']}", 409, reason)
    result = purr("datasets", "delete", "cats")
    assert result.exit_code == 1
    assert reason["detail"] in result.stderr.replace("\n", " ")


def test_limits_say_bytes_in_a_unit_for_people(purr: Purr, fake: FakeService) -> None:
    fake.say("GET /v1/limits", LIMITS)
    assert purr("limits").stdout.splitlines() == [
        "max_attempts      3",
        "max_upload_bytes  2147483648 (2 GiB)",
        "max_json_bytes    100",
    ]


def test_what_is_not_ready_is_exit_code_1_and_the_reason(purr: Purr, fake: FakeService) -> None:
    detail = "Expected redis, store and workers, but these are away: redis."
    fake.refuse("GET /readyz", 503, {"code": "not_ready", "detail": detail})
    result = purr("ready")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"{detail} (not_ready)\n"


def test_recipes_say_what_they_have_reached(purr: Purr, fake: FakeService) -> None:
    fake.say("GET /v1/recipes", {"data": RECIPES, "next": None})
    lines = purr("recipes").stdout.splitlines()
    assert "not measured" in next(line for line in lines if line.startswith("classic"))
    assert "98.0% on sketches in 1.5 min" in " ".join(lines)


@pytest.mark.parametrize(
    ("network", "told"),
    [
        ({"hidden_units": []}, "none"),
        ({"kind": "convolutional", "blocks": [{"filters": 8}, {"filters": 9}]}, "8, 9 filters"),
        ({"kind": "layers", "layers": [{}, {}]}, "2 layers"),
    ],
)
def test_versions_say_what_network_they_are(
    purr: Purr, fake: FakeService, network: dict[str, object], told: str
) -> None:
    version = VERSION | {"spec": {"network": network}}
    fake.say("GET /v1/models/cats", {"versions": [version], "total": 1, "next": None})
    assert told in purr("models", "show", "cats").stdout
