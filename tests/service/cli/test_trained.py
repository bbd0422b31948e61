"""`purr evaluation`, `purr weights` and the confusions that `purr show` and `purr train` show."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from safetensors.numpy import load

from service.launcher.launcher import Launcher
from tests.service.api import Api
from tests.service.cli.command import PURR, Purr
from tests.service.cli.fake_service import FakeService
from tests.service.cli.sample_answers import ERRORS, EVALUATION, JOB, MODEL, VERSION

WEIGHTS = "GET /v1/models/cats/versions/3/weights.safetensors"
BINARY = "application/octet-stream"
NAMED: dict[str, Any] = {"non-cat": {}, "cat": {}}


def job_with(confusion: list[list[int]] | None, per_class: dict[str, Any] | None) -> dict[str, Any]:
    test = {"loss": 0.5, "accuracy": 0.8, "confusion": confusion, "per_class": per_class}
    return JOB | {"result": {"train": None, "validation": None, "test": test}}


def purr_in(folder: Path, url: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    env = os.environ | {"PURR_URL": url}
    return subprocess.run([*PURR, *arguments], cwd=folder, env=env, capture_output=True)


def test_a_confusion_says_which_class_is_which(purr: Purr, fake: FakeService) -> None:
    fake.say("GET /v1/jobs/job_1", job_with([[12, 5], [5, 28]], NAMED))
    assert purr("show", "job_1").stdout.splitlines()[-4:] == [
        "test: rows true, columns answered",
        "         non-cat  cat",
        "non-cat       12    5",
        "cat            5   28",
    ]


def test_classes_that_nothing_names_go_by_their_numbers(purr: Purr, fake: FakeService) -> None:
    fake.say("GET /v1/jobs/job_1", job_with([[12, 5], [5, 28]], None))
    assert purr("show", "job_1").stdout.splitlines()[-3:] == ["    0   1", "0  12   5", "1   5  28"]


def test_of_many_classes_the_largest_confusions_are_listed(purr: Purr, fake: FakeService) -> None:
    confusion = [[5 if true == answered else 0 for answered in range(21)] for true in range(21)]
    for true, answered, count in [(3, 4, 2), (2, 1, 2), (20, 0, 9)]:
        confusion[true][answered] = count
    per_class = {f"class {number}": {"precision": 1.0, "recall": 1.0} for number in range(21)}
    scores = {"accuracy": 0.9, "confusion": confusion, "per_class": per_class}
    fake.say("GET /v1/jobs/job_1/evaluation", {"train": None, "validation": None, "test": scores})
    assert purr("evaluation", "job_1").stdout.splitlines()[-5:] == [
        "test: the largest 3 of 3 confusions",
        "true      answered  rows",
        "class 20  class 0   9 of 14",
        "class 2   class 1   2 of 7",
        "class 3   class 4   2 of 7",
    ]


def test_a_confusion_wider_than_the_terminal_is_a_list(fake: FakeService) -> None:
    names = [letter * 30 for letter in "abc"]
    confusion = [[5, 1, 0], [0, 5, 0], [0, 0, 5]]
    fake.say("GET /v1/jobs/job_1", job_with(confusion, {name: {} for name in names}))
    env = os.environ | {"PURR_URL": fake.url, "TERM": "xterm", "COLUMNS": "100"}
    screen, terminal = os.openpty()
    subprocess.run([*PURR, "show", "job_1"], env=env, stdout=terminal, stderr=terminal)
    os.close(terminal)
    drawn = os.read(screen, 100_000).decode()
    os.close(screen)
    assert "the largest 1 of 1 confusions" in drawn
    assert "1 of 6" in drawn


def test_where_confusions_are_left_out_the_command_that_has_them_is_named(
    purr: Purr, fake: FakeService
) -> None:
    fake.say("GET /v1/jobs/job_1", job_with(None, None))
    assert "`purr evaluation job_1`" in purr("show", "job_1").stderr


def test_a_model_s_evaluation_is_that_of_its_newest_version(purr: Purr, fake: FakeService) -> None:
    fake.say("GET /v1/models/cats", MODEL)
    fake.say("GET /v1/models/cats/versions/3/evaluation", EVALUATION)
    lines = [line.split() for line in purr("evaluation", "cats").stdout.splitlines()]
    assert ["class", "train", "precision", "train", "recall"] in lines
    assert [":cat:", "0.8182", "0.9"] in lines
    assert [":cat:", "1", "9"] in lines


def test_weights_become_a_file_of_every_byte(fake: FakeService, tmp_path: Path) -> None:
    weights = bytes(range(256)) * 2_000
    fake.say("GET /v1/models/cats", MODEL)
    fake.say(WEIGHTS, weights, kind=BINARY)
    done = purr_in(tmp_path, fake.url, "weights", "cats")
    assert (done.returncode, done.stdout) == (0, b"cats-3.safetensors\n")
    assert [path.name for path in tmp_path.iterdir()] == ["cats-3.safetensors"]
    assert (tmp_path / "cats-3.safetensors").read_bytes() == weights


def test_a_file_is_replaced_only_by_force(fake: FakeService, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    fake.say(WEIGHTS, b"weights", kind=BINARY)
    command = ("weights", "cats", "--version", "3", "--output", "mine")
    refused = purr_in(tmp_path, fake.url, *command)
    assert refused.returncode == 2
    assert b"--force" in refused.stderr
    assert b"Traceback" not in refused.stderr
    assert (tmp_path / "mine").read_text() == "mine"
    assert fake.requests == []
    assert purr_in(tmp_path, fake.url, *command, "--force").returncode == 0
    assert (tmp_path / "mine").read_text() == "weights"


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
def test_what_is_no_file_is_not_replaced_even_by_force(
    fake: FakeService, tmp_path: Path, make: Callable[[Path], None]
) -> None:
    make(tmp_path / "mine")
    kind = (tmp_path / "mine").stat().st_mode
    fake.say(WEIGHTS, b"weights", kind=BINARY)
    command = ("weights", "cats", "--version", "3", "--output", "mine", "--force")
    assert purr_in(tmp_path, fake.url, *command).returncode == 2
    assert [path.stat().st_mode for path in tmp_path.iterdir()] == [kind]


def test_weights_that_end_too_early_are_no_file(
    purr: Purr, fake: FakeService, tmp_path: Path
) -> None:
    fake.say(WEIGHTS, b"half of the weights", kind=BINARY)
    fake.cut = 5
    result = purr("weights", "cats", "--version", "3", "--output", tmp_path / "mine")
    assert result.exit_code == 3
    assert list(tmp_path.iterdir()) == []


def test_weights_that_are_refused_are_no_file(
    purr: Purr, fake: FakeService, tmp_path: Path
) -> None:
    fake.refuse(WEIGHTS, 404, {"code": "model_not_found", "detail": "No such version."})
    result = purr("weights", "cats", "--version", "3", "--output", tmp_path / "mine")
    assert result.exit_code == 1
    assert list(tmp_path.iterdir()) == []


def test_weights_go_to_standard_output_as_they_are(purr: Purr, fake: FakeService) -> None:
    fake.say(WEIGHTS, b"\x00\x01weights", kind=BINARY)
    result = purr("weights", "cats", "--version", "3", "--output", "-")
    assert (result.exit_code, result.stdout_bytes) == (0, b"\x00\x01weights")


def test_weights_as_json_are_what_is_said_of_the_version(
    purr: Purr, fake: FakeService, tmp_path: Path
) -> None:
    raw = json.dumps(VERSION, indent=3).encode()
    fake.say(WEIGHTS, b"weights", kind=BINARY)
    fake.say("GET /v1/models/cats/versions/3", raw)
    mine = tmp_path / "mine"
    result = purr("weights", "cats", "--version", "3", "--output", mine, "--json")
    assert result.stdout_bytes == raw + b"\n"
    assert mine.read_bytes() == b"weights"


@pytest.fixture(scope="module")
def trained(api: Api, dataset: str) -> dict[str, Any]:
    """A job of a real service that made the first version of a model."""
    return api.train(dataset=dataset, model="carried", epochs=2)


def test_what_a_real_service_measured_is_shown(
    api: Api, launcher: Launcher, trained: dict[str, Any], dataset: str, tmp_path: Path
) -> None:
    said = [
        purr_in(tmp_path, launcher.address, "evaluation", name).stdout.decode()
        for name in (trained["id"], "carried")
    ]
    assert said[0] == said[1]
    title = "test: rows true, columns answered"
    header, *rows = (line.split() for line in said[0].partition(title)[2].splitlines()[1:])
    assert header == api.http.get(f"/v1/datasets/{dataset}").json()["classes"]
    assert [row[0] for row in rows] == header
    counts = [[int(count) for count in row[1:]] for row in rows]
    assert counts == trained["result"]["test"]["confusion"]


def test_a_job_of_a_real_service_goes_by_its_model_s_name(
    launcher: Launcher, trained: dict[str, Any], tmp_path: Path
) -> None:
    shown = purr_in(tmp_path, launcher.address, "show", "carried", "--json")
    assert json.loads(shown.stdout)["id"] == trained["id"]


@pytest.mark.usefixtures("trained")
def test_the_weights_of_a_real_service_are_taken_home(launcher: Launcher, tmp_path: Path) -> None:
    taken = purr_in(tmp_path, launcher.address, "weights", "carried")
    assert taken.stdout == b"carried-1.safetensors\n"
    piped = purr_in(tmp_path, launcher.address, "weights", "carried", "--output", "-").stdout
    assert piped == (tmp_path / "carried-1.safetensors").read_bytes()
    assert load(piped)["W1"].shape[0] == 12288


def test_what_was_answered_wrong_is_listed_and_what_looks_mislabelled_is_marked(
    purr: Purr, fake: FakeService
) -> None:
    fake.say("GET /v1/models/cats", MODEL)
    fake.say("GET /v1/models/cats/versions/3/errors", {**ERRORS, "next": "1"})
    result = purr("errors", "cats", "--true", "cat", "--limit", "1")
    assert "test 17 cat-17.jpg cat other 97.1 % *" in " ".join(result.stdout.split())
    assert "There are more" in result.stderr
    assert fake.requests[-1].target.endswith("/errors?split=test&true=cat&limit=1")


def test_their_pictures_are_drawn_into_a_file_that_is_not_replaced_unasked(
    purr: Purr, fake: FakeService, tmp_path: Path
) -> None:
    fake.say("GET /v1/models/cats/versions/2/errors.png", b"a sheet", kind="image/png")
    sheet = tmp_path / "errors.png"
    asked = "errors", "cats", "--version", "2", "--predicted", "a b", "--sheet", str(sheet)
    assert purr(*asked).stdout.split() == [str(sheet)]
    assert sheet.read_bytes() == b"a sheet"
    assert fake.requests[-1].target.endswith("/errors.png?split=test&predicted=a+b")
    assert purr(*asked).exit_code != 0
    assert purr(*asked, "--force").exit_code == 0
