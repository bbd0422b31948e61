"""Servers that are down, slow, or no MLflow; and what the service says of itself there."""

import base64
import logging
import time
from typing import Any

import pytest
from pydantic import SecretStr

from service.launcher.launcher import Launcher
from service.settings import ServiceSettings, environment
from service.tracking.mlflow import mlflow, tracking_server
from tests.service.tracking.fake_mlflow import FakeMlflow, failing, send
from tests.service.tracking.mlflow_bench import MlflowBench

PASSWORD = "hush-hush-hush"


# Bad servers


def test_a_server_that_is_down_is_tried_until_the_tenth_time(
    bench: MlflowBench, fake: FakeMlflow, caplog: pytest.LogCaptureFixture
) -> None:
    record = bench.ended()
    down = {"mlflow_tracking_uri": "http://127.0.0.1:9"}
    seen = [bench.send(record.id, **down) for _ in range(10)]
    assert [each.state for each in seen] == ["pending"] * 9 + ["failed"]
    assert seen[-1].last_error == "The MLflow server refused the connection."
    assert [r.message for r in caplog.records if r.levelno == logging.WARNING] == [
        f"{record.id} is not in MLflow: The MLflow server refused the connection."
    ]
    assert bench.client.zcard("purr:mlflows:failed") == 1
    bench.outbox.replay_failed()
    assert bench.client.zcard("purr:mlflows:failed") == 0
    assert bench.send(record.id).state == "delivered"


def test_a_server_that_hangs_is_not_waited_for(
    bench: MlflowBench, fake: FakeMlflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mlflow, "TOTAL_S", 0.3)
    fake.faults = [("runs/search", lambda _: time.sleep(1))]
    told = bench.send(bench.ended().id)
    assert (told.state, told.last_error) == ("pending", "The MLflow server did not answer in time.")


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (200, b"<html>Welcome to nginx!</html>", "Expected JSON of an MLflow server"),
        (200, b"[]", "Expected JSON of an MLflow server"),
        (200, b"{}", "The service itself failed"),
        (401, b"Who are you?", "Expected success, got 401."),
        (302, b"", "Expected success, got 302."),
        (500, b'{"message": 7}', "Expected success, got 500: 7."),
        (200, b'"%s"' % (b"x" * 200_000), "Expected at most 100,000 bytes"),
    ],
)
def test_whatever_else_answers_is_no_mlflow(
    bench: MlflowBench,
    fake: FakeMlflow,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    body: bytes,
    words: str,
) -> None:
    monkeypatch.setattr(tracking_server, "MOST_BYTES", 100_000)
    away = "Location: http://127.0.0.1:9/"
    fake.faults = [("get-by-name", lambda handler: send(handler, status, body, away))]
    told = bench.send(bench.ended().id)
    assert told.state == "pending"
    assert words in (told.last_error or "")


def test_what_a_server_says_is_told_in_short(bench: MlflowBench, fake: FakeMlflow) -> None:
    long = b'{"error_code": "BAD_REQUEST", "message": "%s"}' % (b"x" * 10_000)
    fake.faults = [("runs/create", lambda handler: send(handler, 400, long))]
    told = bench.send(bench.ended().id)
    assert (told.last_status, len(told.last_error or "") < 400) == (400, True)


# Who the service is there


@pytest.mark.parametrize(
    ("settings", "shown"),
    [
        ({}, None),
        ({"mlflow_tracking_token": SecretStr(PASSWORD)}, f"Bearer {PASSWORD}"),
        (
            {
                "mlflow_tracking_token": SecretStr("other"),
                "mlflow_tracking_username": "cat",
                "mlflow_tracking_password": SecretStr(PASSWORD),
            },
            "Basic " + base64.b64encode(f"cat:{PASSWORD}".encode()).decode(),
        ),
    ],
    ids=["nobody", "token", "user"],
)
def test_the_service_says_who_it_is_and_nobody_else(
    bench: MlflowBench,
    fake: FakeMlflow,
    caplog: pytest.LogCaptureFixture,
    settings: dict[str, Any],
    shown: str | None,
) -> None:
    caplog.set_level(logging.DEBUG, "service")
    fake.faults = [("runs/create", failing)]
    record = bench.ended()
    first, second = (bench.send(record.id, **settings) for _ in range(2))
    assert {asked.headers.get("Authorization") for asked in fake.asked} == {shown}
    assert PASSWORD not in repr((caplog.messages, first, second, fake.runs, bench.settings))


@pytest.mark.parametrize(
    "uri",
    ["sqlite:///mlflow.db", "./mlruns", "databricks", "http://cat:hush@a.example", "http://"],
)
def test_an_address_that_is_none_of_a_server_is_refused(
    uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    with pytest.raises(ValueError, match=r"Expected http://… or https://… of an MLflow") as told:
        ServiceSettings()
    assert "hush" not in str(told.value)


def test_names_of_mlflow_and_of_the_service_are_both_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://theirs.example/base/")
    assert ServiceSettings().mlflow_tracking_uri == "http://theirs.example/base"
    monkeypatch.setenv("PURR_MLFLOW_TRACKING_URI", "http://ours.example")
    assert ServiceSettings().mlflow_tracking_uri == "http://ours.example"


def test_workers_are_not_told_who_the_service_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", PASSWORD)
    settings = ServiceSettings(redis_url="unix:///nowhere.sock")
    told = Launcher(settings)._worker_environment(settings)
    assert [name for name in told if "MLFLOW" in name] == []
    assert environment(settings, ServiceSettings)["PURR_MLFLOW_TRACKING_PASSWORD"] == PASSWORD
