"""What is in the way of a sweep: asked too late, damaged, forgotten, without room or time."""

from typing import Any

import pytest

from tests.worker.sweeping import Sweeping
from worker.errors import IllegalMove, QueueUnavailable, StoreFull
from worker.jobs.queue_worker import StopRequested
from worker.jobs.record import State
from worker.operations.sweep_driver import SweepDriver


def fails(error: Exception) -> Any:
    def failing(*_: object) -> None:
        raise error

    return failing


def test_what_is_over_does_not_go_on(sweeping: Sweeping) -> None:
    made = sweeping.played_to_its_end()
    for move in (sweeping.sweeps.resume, sweeping.sweeps.pause, sweeping.sweeps.cancel):
        with pytest.raises(IllegalMove, match="succeeded"):
            move(made.id)


def test_a_cancel_may_come_twice(sweeping: Sweeping) -> None:
    made = sweeping.submit()
    for _ in "12":
        assert sweeping.sweeps.cancel(made.id).state is State.CANCELLED


def test_after_the_seconds_nobody_begins_though_several_wait(sweeping: Sweeping) -> None:
    made = sweeping.submit(parallel=3, budget={"seconds": 0.001}, refit=False)
    sweeping.play(sweeping.tools.records.ids(State.QUEUED)[0])
    sweeping.sweeps.advance_all()
    found = sweeping.sweeps.get(made.id)
    states = sorted(found.state_of(each) for each in range(3))
    assert states == ["given_up", "given_up", "succeeded"]
    assert found.state is State.SUCCEEDED


def test_whoever_dies_over_a_request_leaves_no_sweep(
    sweeping: Sweeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = sweeping.context.store.sweeps
    with monkeypatch.context() as patched:
        patched.setattr("worker.store.books.write_atomically", fails(OSError(5, "broken")))
        with pytest.raises(OSError, match="broken"):
            sweeping.submit()
    assert kept.ids() == []


def test_a_twin_with_the_same_key_takes_nothing_away(
    sweeping: Sweeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, made = sweeping.context.store.sweeps, sweeping.submit()
    before = kept.request(made.id)
    with monkeypatch.context() as patched:
        patched.setattr("worker.store.books.write_atomically", fails(StoreFull("no room")))
        with pytest.raises(StoreFull):
            kept.keep_request(made.id, {})
    kept.keep_request(made.id, {})
    assert kept.request(made.id) == before


def test_a_damaged_book_stops_no_other_sweep(sweeping: Sweeping) -> None:
    damaged, other = sweeping.submit(), sweeping.submit()
    folder = sweeping.context.settings.data_dir / "sweeps" / damaged.id
    (folder / "book.json").write_bytes(b"{")
    assert sweeping.played(other.id).state is State.SUCCEEDED
    newest = sweeping.submit()
    assert [each.id for each in sweeping.sweeps.page(2, None)] == [newest.id, other.id]


def test_what_a_signal_raises_is_passed_on(
    sweeping: Sweeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweeping.submit()
    monkeypatch.setattr(SweepDriver, "advance", fails(StopRequested()))
    with pytest.raises(StopRequested):
        sweeping.sweeps.advance_all()


def test_before_redis_knows_all_again_no_state_is_made_up(sweeping: Sweeping) -> None:
    made = sweeping.submit()
    sweeping.context.redis.flushall()
    with pytest.raises(QueueUnavailable):
        sweeping.sweeps.get(made.id)
    with pytest.raises(QueueUnavailable):
        sweeping.sweeps.cancel(made.id)
    assert sweeping.context.store.sweeps.book(made.id)["wish"] == ""
    sweeping.context.recovery.fill()
    assert sweeping.sweeps.get(made.id).state is State.RUNNING
