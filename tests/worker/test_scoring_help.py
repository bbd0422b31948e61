"""Several workers make the parts of one scoring: faster, in the same bytes, whoever dies."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any

import pytest
import redis

from tests.worker.scorings import asked, files, ready_to_score
from tests.worker.working import outcome
from worker.errors import LeaseLost
from worker.jobs.presence import show
from worker.jobs.record import State
from worker.store.scorings import ScoringStore
from worker.tasks import scoring as working
from worker.tasks import scoring_help
from worker.tasks.context import WorkerContext
from worker.tasks.entry import perform
from worker.tasks.scoring_help import Helping, helped

Meanwhile = Callable[[Callable[[], object]], list[int]]


@pytest.fixture(autouse=True)
def small_parts(context: WorkerContext, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every scoring is large enough to be shared."""
    monkeypatch.setattr(working, "PART_ROWS", 8)
    monkeypatch.setattr(working, "ALONE_S", 0.0)
    ready_to_score(context)


@pytest.fixture
def after_two(monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """Has something happen once two parts are there; returns the numbers of parts as they are
    made."""
    kept, made = ScoringStore.add_part, list[int]()

    def meanwhile(what: Callable[[], object]) -> list[int]:
        def keep(self: ScoringStore, which: str, number: int, rows: bytes) -> None:
            kept(self, which, number, rows)
            made.append(number)
            if len(made) == 2:
                what()

        monkeypatch.setattr(ScoringStore, "add_part", keep)
        return made

    return meanwhile


def test_parts_that_a_helper_makes_are_made_once_and_the_result_is_the_same(
    context: WorkerContext, after_two: Meanwhile
) -> None:
    undisturbed = files(context, outcome(context, asked(context)).id)
    scoring = asked(context)
    made = after_two(lambda: perform(scoring))  # by the message that another worker took
    assert outcome(context, scoring).state is State.SUCCEEDED
    assert files(context, scoring) == undisturbed
    assert sorted(made) == [*range(len(made))]
    assert made[2:5] == [*range(len(made))][:-4:-1]  # from the other end


def test_a_helper_leaves_when_something_else_waits(
    context: WorkerContext, after_two: Meanwhile
) -> None:
    scoring = asked(context)

    def help_while_another_waits() -> None:
        other = asked(context, split="test")
        assert helped(context, scoring)
        context.records["pred"].cancel(other)

    made = after_two(help_while_another_waits)
    assert outcome(context, scoring).state is State.SUCCEEDED
    assert made == [*range(len(made))]


def test_what_goes_wrong_with_the_help_does_not_harm_the_scoring(
    context: WorkerContext, after_two: Meanwhile, monkeypatch: pytest.MonkeyPatch
) -> None:
    scoring = asked(context)

    def gone(*_: Any) -> None:
        raise FileNotFoundError("the store is away")

    def help_in_vain() -> None:
        with monkeypatch.context() as patched:
            patched.setattr(working, "of_dataset", gone)
            assert helped(context, scoring)

    after_two(help_in_vain)
    assert outcome(context, scoring).state is State.SUCCEEDED


def test_a_part_that_another_worker_holds_is_waited_for_until_that_has_died(
    context: WorkerContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    undisturbed = files(context, outcome(context, asked(context)).id)
    scoring, store = asked(context), context.store.scorings
    store.share(scoring)
    with ExitStack() as other:
        assert other.enter_context(store.claimed(scoring, 3))

        def wait(seconds: float) -> None:
            if seconds:
                assert store.numbers(scoring) == {*range(len(undisturbed) - 2)} - {3}
                other.close()

        clock = SimpleNamespace(monotonic=time.monotonic, sleep=wait)
        monkeypatch.setattr(working, "time", clock)
        assert outcome(context, scoring).state is State.SUCCEEDED
    assert files(context, scoring) == undisturbed


def test_a_part_that_a_worker_holds_which_hangs_is_made_by_the_one_that_waits(
    context: WorkerContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    undisturbed = files(context, outcome(context, asked(context)).id)
    scoring, store, now = asked(context), context.store.scorings, [0.0]
    store.share(scoring)

    def wait(seconds: float) -> None:
        now[0] += seconds
        if now[0] > 60:
            context.records["pred"].cancel(scoring)

    monkeypatch.setattr(working, "ALONE_S", 10.0)
    monkeypatch.setattr(working, "time", SimpleNamespace(monotonic=lambda: now[0], sleep=wait))
    with store.claimed(scoring, 3) as held:
        assert held
        assert outcome(context, scoring).state is State.SUCCEEDED
    assert 10 < now[0] < 11
    assert files(context, scoring) == undisturbed


def test_help_ends_with_the_attempt(
    context: WorkerContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scoring_help, "LOOK_S", 0.0)
    scoring, records = asked(context), context.records["pred"]
    assert not helped(context, scoring)  # nobody has begun
    mine = records.claim(scoring, "w", 10)
    assert not helped(context, scoring)  # nor shared it
    helping = Helping(records, mine, 10)
    helping.check()
    records.cancel(scoring)
    with pytest.raises(LeaseLost):
        helping.check()


def test_as_many_are_called_as_there_are_others(
    context: WorkerContext, raw: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = context.records["pred"].get(asked(context))
    for there, called in ((0, 0), (1, 0), (4, 3)):
        for number in range(there):
            show(raw, "train", f"worker {number}")
        before = raw.llen("rq:queue:train")
        context.job_queue.enqueue_for_others(record, 5)
        assert raw.llen("rq:queue:train") - before == called


def test_whoever_helps_brings_nothing_back_that_was_removed(context: WorkerContext) -> None:
    scoring, store = asked(context), context.store.scorings
    store.share(scoring)
    store.drop(scoring)
    with pytest.raises(FileNotFoundError):
        store.add_part(scoring, 0, b"late")
    assert not store.has(scoring)
