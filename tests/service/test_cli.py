import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from typer.testing import CliRunner, Result

from service import __version__
from service.cli import app
from tests.service.peer import Peer

Purr: TypeAlias = Callable[..., Result]

NOWHERE = "http://127.0.0.1:1"
PURR = (sys.executable, "-c", "from service.cli import main; main()")

JOB: dict[str, Any] = {
    "id": "job_1",
    "state": "succeeded",
    "requested": None,
    "spec": {"dataset": "ds_1", "model": "cats"},
    "model": {"name": "cats", "version": 3},
    "progress": {
        "epoch": 2,
        "epochs": 2,
        "percent": 100.0,
        "eta_s": 0.0,
        "rows_per_s": 9.0,
        "loss": 0.25,
        "accuracy": 0.985,
    },
    "attempt": 1,
    "queue_position": None,
    "created_at": "2026-01-01T00:00:00Z",
    "started_at": "2026-01-01T00:00:00Z",
    "finished_at": "2026-01-01T00:00:01Z",
    "problem": None,
    "result": {
        "train": {"loss": 0.25, "accuracy": 0.985},
        "validation": None,
        "test": {
            "loss": 0.5,
            "accuracy": 0.8,
            "accuracy_interval": [0.669, 0.888],
            "confusion": [[12, 5], [5, 28]],
        },
    },
}
DATASET: dict[str, Any] = {
    "id": "ds_1",
    "name": "cats",
    "state": "ready",
    "kind": "images",
    "classes": ["[red]non-cat[/red]", ":cat:"],
    "shape": [64, 64, 3],
    "splits": {"train": {"rows": 209, "per_class": [137, 72]}},
    "digest": "sha256:0",
    "findings": [{"code": "few_rows", "severity": "warning", "message": "Few rows."}],
    "problem": None,
}
EPOCH = {"epoch": 2, "loss": 0.25, "accuracy": 0.985, "seconds": 0.1}
VERSION = {
    "name": "cats",
    "version": 3,
    "created_at": "2026-01-01T00:00:01Z",
    "job": "job_1",
    "spec": {"network": {"hidden_units": [20, 7, 5]}},
    "classes": ["non-cat", "cat"],
    "result": JOB["result"],
}
MODEL = {"name": "cats", "newest": 3, "versions": [VERSION]}
READING = {
    "datasets list": ("/v1/datasets", {"data": [DATASET], "next": None}),
    "datasets show ds_1": ("/v1/datasets/ds_1", DATASET),
    "jobs": ("/v1/jobs", {"data": [JOB], "next": None}),
    "show job_1": ("/v1/jobs/job_1", JOB),
    "metrics job_1": ("/v1/jobs/job_1/metrics", {"data": [EPOCH], "next": None}),
    "models": ("/v1/models", {"data": [MODEL], "next": None}),
    "models cats": ("/v1/models/cats", MODEL),
}


@pytest.fixture
def purr(peer: Peer) -> Purr:
    """The command, run in this process against the peer."""

    def run(*arguments: str | Path, stdin: str | None = None) -> Result:
        env = {"PURR_URL": peer.url, "PURR_REDIS_URL": None, "COLUMNS": "40"}
        return CliRunner().invoke(app, [str(part) for part in arguments], input=stdin, env=env)

    return run


@pytest.fixture
def trainable(peer: Peer) -> Peer:
    """A peer where a job runs for a moment and then succeeds."""
    peer.say("POST /v1/jobs", JOB | {"state": "queued", "progress": None}, status=202)
    peer.say("GET /v1/jobs/job_1", JOB | {"state": "queued", "progress": None, "queue_position": 1})
    peer.say("GET /v1/jobs/job_1", JOB)
    return peer


@pytest.mark.parametrize("command", READING)
def test_json_is_exactly_what_the_api_said(purr: Purr, peer: Peer, command: str) -> None:
    path, answer = READING[command]
    # No serializer of ours would write these bytes.
    raw = json.dumps(answer, indent=3, sort_keys=True).encode() + b"  "
    peer.say(f"GET {path}", raw)
    result = purr(*command.split(), "--json")
    assert (result.exit_code, result.stdout_bytes) == (0, raw + b"\n")


