"""Epochs are logged the more rarely the longer a training lasts."""

import logging
from typing import Any

import pytest

from worker.training import epoch_log
from worker.training.epoch_log import EpochLog

EPOCHS = 100_000


class Clock:
    now = 0.0

    def monotonic(self) -> float:
        return self.now


def row(epoch: int) -> dict[str, Any]:
    return {"epoch": epoch, "loss": 0.12345, "accuracy": 0.5, "validation_loss": None,
            "validation_accuracy": None}  # fmt: skip


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> list[int]:
    """The epochs that were logged of a training with one in each second."""
    clock = Clock()
    monkeypatch.setattr(epoch_log, "time", clock)
    with caplog.at_level(logging.INFO):
        log = EpochLog("job_1")
        for epoch in range(1, EPOCHS + 1):
            clock.now += 1
            log.say(row(epoch), EPOCHS)
    return [int(record.getMessage().split()[2]) for record in caplog.records]


def test_the_first_and_the_last_are_said_and_hundreds_in_a_day(said: list[int]) -> None:
    assert (said[0], said[-1]) == (1, EPOCHS)
    assert 300 < len(said) < 400


def test_they_become_rarer(said: list[int]) -> None:
    assert said[1] - said[0] == 6
    assert said[-2] - said[-3] > EPOCHS // 60


def test_what_is_not_known_is_not_said(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        EpochLog("job_1").say(row(3), 5)
    assert caplog.messages == ["job_1 epoch 3 of 5: loss 0.1235, accuracy 0.5"]
