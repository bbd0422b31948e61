"""Keys by the command: made, rotated, revoked; the secret alone in the last line."""

import json

from tests.service.cli.command import Purr
from tests.service.cli.fake_service import FakeService
from tests.service.cli.sample_answers import KEY

SECRET = "purr_1_2"
NEW = {**KEY, "key": SECRET}


def test_a_key_is_made_and_its_secret_is_the_last_line(purr: Purr, fake: FakeService) -> None:
    fake.say("POST /v1/keys", NEW, 201)
    asked = ["keys", "create", "the-shop", "--scope", "predict", "--scope", "read"]
    asked += ["--days", "2", "--per-minute", "60"]
    result = purr(*asked)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == SECRET
    assert "never shown again" in result.stderr
    assert json.loads(fake.requests[-1].body) == {
        "name": "the-shop",
        "scopes": ["predict", "read"],
        "lasts_s": 2 * 86_400,
        "per_minute": 60,
    }
    assert json.loads(purr(*asked, "--json").stdout) == NEW
    purr("keys", "create", "the-shop", "--scope", "admin")
    assert json.loads(fake.requests[-1].body)["lasts_s"] is None


def test_a_key_is_rotated(purr: Purr, fake: FakeService) -> None:
    fake.say("POST /v1/keys/key_1/rotate", NEW)
    result = purr("keys", "rotate", "key_1", "--old-lasts", "3")
    assert result.stdout.splitlines()[-1] == SECRET
    assert json.loads(fake.requests[-1].body) == {"old_lasts_s": 3 * 3_600}


def test_a_key_is_revoked(purr: Purr, fake: FakeService) -> None:
    fake.say("DELETE /v1/keys/key_1", b"", 204)
    result = purr("keys", "revoke", "key_1")
    assert (result.exit_code, result.stdout) == (0, "key_1 is revoked.\n")


def test_a_key_that_is_not_sent_twice(purr: Purr, fake: FakeService) -> None:
    problem = {"code": "acceptance_unknown", "detail": "It may be made or not."}
    fake.refuse("POST /v1/keys", 503, problem)
    assert purr("keys", "create", "a", "--scope", "read").exit_code == 1
    assert len(fake.asked("POST")) == 1
