"""`purr score`."""

from pathlib import Path

import pytest

from service.cli.commands.score import KINDS
from tests.service.cli.command import Purr
from tests.service.cli.fake_service import FakeService
from worker.jsontypes import Json

SCORING: Json = {
    "id": "pred_1",
    "state": "succeeded",
    "model": {"name": "cats", "version": 3},
    "dataset": "ds_1",
    "progress": None,
    "problem": None,
    "result": {
        "rows": 50,
        "splits": {
            "test": {"rows": 50, "predicted": {"non-cat": 17, ":cat:": 33}, "unsure": 4,
                     "labelled_rows": 50, "accuracy": 0.8, "accuracy_interval": [0.669, 0.888]},
        },
    },
}  # fmt: skip
HALF = {"phase": "scoring", "percent": 50.0}


@pytest.fixture
def service(fake: FakeService) -> FakeService:
    fake.say("POST /v1/predictions", SCORING | {"state": "queued"}, 202)
    fake.say("GET /v1/predictions/pred_1", SCORING | {"state": "running", "progress": HALF})
    fake.say("GET /v1/predictions/pred_1", SCORING)
    return fake


def test_it_waits_and_says_what_the_answers_come_to(purr: Purr, service: FakeService) -> None:
    done = purr("score", "cats", "ds_1", "--split", "test")
    assert done.exit_code == 0, done.output
    assert "Scoring: 50 %  scoring" in done.stderr
    assert done.stdout.splitlines()[-1].split("  ")[-1].strip() == "33 :cat:, 17 non-cat"
    assert "80.0 % [66.9 %, 88.8 %]" in done.stdout
    assert b'"split":"test"' in service.asked("POST")[0].body.replace(b" ", b"")


@pytest.mark.parametrize(
    ("name", "more", "form"),
    [("a.parquet", [], "parquet"), ("a", [], "csv"), ("a.csv", ["--format", "ndjson"], "ndjson")],
)
def test_a_file_has_the_form_that_its_name_or_an_option_says(
    purr: Purr, service: FakeService, tmp_path: Path, name: str, more: list[str], form: str
) -> None:
    service.say("GET /v1/predictions/pred_1/results", b"all of it\n", kind=KINDS[form])
    done = purr("score", "cats", "ds_1", "-o", tmp_path / name, *more)
    assert done.exit_code == 0, done.output
    assert (tmp_path / name).read_bytes() == b"all of it\n"
    assert service.asked("GET")[-1].headers["Accept"] == KINDS[form]
    assert done.stdout.splitlines()[-1] == str(tmp_path / name)


def test_standard_output_has_the_rows_alone(purr: Purr, service: FakeService) -> None:
    service.say("GET /v1/predictions/pred_1/results", b"row\n0\n", kind=KINDS["csv"])
    assert purr("score", "cats", "ds_1", "-o", "-").stdout == "row\n0\n"


def test_what_failed_says_why(purr: Purr, fake: FakeService) -> None:
    problem = {"code": "insufficient_storage", "detail": "The disk is full."}
    failed = SCORING | {"state": "failed", "problem": problem, "result": None}
    fake.say("POST /v1/predictions", failed, 202)
    fake.say("GET /v1/predictions/pred_1", failed)
    done = purr("score", "cats", "ds_1")
    assert (done.exit_code, "The disk is full." in done.stderr) == (1, True)


def test_another_form_is_refused_before_anything_is_asked(purr: Purr, fake: FakeService) -> None:
    done = purr("score", "cats", "ds_1", "--format", "xlsx")
    assert (done.exit_code, fake.requests) == (2, [])


def test_a_file_or_a_folder_is_sent_to_be_answered_for(
    purr: Purr, service: FakeService, tmp_path: Path
) -> None:
    service.say("POST /v1/predictions", SCORING | {"state": "queued"}, 202)
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "a.png").write_bytes(b"a picture")
    for path in (f"{photos}/", photos / "a.png"):
        done = purr("score", "cats", path, "--top", "1")
        assert done.exit_code == 0, done.output
        sent = service.asked("POST")[-1]
        assert "model=cats" in sent.target
        assert "top=1" in sent.target
        assert b"a picture" in sent.body
    done = purr("score", "cats", photos / "a.png", "--split", "test")
    assert done.exit_code == 2


def test_rows_without_an_answer_are_counted(purr: Purr, fake: FakeService) -> None:
    split = SCORING["result"]["splits"]["test"] | {"problems": 2}
    odd = {"code": "values_up_to_1", "severity": "warning", "message": "No value is above 1."}
    result = {"rows": 50, "splits": {"upload": split}, "warnings": [odd]}
    ended = SCORING | {"dataset": None, "result": result}
    fake.say("POST /v1/predictions", ended, 202)
    fake.say("GET /v1/predictions/pred_1", ended)
    done = purr("score", "cats", "ds_1")
    assert "2 of 50 rows of upload have a problem" in done.stdout
    assert "No value is above 1." in done.stdout
