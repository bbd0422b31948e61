"""`purr lesson`: one step of a training in a terminal."""

import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.pager import SystemPager

from service.cli import terminal
from service.cli.render.lesson import lesson_in_lines, numbers_in_lines
from service.schemas.lessons import Lesson
from tests.service.cli.command import NOWHERE, Purr
from tests.service.cli.fake_service import FakeService
from worker.operations.lesson_examples import dense

JOB, DATASET = "job_" + "1" * 32, "ds_" + "1" * 32
FOUND: dict[str, Any] = Lesson.of(dense(), 2).model_dump()


def test_two_small_networks_need_no_service(purr: Purr, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PURR_URL", NOWHERE)
    result = purr("lesson")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    first = lines.index("Z1 = A0 W1 + b1   4 × 2")
    assert lines[first + 1] == "  24 multiplications; kept; goes into A1, dZ1"
    assert [round(float(each), 3) for each in lines[first + 2].split()] == [0.305, -0.567]
    assert (
        "  8 multiplications; from behind: dA1; from the way there: Z1, A1; goes into dW1, db1"
        in (lines)
    )
    assert "W1 ← W1 − α dW1   3 × 2" in lines
    assert "Multiplications: 32 forward, 48 back, and 104 back if nothing had been kept." in lines
    assert "Z1 = Σ A0(i, j) W1[i, j] + b1   4 × 2 × 2 × 1" in lines
    assert "  [3, i, j, 0]" in lines  # the last of four pictures
    assert "  [i, j, 0, 0]" in lines  # the one kernel
    assert lines[
        lines.index("J = −(1/m) Σ [Y log ŷ + (1 − Y) log(1 − ŷ)]   a number") + 1
    ].strip() == ("0.6324")


def test_as_json_each_is_a_line(purr: Purr) -> None:
    found = [
        json.loads(line) for line in purr("lesson", "--json", "--most", "1").stdout.splitlines()
    ]
    assert [each["arrays"][0]["shape"] for each in found] == [[4, 3], [4, 3, 3, 1]]
    assert found[0]["arrays"][0]["numbers"] == [[1.0]]


def test_of_a_job(purr: Purr, fake: FakeService) -> None:
    fake.say("GET /v1/lessons/step", FOUND)
    result = purr("lesson", "--job", JOB, "--most", "2")
    assert result.stdout == "".join(f"{line}\n" for line in lesson_in_lines(FOUND))
    assert "  the first 2 × 2 numbers" in result.stdout.splitlines()
    assert fake.requests[-1].target == f"/v1/lessons/step?job={JOB}&most=2"


def test_of_a_spec(purr: Purr, fake: FakeService, tmp_path: Path) -> None:
    fake.say("POST /v1/lessons/step", FOUND)
    spec = tmp_path / "spec.json"
    spec.write_text(json.dumps({"dataset": DATASET, "epochs": 3}))
    result = purr("lesson", "--spec", str(spec), "--json")
    assert json.loads(result.stdout) == json.loads(json.dumps(FOUND))
    assert json.loads(fake.requests[-1].body) == {"dataset": DATASET, "epochs": 3}
    assert purr("lesson", "--spec", str(spec), "--job", JOB).exit_code == 2
    spec.write_text("[]")
    assert purr("lesson", "--spec", str(spec)).exit_code == 2


def test_what_has_three_sides_or_no_numbers(purr: Purr) -> None:
    kernel = [[[1.0, 2.0], [3.0, None]]]
    assert [line.split() for line in numbers_in_lines("dW1", [1, 2, 2], kernel)] == [
        ["[i,", "j,", "0]"], ["1", "3"], ["[i,", "j,", "1]"], ["2", "–"],
    ]  # fmt: skip


def test_on_a_terminal_it_comes_by_the_pager(purr: Purr, monkeypatch: pytest.MonkeyPatch) -> None:
    paged: list[str] = []
    monkeypatch.setattr(SystemPager, "show", lambda pager, text: paged.append(text))
    monkeypatch.setattr(terminal, "_console", lambda: Console(force_terminal=True))
    terminal.say_paged(["a", "b\x1b[2J"])
    assert paged == ["a\nb\N{REPLACEMENT CHARACTER}[2J\n"]
