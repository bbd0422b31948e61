"""Attempts that hang: who is overdue, and how its worker hears of it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.conftest import Eventually
from tests.worker.working import lapsed
from worker.__main__ import Keeper
from worker.errors import QueueUnavailable
from worker.jobs import queue_worker, reaper
from worker.jobs.reaper import Reaper
from worker.jobs.record import Record, State, new_id
from worker.jobs.transitions import Transitions
from worker.tasks.context import WorkerContext


def asked(what: str) -> Callable[[Transitions], Record]:
    def ask(records: Transitions) -> Record:
        mine = records.claim(records.create(new_id("job"), {"model": "cats"}).id, "w", 60)
        return getattr(records, what)(mine.id)  # type: ignore[no-any-return]

    return ask


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reaper, "GRACE_S", -1)


def test_half_a_minute_is_what_an_attempt_has() -> None:
    assert timedelta(seconds=reaper.GRACE_S) == timedelta(seconds=30)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("what", ["cancel", "pause", "stop"])
def test_who_does_not_leave_when_asked_is_overdue(
    sweeper: Reaper, records: Transitions, what: str
) -> None:
    asked(what)(records)
    assert sweeper.overdue("w")
    assert not sweeper.overdue("another")


@pytest.mark.usefixtures("impatient")
def test_who_has_stopped_may_take_its_time_to_measure(
    sweeper: Reaper, records: Transitions
) -> None:
    mine = asked("stop")(records)
    records.renew(mine, 60, {"stop_acknowledged": True})
    assert not sweeper.overdue("w")
    records.cancel(mine.id)
    assert sweeper.overdue("w")


@pytest.mark.parametrize(
    ("began_s", "asked_s", "hanging"),
    [(99, 59, True), (99, 20, False), (99, 89, False), (9, 59, False)],
)
def test_who_is_to_stop_hangs_if_it_had_long_begun_when_it_was_asked(
    began_s: int, asked_s: int, hanging: bool
) -> None:
    now = datetime.now(UTC)
    began, asked = now - timedelta(seconds=began_s), now - timedelta(seconds=asked_s)
    record = Record(
        new_id("job"), State.RUNNING, {}, requested="stop", requested_at=asked, started_at=began
    )
    assert reaper.hangs(record) is hanging


@pytest.mark.parametrize("what", ["cancel", "pause", "stop"])
def test_who_was_asked_a_moment_ago_is_not(
    sweeper: Reaper, records: Transitions, what: str
) -> None:
    asked(what)(records)
    assert not sweeper.overdue("w")


@pytest.mark.usefixtures("impatient")
def test_who_was_asked_nothing_may_take_its_time(sweeper: Reaper, records: Transitions) -> None:
    mine = records.claim(records.create(new_id("job"), {"model": "cats"}).id, "w", 60)
    assert not sweeper.overdue("w")
    records.pause(mine.id)
    records.resume(mine.id)
    assert not sweeper.overdue("w")


@pytest.mark.usefixtures("impatient")
def test_who_publishes_is_let_finish(sweeper: Reaper, records: Transitions) -> None:
    mine = records.claim(records.create(new_id("job"), {"model": "cats"}).id, "w", 60)
    records.pause(mine.id)
    assert sweeper.overdue("w")
    records.begin_publishing(mine, "cats", 0)
    assert not sweeper.overdue("w")


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(("what", "state"), [("cancel", "cancelled"), ("pause", "paused")])
def test_once_it_was_killed_the_request_is_carried_out_and_the_worker_is_free(
    sweeper: Reaper, records: Transitions, what: str, state: str
) -> None:
    record = asked(what)(records)
    sweeper.died("w", "signal 9")
    assert records.get(record.id).state == state
    assert not sweeper.overdue("w")


class Broken(Reaper):
    """Meets what nobody has thought of."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def sweep(self) -> None:
        raise self.error


@pytest.mark.parametrize("error", [QueueUnavailable("away"), ZeroDivisionError()])
def test_a_worker_survives_a_sweep_that_fails(error: Exception, context: WorkerContext) -> None:
    assert Keeper(Broken(error), context).pulse("w") is False


@pytest.mark.parametrize(("place", "there"), [("pulse", True), ("nowhere/pulse", False)])
def test_a_worker_notes_that_it_lives_where_that_can_be_noted(
    place: str, there: bool, sweeper: Reaper, context: WorkerContext, tmp_path: Path
) -> None:
    file = tmp_path / place
    context.settings = context.settings.model_copy(update={"pulse_file": file})
    assert Keeper(sweeper, context).pulse("w") is False
    assert file.exists() is there


def test_a_worker_that_is_told_to_end_while_it_sweeps_ends(context: WorkerContext) -> None:
    with pytest.raises(queue_worker.StopRequested):
        Keeper(Broken(queue_worker.StopRequested()), context).pulse("w")


@pytest.mark.usefixtures("impatient")
def test_a_worker_sweeps_and_hears_that_its_child_hangs(
    sweeper: Reaper, records: Transitions, context: WorkerContext, eventually: Eventually
) -> None:
    mine, keeper = lapsed(records, eventually), Keeper(sweeper, context)
    assert keeper.pulse("w") is False
    assert records.get(mine.id).state is State.QUEUED
    record = asked("cancel")(records)
    assert keeper.pulse("w") is True
    keeper.died("w", "signal 9")
    assert records.get(record.id).state is State.CANCELLED
