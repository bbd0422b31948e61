"""`purr train`, and following what it began."""

import json
import os
import signal
import subprocess
from typing import Any

import pytest

from service.openapi.example_estimates import estimate
from service.openapi.examples import MEASURED_SUMMARY
from tests.service.cli.command import PURR, Purr
from tests.service.cli.fake_service import FakeService
from tests.service.cli.sample_answers import JOB

ESTIMATE = estimate({"epochs": 9}, MEASURED_SUMMARY)


@pytest.fixture
def trainable(fake: FakeService) -> FakeService:
    """A fake where a job runs for a moment and then succeeds."""
    fake.say("POST /v1/jobs", JOB | {"state": "queued", "progress": None}, status=202)
    fake.say("GET /v1/jobs/job_1", JOB | {"state": "queued", "progress": None, "queue_position": 1})
    fake.say("GET /v1/jobs/job_1", JOB)
    return fake


def test_a_refused_spec_shows_each_field(purr: Purr, fake: FakeService) -> None:
    errors = [
        {"pointer": "/network/hidden_units/0", "detail": "Expected 1 or more, got 0."},
        {"pointer": "/epochs", "detail": "Expected 1 or more, got -1."},
    ]
    problem = {"code": "invalid_parameter", "detail": "Two fields are wrong.", "errors": errors}
    fake.refuse("POST /v1/jobs", 422, problem)
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
        (
            "--recipe photos --learning-rate 0.5",
            {"recipe": "photos", "optimizer": {"learning_rate": 0.5}},
        ),
        ("--learning-rate 0.5", {"optimizer": {"kind": "adam", "learning_rate": 0.5}}),
        ("--start-from cats", {"start_from": {"model": "cats"}}),
        (
            "--start-from cats:3 --freeze 2",
            {"start_from": {"model": "cats", "version": 3}, "freeze": 2},
        ),
        (
            "--set network.dropout=0.2 --set augmentation.flip=true --set model=cats",
            {"network": {"dropout": 0.2}, "augmentation": {"flip": True}, "model": "cats"},
        ),
        ("--patience 7", {"early_stopping": {"patience": 7}, "validation_fraction": 0.2}),
        (
            "--dropout 0.1 --schedule step --l2 0.01 --clip-norm 1 --class-weights balanced "
            "--validation-fraction 0.3 --max-seconds 60",
            {
                "network": {"dropout": 0.1},
                "schedule": {"kind": "step"},
                "regularization": {"l2": 0.01, "clip_norm": 1.0},
                "class_weights": "balanced",
                "validation_fraction": 0.3,
                "max_seconds": 60,
            },
        ),
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
    purr: Purr, trainable: FakeService, options: str, spec: dict[str, Any]
) -> None:
    result = purr("train", "--no-follow", "--dataset", "ds_1", *options.split())
    assert result.exit_code == 0
    assert json.loads(trainable.asked("POST")[0].body) == {"dataset": "ds_1"} | spec


def test_options_outrank_a_spec_from_standard_input(purr: Purr, trainable: FakeService) -> None:
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
    purr: Purr, fake: FakeService, device: dict[str, str | None] | None, shown: list[str]
) -> None:
    fake.say("GET /v1/jobs/job_1", JOB | {"device": device})
    lines = purr("show", "job_1").stdout.splitlines()
    assert [line.split(maxsplit=1)[1] for line in lines if line.startswith("device")] == shown


def test_a_job_is_followed_to_its_result(purr: Purr, trainable: FakeService) -> None:
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
    purr: Purr, fake: FakeService, ending: dict[str, Any], sentence: str
) -> None:
    job = JOB | {"model": None, "result": None} | ending
    fake.say("POST /v1/jobs", job | {"state": "queued"}, status=202)
    fake.say("GET /v1/jobs/job_1", job)
    result = purr("train", "--dataset", "ds_1")
    assert result.exit_code == 1
    assert result.stderr.endswith(sentence)


@pytest.mark.parametrize(("no_colour", "coloured"), [("", True), ("1", False)])
def test_a_terminal_gets_a_bar_and_colours_unless_they_are_not_wanted(
    trainable: FakeService, no_colour: str, coloured: bool
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


def test_ctrl_c_leaves_the_job_to_go_on_and_says_so(fake: FakeService) -> None:
    running = JOB | {"state": "running", "result": None}
    fake.say("POST /v1/jobs", running, status=202)
    fake.say("GET /v1/jobs/job_1", running)
    command = [*PURR, "train", "--dataset", "ds_1"]
    env = os.environ | {"PURR_URL": fake.url}
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        while "0:00 left" not in process.stderr.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert "`purr show job_1`" in rest
    assert process.returncode == 130
    assert not any("cancel" in request.target for request in fake.requests)


SEVERE = {
    "code": "one_class_only",
    "severity": "severe",
    "message": "It answers one class.",
    "evidence": {},
    "patch": [{"op": "replace", "path": "/class_weights", "value": "balanced"}],
}


def test_a_severe_finding_is_shown_with_the_result_and_has_its_exit_code(
    purr: Purr, fake: FakeService
) -> None:
    fake.say("POST /v1/jobs", JOB, status=202)
    fake.say("GET /v1/jobs/job_1", JOB | {"findings": [SEVERE]})
    result = purr("train", "--dataset", "ds_1")
    assert result.exit_code == 4
    assert "It answers one class. (one_class_only)" in result.stdout
    assert 'would help  /class_weights = "balanced"' in result.stdout
    assert "purr retry job_1" in result.stderr


def test_what_is_no_setting_is_wrong_usage(purr: Purr) -> None:
    assert purr("retry", "job_1", "--set", "epochs").exit_code == 2
    assert purr("train", "--set", "=3").exit_code == 2


def test_an_estimate_is_told_and_nothing_is_submitted(purr: Purr, fake: FakeService) -> None:
    fake.say("POST /v1/jobs/estimate", ESTIMATE)
    arguments = ("train", "--estimate", "--dataset", "ds_1", "--epochs", "9")
    result = purr(*arguments)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines()[0].startswith("It takes about 1.8 s,")
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert "training 1.38 measured" in lines
    assert "publishing 0.107 measured" in lines
    assert any(line.startswith("dense 20 245,780 245,760 93.4") for line in lines)
    assert [request.target for request in fake.requests] == ["/v1/jobs/estimate"]
    assert json.loads(fake.requests[-1].body)["epochs"] == 9
    assert json.loads(purr(*arguments, "--json").stdout) == ESTIMATE
