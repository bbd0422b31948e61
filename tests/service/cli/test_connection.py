"""Whatever goes wrong on the way to the service has a sentence, what to do, and an exit code."""

import pytest
from typer.testing import CliRunner

from service.cli.main import app
from tests.service.cli.command import NOWHERE, Purr
from tests.service.cli.fake_service import FakeService


@pytest.mark.parametrize("url", ["localhost:8000", "http://localhost:port", "ftp://localhost"])
def test_what_is_no_address_is_exit_code_3(url: str) -> None:
    result = CliRunner().invoke(app, ["jobs"], env={"PURR_URL": url})
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr.startswith(
        f"Expected an address such as http://127.0.0.1:8000, got {url!r}"
    )
    assert result.stderr.endswith(". See PURR_URL and PURR_API_KEY.\n")


def test_a_secret_in_an_address_is_not_shown() -> None:
    result = CliRunner().invoke(app, ["jobs"], env={"PURR_URL": "http://me:secret@127.0.0.1:1"})
    assert (result.exit_code, "secret" in result.output) == (3, False)


def test_a_key_that_cannot_be_shown_is_exit_code_3() -> None:
    env = {"PURR_URL": NOWHERE, "PURR_API_KEY": "kätzchen"}
    result = CliRunner().invoke(app, ["jobs"], env=env)
    assert (result.exit_code, "kätzchen" in result.output) == (3, False)
    assert "PURR_API_KEY" in result.stderr


def test_an_address_where_nothing_answers_says_what_to_do() -> None:
    result = CliRunner().invoke(app, ["jobs"], env={"PURR_URL": NOWHERE})
    assert result.stderr.startswith(f"No answer from {NOWHERE} (")
    assert result.stderr.endswith(
        "). Start the service with `purr up`, or say in PURR_URL where it runs.\n"
    )


def test_a_server_that_speaks_otherwise_is_exit_code_3(purr: Purr, fake: FakeService) -> None:
    fake.say("GET /v1/jobs/job_1", b"<html>Welcome to nginx</html>")
    result = purr("show", "job_1")
    assert (result.exit_code, result.stderr) == (
        3,
        f"Expected JSON from {fake.url}, got something else. Check PURR_URL.\n",
    )


def test_a_proxy_that_refuses_is_told_by_its_status(purr: Purr, fake: FakeService) -> None:
    fake.say("GET /v1/jobs/job_1", b"<html>Forbidden</html>", status=403, kind="text/html")
    result = purr("show", "job_1")
    assert (result.exit_code, result.stderr) == (
        1,
        f"{fake.url}/v1/jobs/job_1 answered 403 Forbidden and no reason. Check PURR_URL. "
        "(http_403)\n",
    )


def test_places_of_a_request_are_told_in_place_of_the_sentence(
    purr: Purr, fake: FakeService
) -> None:
    errors = [
        {"pointer": "/epochs", "detail": "Expected 1 or more."},
        {"parameter": "state", "detail": "No."},
    ]
    problem = {"code": "invalid_parameter", "detail": "Two are wrong.", "errors": errors}
    fake.refuse("GET /v1/jobs/job_1", 422, problem)
    assert purr("show", "job_1").stderr.splitlines() == [
        "/epochs: Expected 1 or more. (invalid_parameter)",
        "state: No. (invalid_parameter)",
    ]


def test_what_is_busy_is_asked_again(purr: Purr, fake: FakeService) -> None:
    fake.refuse("POST /v1/jobs/job_1/cancel", 503, {"code": "queue_unavailable", "detail": "x"})
    fake.say("POST /v1/jobs/job_1/cancel", {"id": "job_1"})
    assert purr("cancel", "job_1", "--json").stdout == '{"id": "job_1"}\n'


def test_a_submission_that_is_sent_again_is_the_same_one(purr: Purr, fake: FakeService) -> None:
    fake.refuse("POST /v1/jobs", 503, {"code": "acceptance_unknown", "detail": "x"})
    fake.say("POST /v1/jobs", {"id": "job_1"}, status=202)
    purr("train", "--dataset", "ds_1", "--no-follow", "--json")
    first, second = (each.headers["Idempotency-Key"] for each in fake.asked("POST"))
    assert first == second
