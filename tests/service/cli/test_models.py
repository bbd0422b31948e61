"""Which version of a model answers, as the command tells it and changes it."""

import json
from typing import Any

import pytest

from tests.service.cli.command import Purr
from tests.service.cli.fake_service import FakeService
from tests.service.cli.sample_answers import JOB, MODEL, VERSION

CHAMPION = "/v1/models/cats/aliases/champion"
GUARD: dict[str, Any] = {
    "allowed": False,
    "reasons": ["It is worse than the champion."],
    "comparisons": [
        {
            "on": "ds_1",
            "rows": 2_000,
            "champion_right": 1_600,
            "candidate_right": 700,
            "both": 600,
            "only_champion": 1_000,
            "only_candidate": 100,
            "p": 3.25e-9,
        }
    ],
    "not_compared": [],
}
ALIAS = {"alias": "champion", "version": 3, "before": 1, "guard": GUARD}


def test_a_version_is_promoted_and_it_is_told_how_it_was_compared(
    purr: Purr, fake: FakeService
) -> None:
    fake.say(f"PUT {CHAMPION}", ALIAS)
    result = purr("models", "promote", "cats", "3", "--force", "--reason", "It is small.")
    assert (result.exit_code, result.stdout) == (0, "champion is version 3, before 1\n")
    told = " ".join(result.stderr.split())
    assert "Of 2,000 test rows of ds_1, version 3 answers 700 right" in told
    assert "the one before 1,600 (p = 3.3e-09)" in told
    assert "It is worse than the champion." in told
    [asked] = fake.asked("PUT")
    assert json.loads(asked.body) == {"version": 3, "force": True, "reason": "It is small."}


def test_a_version_that_is_refused_is_an_error_that_says_why(purr: Purr, fake: FakeService) -> None:
    problem = {"code": "promotion_refused", "detail": "It is worse.", "guard": GUARD}
    fake.refuse(f"PUT {CHAMPION}", 409, problem)
    result = purr("models", "promote", "cats", "3")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "It is worse. (promotion_refused)\n"
    assert json.loads(fake.asked("PUT")[0].body)["force"] is False


def test_a_rollback_says_which_version_answers_again(purr: Purr, fake: FakeService) -> None:
    back = ALIAS | {"version": 1, "before": 3, "guard": None}
    fake.say(f"POST {CHAMPION}/rollback", back)
    result = purr("models", "rollback", "cats")
    assert (result.exit_code, result.stdout) == (0, "champion is version 1, before 3\n")
    assert result.stderr == ""


@pytest.mark.parametrize("arguments", [["promote", "cats", "3"], ["rollback", "cats"]])
def test_with_json_it_is_what_the_service_said(
    purr: Purr, fake: FakeService, arguments: list[str]
) -> None:
    for route in (f"PUT {CHAMPION}", f"POST {CHAMPION}/rollback"):
        fake.say(route, ALIAS)
    result = purr("models", *arguments, "--json")
    assert json.loads(result.stdout) == ALIAS
    assert result.stderr == ""


def test_a_star_marks_the_champion_alone(purr: Purr, fake: FakeService) -> None:
    versions = [
        VERSION | {"version": 3, "aliases": ["staging"]},
        VERSION | {"version": 2, "aliases": ["champion", "old"]},
        VERSION | {"version": 1, "aliases": []},
    ]
    fake.say("GET /v1/models/cats", MODEL | {"versions": versions})
    lines = purr("models", "show", "cats", "--json").stdout, purr("models", "show", "cats").stdout
    assert json.loads(lines[0])["versions"] == versions
    assert [line.split()[0] for line in lines[1].splitlines() if "*" in line] == ["2"]


@pytest.mark.parametrize(
    ("promoted", "told"), [(True, "yes"), (False, "no: It is worse than the champion.")]
)
def test_a_job_says_whether_its_model_answers(
    purr: Purr, fake: FakeService, promoted: bool, told: str
) -> None:
    fake.say("GET /v1/jobs/job_1", JOB | {"promotion": {**GUARD, "promoted": promoted}})
    words = " ".join(purr("show", "job_1").stdout.split())
    assert f"champion {told}" in words


@pytest.mark.parametrize(
    ("about", "told"),
    [
        (None, "never: trained_before"),
        ({"enabled": False, "reason": "no_validation_rows"}, "never: no_validation_rows"),
        (
            {"enabled": True, "low_confidence": {"limit": 0.8}, "far_from_training": None},
            "low confidence",
        ),
    ],
)
def test_a_version_says_when_it_is_unsure(
    purr: Purr, fake: FakeService, about: Any, told: str
) -> None:
    fake.say("GET /v1/models/cats", MODEL | {"versions": [VERSION | {"unsure": about}]})
    assert told in purr("models", "show", "cats").stdout


def test_a_champion_may_answer_by_a_threshold(purr: Purr, fake: FakeService) -> None:
    fake.say(f"PUT {CHAMPION}", ALIAS | {"operating_point": {"threshold": 0.2, "unsure": True}})
    result = purr("models", "promote", "cats", "3", "--threshold", "0.2")
    assert result.stdout == "champion is version 3, before 1, by the threshold 0.2\n"
    assert json.loads(fake.asked("PUT")[0].body)["threshold"] == 0.2
