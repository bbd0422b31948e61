"""`purr sweep` and `purr sweeps`."""

import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from service.cli import terminal
from service.cli.terminal import live_table
from service.openapi.example_sweeps import SAID, SWEEP_ID, sweeps
from tests.service.cli.command import Purr
from tests.service.cli.fake_service import FakeService
from worker.jsontypes import Json

DATASET = "ds_" + "1" * 32
ANSWERS = sweeps(DATASET, "job_" + "2" * 32)
BEGUN, OVER = ANSWERS["submit_sweep"], ANSWERS["show_sweep"]
PATH = f"/v1/sweeps/{SWEEP_ID}"
ASKED: Json = {"spec": {"dataset": DATASET}, "vary": {"epochs": {"values": [1, 2]}}}


@pytest.fixture
def service(fake: FakeService) -> FakeService:
    half = {**BEGUN, "candidates": {"succeeded": 1, "running": 1}}
    fake.say("POST /v1/sweeps", BEGUN, 202)
    for answer in (half, OVER):
        fake.say(f"GET {PATH}", answer)
    return fake


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "sweep.json"
    path.write_text(json.dumps(ASKED))
    return path


def test_it_is_watched_to_its_end(purr: Purr, service: FakeService, file: Path) -> None:
    done = purr("sweep", file)
    assert done.exit_code == 0, done.output
    assert json.loads(service.asked("POST")[0].body) == ASKED
    assert "Sweep: 50 %  1 succeeded, 1 running" in done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert lines[1][:7] == ["1", "0", "learning_rate", "0.001", "succeeded", "best", "0.1529"]
    assert lines[2][5] == "tied"
    assert SAID in done.stdout
    assert ["model", "cats", "3"] in lines


def test_a_dataset_may_be_named(purr: Purr, service: FakeService, file: Path) -> None:
    named = {"id": DATASET, "name": "pictures", "state": "ready"}
    service.say("GET /v1/datasets", {"data": [named], "next": None})
    file.write_text(json.dumps({**ASKED, "spec": {"dataset": "pictures"}}))
    assert purr("sweep", file, "--no-follow").exit_code == 0
    assert json.loads(service.asked("POST")[0].body) == ASKED


def test_one_that_failed_says_why(purr: Purr, service: FakeService, file: Path) -> None:
    problem = {"code": "diverged", "detail": "All of them diverged."}
    failed = {**OVER, "state": "failed", "problem": problem, "refit": None}
    service.say(f"GET {PATH}", failed)
    purr("sweep", file)
    done = purr("sweep", file)
    assert (done.exit_code, "All of them diverged." in done.stderr) == (1, True)


def test_what_is_no_json_is_refused_before_anything_is_asked(
    purr: Purr, fake: FakeService, file: Path
) -> None:
    file.write_text("{")
    assert (purr("sweep", file).exit_code, fake.requests) == (2, [])


@pytest.mark.parametrize("move", ["cancel", "pause", "resume"])
def test_moves(purr: Purr, fake: FakeService, move: str) -> None:
    fake.say(f"POST {PATH}/{move}", ANSWERS[f"{move}_sweep"])
    done = purr("sweeps", move, SWEEP_ID)
    assert done.exit_code == 0
    assert ("requested" in done.stdout) == (move != "resume")


def test_shown_watched_and_listed(purr: Purr, service: FakeService) -> None:
    service.say("GET /v1/sweeps", ANSWERS["list_sweeps"])
    assert "No candidate is measured yet." in purr("sweeps", "show", SWEEP_ID).stdout
    assert SAID in purr("sweeps", "watch", SWEEP_ID).stdout
    rows = [line.split() for line in purr("sweeps", "list").stdout.splitlines()]
    assert rows[1][:5] == [SWEEP_ID, "succeeded", "grid", "2/2", "cats"]


def test_on_a_terminal_the_leaderboard_is_drawn_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    written = StringIO()
    console = Console(file=written, force_terminal=True, width=80, height=6)
    monkeypatch.setattr(terminal, "_console", lambda stderr=False: console)
    with live_table("Sweep", ("rank", "state")) as show:
        show(50, "1 running", [(1, "running"), (2, "waiting"), (3, "waiting")])
    assert "running" in written.getvalue()
    assert "waiting" in written.getvalue()
    assert " 3 " not in written.getvalue()  # there is no room for it
    assert "Sweep: 50 %  1 running" in written.getvalue()