@pytest.mark.parametrize("command", READING)
def test_what_a_person_reads_is_plain_text_with_no_line_cut(
    purr: Purr, peer: Peer, command: str
) -> None:
    path, answer = READING[command]
    peer.say(f"GET {path}", answer)
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
def test_a_refusal_is_exit_code_1_and_its_sentence(purr: Purr, peer: Peer, command: str) -> None:
    path, _ = READING[command]
    peer.refuse(f"GET {path}", 404, {"code": "not_there", "detail": "No such thing."})
    result = purr(*command.split())
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "No such thing. (not_there)\n"


@pytest.mark.parametrize(
    "arguments",
    [
        "jobs --limit 0",
        "show",
        "metrics job_1 --csv --json",
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


def test_a_folder_that_cannot_be_made_is_wrong_usage_and_no_traceback() -> None:
    command = [*PURR, "sketches", "/dev/null/sketches"]
    answer = subprocess.run(command, capture_output=True, text=True)
    assert answer.returncode == 2
    assert "/dev/null" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_reader_that_has_seen_enough_is_no_error(peer: Peer) -> None:
    rows = [EPOCH] * 2_000
    peer.say("GET /v1/jobs/job_1/metrics", {"data": rows, "next": None})
    command = [*PURR, "metrics", "job_1"]
    env = os.environ | {"PURR_URL": peer.url}
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
    code = f"import sys; import service.cli; print({heavy} or 'none')"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert answer.stdout == "none\n", answer.stderr


def test_names_are_printed_as_they_are(purr: Purr, peer: Peer) -> None:
    peer.say("GET /v1/datasets/ds_1", DATASET)
    assert "[red]non-cat[/red], :cat:" in purr("datasets", "show", "ds_1").stdout


def test_control_codes_in_a_name_do_not_reach_the_terminal(purr: Purr, peer: Peer) -> None:
    peer.say("GET /v1/datasets/ds_1", DATASET | {"name": "\x1b[2Jgone\x07"})
    assert (
        "\N{REPLACEMENT CHARACTER}[2Jgone\N{REPLACEMENT CHARACTER}"
        in purr("datasets", "show", "ds_1").stdout
    )


def test_a_refused_spec_shows_each_field(purr: Purr, peer: Peer) -> None:
    errors = [
        {"pointer": "/network/hidden_units/0", "detail": "Expected 1 or more, got 0."},
        {"pointer": "/epochs", "detail": "Expected 1 or more, got -1."},
    ]
    problem = {"code": "invalid_parameter", "detail": "Two fields are wrong.", "errors": errors}
    peer.refuse("POST /v1/jobs", 422, problem)
    result = purr("train", "--dataset", "ds_1", "--hidden", "0", "--epochs", "-1")
    assert result.exit_code == 1
    assert result.stderr == (
        "/network/hidden_units/0: Expected 1 or more, got 0. (invalid_parameter)\n"
        "/epochs: Expected 1 or more, got -1. (invalid_parameter)\n"
    )


@pytest.mark.parametrize(
    ("options", "spec"),
    [
        ("", {}),
        ("--hidden none", {"network": {"hidden_units": []}}),
        ("--learning-rate 0.5", {"optimizer": {"kind": "adam", "learning_rate": 0.5}}),
        ("--optimizer sgd --batch-size all", {"optimizer": {"kind": "sgd"}, "batch_size": "all"}),
        (
            "--model cats --hidden 20,7,5 --activation relu --initializer he --normalization scale "
            "--batch-size 64 --epochs 9 --seed 2 --device gpu --precision tf32",
            {
                "model": "cats",
                "network": {"hidden_units": [20, 7, 5], "activation": "relu", "initializer": "he"},
                "normalization": "scale",
                "batch_size": 64,
                "epochs": 9,
                "seed": 2,
                "device": "gpu",
                "precision": "tf32",
            },
        ),
    ],
)
def test_only_the_given_options_are_in_the_spec(
    purr: Purr, trainable: Peer, options: str, spec: dict[str, Any]
) -> None:
    result = purr("train", "--no-follow", "--dataset", "ds_1", *options.split())
    assert result.exit_code == 0
    assert json.loads(trainable.asked("POST")[0].body) == {"dataset": "ds_1"} | spec


def test_options_outrank_a_spec_from_standard_input(purr: Purr, trainable: Peer) -> None:
    spec = {"dataset": "ds_1", "epochs": 5, "network": {"hidden_units": [3], "activation": "tanh"}}
    purr("train", "--spec", "-", "--hidden", "4", "--no-follow", stdin=json.dumps(spec))
    asked = json.loads(trainable.asked("POST")[0].body)
    assert asked == spec | {"network": {"hidden_units": [4], "activation": "tanh"}}


@pytest.mark.parametrize("spec", ["", "[]", "{", '{"network": 5}'])
def test_a_spec_that_is_no_spec_is_wrong_usage(purr: Purr, spec: str) -> None:
    assert purr("train", "--spec", "-", "--hidden", "4", stdin=spec).exit_code == 2


@pytest.mark.parametrize(
    ("device", "shown"),
    [
        ({"kind": "gpu", "name": "NVIDIA H200"}, ["gpu NVIDIA H200"]),
        ({"kind": "cpu", "name": None}, ["cpu"]),
        (None, []),
    ],
)
def test_a_job_shows_where_it_is_trained(
    purr: Purr, peer: Peer, device: dict[str, str | None] | None, shown: list[str]
) -> None:
    peer.say("GET /v1/jobs/job_1", JOB | {"device": device})
    lines = [line.split(maxsplit=1) for line in purr("show", "job_1").stdout.splitlines()]
    assert [rest for name, rest in lines if name == "device"] == shown


def test_a_job_is_followed_to_its_result(purr: Purr, trainable: Peer) -> None:
    result = purr("train", "--dataset", "ds_1")
    assert result.exit_code == 0
    assert "cats 3" in result.stdout
    assert "80.0 % [66.9 %, 88.8 %]" in result.stdout
    assert "queued, position 1" in result.stderr
    assert "succeeded loss 0.2500 accuracy 98.5 %" in result.stderr


@pytest.mark.parametrize(
    ("ending", "sentence"),
    [
        (
            {"state": "failed", "problem": {"code": "diverged", "detail": "The cost is infinite."}},
            "The cost is infinite. (diverged)\n",
        ),
        ({"state": "cancelled", "problem": None}, "job_1 was cancelled. (cancelled)\n"),
    ],
)
def test_a_job_that_does_not_succeed_is_exit_code_1(
    purr: Purr, peer: Peer, ending: dict[str, Any], sentence: str
) -> None:
    job = JOB | {"model": None, "result": None} | ending
    peer.say("POST /v1/jobs", job | {"state": "queued"}, status=202)
    peer.say("GET /v1/jobs/job_1", job)
    result = purr("train", "--dataset", "ds_1")
    assert result.exit_code == 1
    assert result.stderr.endswith(sentence)


@pytest.mark.parametrize(("no_colour", "coloured"), [("", True), ("1", False)])
def test_a_terminal_gets_a_bar_and_colours_unless_they_are_not_wanted(
    trainable: Peer, no_colour: str, coloured: bool
) -> None:
    env = os.environ | {"PURR_URL": trainable.url, "TERM": "xterm", "NO_COLOR": no_colour}
    screen, terminal = os.openpty()
    subprocess.run([*PURR, "train", "--dataset", "ds_1"], env=env, stdout=terminal, stderr=terminal)
    os.close(terminal)
    drawn = os.read(screen, 100_000).decode()
    os.close(screen)
    assert "━" in drawn
    assert "100 % succeeded loss 0.2500 accuracy 98.5 %" in drawn
    assert ("\x1b[3" in drawn or "\x1b[9" in drawn) is coloured


def test_ctrl_c_leaves_the_job_to_go_on_and_says_so(peer: Peer) -> None:
    running = JOB | {"state": "running", "result": None}
    peer.say("POST /v1/jobs", running, status=202)
    peer.say("GET /v1/jobs/job_1", running)
    command = [*PURR, "train", "--dataset", "ds_1"]
    env = os.environ | {"PURR_URL": peer.url}
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        while "0:00 left" not in process.stderr.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert "`purr show job_1`" in rest
    assert process.returncode == 130
    assert not any("cancel" in request.target for request in peer.requests)


def test_metrics_can_be_csv_as_the_api_wrote_it(purr: Purr, peer: Peer) -> None:
    peer.say("GET /v1/jobs/job_1/metrics", b"epoch,loss\r\n1,0.5\r\n", kind="text/csv")
    assert purr("metrics", "job_1", "--csv").stdout_bytes == b"epoch,loss\r\n1,0.5\r\n"
    assert peer.requests[0].headers["Accept"] == "text/csv"


@pytest.mark.parametrize(
    ("asking", "state"),
    [("cancel", "cancelled"), ("stop", "running"), ("pause", "paused"), ("resume", "queued")],
)
def test_asking_shows_what_became_of_the_job(
    purr: Purr, peer: Peer, asking: str, state: str
) -> None:
    peer.say(f"POST /v1/jobs/job_1/{asking}", JOB | {"state": state})
    result = purr(asking, "job_1")
    assert result.exit_code == 0
    assert state in result.stdout


def test_an_upload_waits_until_the_dataset_is_ready(purr: Purr, peer: Peer, tmp_path: Path) -> None:
    (tmp_path / "cats.h5").write_bytes(b"pictures")
    peer.say("POST /v1/datasets", {"id": "ds_1", "state": "importing"}, status=202)
    peer.say("GET /v1/datasets/ds_1", DATASET | {"state": "importing", "splits": {}})
    peer.say("GET /v1/datasets/ds_1", DATASET)
    result = purr("datasets", "upload", tmp_path / "cats.h5")
    assert result.exit_code == 0
    assert "209 rows: 137 [red]non-cat[/red], 72 :cat:" in result.stdout
    assert "Few rows. (few_rows)" in result.stdout
    assert peer.requests[0].target == "/v1/datasets?name=cats"


def test_an_upload_need_not_wait(purr: Purr, peer: Peer, tmp_path: Path) -> None:
    (tmp_path / "cats.h5").write_bytes(b"pictures")
    peer.say("POST /v1/datasets", {"id": "ds_1", "state": "importing"}, status=202)
    result = purr("datasets", "upload", tmp_path / "cats.h5", "--no-wait", "--name", "dogs")
    assert result.exit_code == 0
    assert [request.target for request in peer.requests] == ["/v1/datasets?name=dogs"]


def test_a_rejected_upload_is_exit_code_1_and_the_reason(
    purr: Purr, peer: Peer, tmp_path: Path
) -> None:
    (tmp_path / "cats.h5").write_bytes(b"no pictures")
    problem = {"code": "corrupt_file", "detail": "It is cut short."}
    peer.say("POST /v1/datasets", {"id": "ds_1", "state": "importing"}, status=202)
    peer.say("GET /v1/datasets/ds_1", DATASET | {"state": "rejected", "problem": problem})
    result = purr("datasets", "upload", tmp_path / "cats.h5")
    assert result.exit_code == 1
    assert result.stderr.endswith("It is cut short. (corrupt_file)\n")


def test_a_picture_is_a_line_of_path_label_and_probability(
    purr: Purr, peer: Peer, tmp_path: Path
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name in ("b.PNG", "a.jpg", "notes.txt"):
        (folder / name).touch()
    (tmp_path / "[bold].webp").touch()
    labels = ["cat", "other", "cat"]
    predictions = [{"label": label, "probability": 0.93} for label in labels]
    peer.say("POST /v1/models/cats/predict", {"predictions": predictions})
    result = purr("predict", "cats", tmp_path / "[bold].webp", folder)
    paths = [tmp_path / "[bold].webp", folder / "a.jpg", folder / "b.PNG"]
    expected = [[str(path), label, "0.9300"] for path, label in zip(paths, labels, strict=True)]
    assert [line.split() for line in result.stdout.splitlines()] == expected


def test_predictions_as_json_are_a_line_for_each_batch(
    purr: Purr, peer: Peer, tmp_path: Path
) -> None:
    for number in range(65):
        (tmp_path / f"{number}.png").touch()
    peer.say("POST /v1/models/cats/predict", b'{"predictions": [1]}')
    peer.say("POST /v1/models/cats/predict", b'{"predictions": [2]}\n')
    result = purr("predict", "cats", tmp_path, "--json")
    assert result.stdout == '{"predictions": [1]}\n{"predictions": [2]}\n'


def test_an_older_version_can_be_asked(purr: Purr, peer: Peer, tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    peer.say("POST /v1/models/cats/versions/2/predict", {"predictions": []})
    assert purr("predict", "cats", tmp_path, "--version", "2").exit_code == 0


def test_a_folder_without_pictures_is_wrong_usage(purr: Purr, tmp_path: Path) -> None:
    assert purr("predict", "cats", tmp_path).exit_code == 2
