"""What a shell completes: names as the service has them, in a moment or not at all."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from service.cli import completion
from service.cli.main import app
from tests.service.cli.command import NOWHERE
from tests.service.cli.fake_service import FakeService


def page(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"data": list(rows), "next": None}


@pytest.fixture
def service(fake: FakeService, monkeypatch: pytest.MonkeyPatch) -> FakeService:
    """One that has jobs, models and datasets, on a machine with other work to do."""
    monkeypatch.setattr(completion, "WITHIN_S", 60)
    monkeypatch.setenv("PURR_URL", fake.url)
    monkeypatch.setenv("PURR_API_KEY", "secret")
    fake.say("GET /v1/jobs", page(*({"id": f"job_{n}", "state": "queued"} for n in (2, 1))))
    fake.say("GET /v1/models", page(*({"name": name, "newest": 1} for name in ("cats", "dogs"))))
    pets = [{"id": f"ds_{n}", "name": "pets", "state": "ready"} for n in (2, 1)]
    fake.say("GET /v1/datasets", page(*pets))
    return fake


def said_to_a_shell(*words: str) -> dict[str, str]:
    """What a shell says that wants these words completed, of which the last is being typed."""
    return {
        "_PURR_COMPLETE": "complete_bash",
        "COMP_WORDS": " ".join(("purr", *words)),
        "COMP_CWORD": str(len(words)),
    }


def completed(*words: str) -> list[str]:
    result = CliRunner().invoke(app, [], env=said_to_a_shell(*words), prog_name="purr")
    assert result.stderr == ""
    return result.stdout.split()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("show", "job_"), ["job_2", "job_1"]),
        (("metrics", "ca"), ["cats"]),
        (("predict", "d"), ["dogs"]),
        (("datasets", "show", "pe"), ["pets"]),
        (("datasets", "show", "ds_"), ["ds_2", "ds_1"]),
        (("jobs", "wa"), ["watch"]),
        (("compare", "cats", "job_1"), ["job_1"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_shell_completes_what_is_there(
    service: FakeService, words: tuple[str, ...], told: list[str]
) -> None:
    assert completed(*words) == told


@pytest.mark.parametrize(("words", "told"), [(("show", "job_"), ""), (("jobs", "wa"), "watch")])
def test_a_service_that_is_not_there_is_no_reason_to_say_anything(
    words: tuple[str, ...], told: str
) -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("purr")],
        env=os.environ | said_to_a_shell(*words) | {"PURR_URL": NOWHERE},
        capture_output=True, text=True,
    )  # fmt: skip
    assert (done.stdout.strip(), done.stderr) == (told, "")


@pytest.mark.parametrize("url", ["localhost", "http://me:secret@127.0.0.1:1"])
def test_an_address_that_is_none_is_no_reason_either(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("PURR_URL", url)
    assert completion.models("") == []


def test_a_refusal_is_no_reason_either(service: FakeService) -> None:
    service.answers.clear()
    service.refuse("GET /v1/models", 401, {"code": "unauthenticated", "detail": "No."})
    assert completion.models("") == []


def test_the_key_is_shown(service: FakeService) -> None:
    assert completion.models("") == ["cats", "dogs"]
    assert service.requests[0].headers["Authorization"] == "Bearer secret"


@pytest.mark.usefixtures("service")
def test_one_that_takes_its_time_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(completion, "WITHIN_S", 0)
    assert completion.models("") == []


@pytest.mark.parametrize(
    "name", ["$(rm -rf ~)", "a;b", "a b", "a\nb", "`x`", "-rf", "\x1b[2J", "../x", "kätzchen"]
)
def test_a_name_that_a_shell_would_take_otherwise_is_left_out(
    service: FakeService, name: str
) -> None:
    service.answers.clear()
    rows = [{"id": "ds_1", "name": each, "state": "ready"} for each in (name, "pets")]
    service.say("GET /v1/datasets", page(*rows))
    assert completion.datasets("") == ["pets", "ds_1"]


def test_no_more_than_the_newest_are_asked_for(service: FakeService) -> None:
    service.answers.clear()
    rows = [{"id": f"job_{n}", "state": "queued"} for n in range(100)]
    service.say("GET /v1/jobs", {"data": rows, "next": "more"})
    assert len(completion.jobs("job_")) == completion.MOST
    assert len(service.requests) == 1
