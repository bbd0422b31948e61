"""The command `purr`: what it says, and how it ends."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from service import __version__
from service.cli.main import app
from tests.service.cli.command import NOWHERE, PURR, Purr
from tests.service.cli.fake_service import FakeService
from tests.service.cli.sample_answers import BESIDES, DATASET, EPOCH, READING


@pytest.mark.parametrize("command", READING)
def test_json_is_exactly_what_the_api_said(purr: Purr, fake: FakeService, command: str) -> None:
    path, answer = READING[command]
    # No serializer of ours would write these bytes.
    raw = json.dumps(answer, indent=3, sort_keys=True).encode() + b"  "
    fake.say(f"GET {path}", raw)
    result = purr(*command.split(), "--json")
    assert (result.exit_code, result.stdout_bytes) == (0, raw + b"\n")


@pytest.mark.parametrize("command", READING)
def test_what_a_person_reads_is_plain_text_with_no_line_cut(
    purr: Purr, fake: FakeService, command: str
) -> None:
    for path, answer in filter(None, (READING[command], BESIDES.get(command))):
        fake.say(f"GET {path}", answer)
    result = purr(*command.split())
    assert result.exit_code == 0
    assert "\x1b" not in result.stdout
    assert "…" not in result.stdout


@pytest.mark.parametrize("command", READING)
def test_a_service_that_cannot_be_reached_is_exit_code_3(command: str) -> None:
    result = CliRunner().invoke(app, command.split(), env={"PURR_URL": NOWHERE})
    assert (result.exit_code, result.stdout) == (3, "")
    assert "purr up" in result.stderr


@pytest.mark.parametrize("command", READING)
def test_a_refusal_is_exit_code_1_and_its_sentence(
    purr: Purr, fake: FakeService, command: str
) -> None:
    path, _ = READING[command]
    fake.refuse(f"GET {path}", 404, {"code": "not_there", "detail": "No such thing."})
    result = purr(*command.split())
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "No such thing. (not_there)\n"


@pytest.mark.parametrize(
    "arguments",
    [
        "jobs --limit 0",
        "show",
        "metrics job_1 --csv --json",
        "evaluation job_1 --version 2",
        "weights cats --json --output -",
        "webhooks replay",
        "keys create shop",
        "keys create shop --scope write",
        "keys create shop --scope read --days 0",
        "predict cats /nowhere/cat.png",
        "train --hidden 20,many",
        "train --batch-size some",
        "train --spec /nowhere/job.json",
        "datasets upload /nowhere/train.h5",
        "worker --queue other",
        "worker",
        "api",
        "up --port many",
        "up --port 70000",
        "up --host 0.0.0.0",
        "fly",
    ],
)
def test_wrong_usage_is_exit_code_2_and_no_traceback(purr: Purr, arguments: str) -> None:
    result = purr(*arguments.split())
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Traceback" not in result.stderr
    assert result.stderr != ""


def test_a_setting_that_cannot_be_used_is_named() -> None:
    result = CliRunner().invoke(app, ["api"], env={"PURR_PORT": "70000"})
    assert result.exit_code == 2
    assert result.stderr.startswith("PURR_PORT: ")


def test_a_worker_with_a_folder_of_kernels_that_is_open_to_others_does_not_start(
    tmp_path: Path,
) -> None:
    tmp_path.chmod(0o777)
    env = os.environ | {"PURR_KERNEL_DIR": str(tmp_path), "PURR_REDIS_URL": "unix:///nowhere"}
    answer = subprocess.run([*PURR, "worker"], capture_output=True, text=True, env=env, timeout=60)
    assert answer.returncode == 3
    assert f"others can write to {tmp_path}: delete it" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_folder_that_cannot_be_made_is_wrong_usage_and_no_traceback() -> None:
    command = [*PURR, "sketches", "/dev/null/sketches"]
    answer = subprocess.run(command, capture_output=True, text=True)
    assert answer.returncode == 2
    assert "/dev/null" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_reader_that_has_seen_enough_is_no_error(fake: FakeService) -> None:
    rows = [EPOCH] * 2_000
    fake.say("GET /v1/jobs/job_1/metrics", {"data": rows, "next": None})
    command = [*PURR, "metrics", "job_1"]
    env = os.environ | {"PURR_URL": fake.url}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=env, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""


def test_sketches_are_not_drawn_over_other_files(purr: Purr, tmp_path: Path) -> None:
    (tmp_path / "train.h5").write_text("mine")
    assert purr("sketches", tmp_path).exit_code == 2
    assert (tmp_path / "train.h5").read_text() == "mine"


def test_sketches_are_two_files_and_two_pictures(purr: Purr, tmp_path: Path) -> None:
    result = purr("sketches", tmp_path / "new")
    paths = [tmp_path / "new" / name for name in ("train.h5", "test.h5", "cat.png", "other.png")]
    assert result.stdout.splitlines() == [str(path) for path in paths]
    assert all(path.is_file() for path in paths)


def test_the_version_is_the_package_s() -> None:
    assert CliRunner().invoke(app, ["--version"]).stdout == f"purr {__version__}\n"


def test_every_command_has_a_sentence_of_help() -> None:
    result = CliRunner().invoke(app, ["--help"])
    lines = result.stdout.partition("Commands:")[2].strip().splitlines()
    assert len(lines) > 10
    assert all(len(line.split()) > 2 for line in lines if line.strip())


def test_help_waits_for_no_heavy_library() -> None:
    heavy = "{'httpx', 'numpy', 'pydantic', 'h5py', 'redis', 'fastapi'} & {*sys.modules}"
    code = f"import sys; import service.cli.main; print({heavy} or 'none')"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert answer.stdout == "none\n", answer.stderr


def test_names_are_printed_as_they_are(purr: Purr, fake: FakeService) -> None:
    fake.say("GET /v1/datasets/ds_1", DATASET)
    assert "[red]non-cat[/red], :cat:" in purr("datasets", "show", "ds_1").stdout


def test_control_codes_in_a_name_do_not_reach_the_terminal(purr: Purr, fake: FakeService) -> None:
    fake.say("GET /v1/datasets/ds_1", DATASET | {"name": "\x1b[2Jgone\x07"})
    assert (
        "\N{REPLACEMENT CHARACTER}[2Jgone\N{REPLACEMENT CHARACTER}"
        in purr("datasets", "show", "ds_1").stdout
    )
