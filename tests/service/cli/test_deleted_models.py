"""Models and versions that are deleted and restored, as the command tells it."""

from tests.service.cli.command import Purr
from tests.service.cli.fake_service import FakeService
from tests.service.cli.sample_answers import MODEL, VERSION

UNTIL = "2026-01-08T00:00:00Z"
TRASHED = VERSION | {"bytes": 2048, "trashed_until": UNTIL}
VERSIONS = "GET /v1/models/cats/versions"


def test_a_version_is_deleted_and_it_is_told_until_when_it_can_be_restored(
    purr: Purr, fake: FakeService
) -> None:
    fake.say("DELETE /v1/models/cats/versions/3", b"", 204)
    fake.say(VERSIONS, {"data": [TRASHED], "next": None})
    result = purr("models", "delete", "cats", "3")
    assert (result.exit_code, result.stdout) == (0, "")
    assert (
        result.stderr.split()
        == (
            f"Version 3 of cats is deleted; until {UNTIL} `purr models restore` brings it back."
        ).split()
    )
    assert "state=trashed&limit=1&after=4" in fake.requests[-1].target


def test_a_model_goes_for_good_where_no_trash_keeps_it(purr: Purr, fake: FakeService) -> None:
    fake.say("DELETE /v1/models/cats", b"", 204)
    fake.refuse(VERSIONS, 404, {"code": "model_not_found", "detail": "It is gone."})
    assert purr("models", "delete", "cats").stderr == "cats is deleted.\n"


def test_why_one_is_not_deleted(purr: Purr, fake: FakeService) -> None:
    problem = {"code": "conflict", "detail": "It is champion."}
    fake.refuse("DELETE /v1/models/cats/versions/3", 409, problem)
    result = purr("models", "delete", "cats", "3")
    assert (result.exit_code, result.stderr) == (1, "It is champion. (conflict)\n")


def test_what_is_restored_is_shown(purr: Purr, fake: FakeService) -> None:
    fake.say("POST /v1/models/cats/restore", MODEL)
    fake.say("POST /v1/models/cats/versions/3/restore", VERSION)
    for arguments in (["cats"], ["cats", "3"]):
        result = purr("models", "restore", *arguments)
        assert (result.exit_code, "80.0 %" in result.stdout) == (0, True)


def test_the_trash_is_listed_with_its_sizes(purr: Purr, fake: FakeService) -> None:
    model = MODEL | {"total": 2, "versions": [TRASHED]}
    fake.say("GET /v1/models", {"data": [model], "next": None})
    fake.say(VERSIONS, {"data": [TRASHED], "next": None})
    lines = purr("models", "list", "--trash").stdout.splitlines()
    assert lines[1].split() == ["cats", "2", "3", "2", "KiB", UNTIL]
    lines = purr("models", "show", "cats", "--trash").stdout.splitlines()
    assert lines[1].split() == ["3", "2", "KiB", UNTIL]
    assert all("state=trashed" in request.target for request in fake.requests)
