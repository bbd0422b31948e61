"""What happens to records is counted where it happens: once, and not again when they come back."""

from collections.abc import Callable
from typing import Any

import pytest
import redis

from tests.worker.working import submitted
from worker.errors import family
from worker.jobs.counters import COUNTERS, ENDS
from worker.jobs.record import FINAL, Record, State, new_id
from worker.jobs.transitions import Transitions, open_records
from worker.jsontypes import Json
from worker.tasks.context import WorkerContext

ATTEMPT_MS = "attempt_ms"


def counts(client: redis.Redis, kind: str = "job") -> dict[str, int]:
    """What was counted of one kind, less the time, which is chance."""
    found: Any = client.hgetall(COUNTERS)
    ours = {name.removeprefix(f"{kind}:"): int(n) for name, n in found.items() if kind in name}
    return {name: count for name, count in ours.items() if name != ATTEMPT_MS}


def problem(code: str) -> Json:
    return {"problem": {"code": code, "detail": "Why."}}


Move = Callable[[Transitions, Record], object]
MOVES: dict[str, tuple[Move, dict[str, int]]] = {
    "succeeded": (lambda jobs, mine: jobs.finish(mine, State.SUCCEEDED), {"succeeded": 1}),
    "failed": (
        lambda jobs, mine: jobs.finish(mine, State.FAILED, problem("diverged")),
        {"failed:diverged": 1},
    ),
    "failed without a word": (
        lambda jobs, mine: jobs.finish(mine, State.FAILED),
        {"failed:internal_error": 1},
    ),
    "cancelled": (lambda jobs, mine: jobs.finish(mine, State.CANCELLED), {"cancelled": 1}),
    "given back": (lambda jobs, mine: jobs.give_back(mine, "preempted"), {}),
    "lost": (lambda jobs, mine: jobs.record_loss(mine, 3, "signal 9"), {"losses": 1}),
    "lost for the last time": (
        lambda jobs, mine: jobs.record_loss(mine, 1, "signal 9"),
        {"losses": 1, "failed:worker_lost": 1},
    ),
    "only asked": (lambda jobs, mine: jobs.cancel(mine.id), {}),
    "renewed": (lambda jobs, mine: jobs.renew(mine, 10, {}), {}),
}


@pytest.mark.parametrize("kind", ["job", "ds"])
@pytest.mark.parametrize(("move", "more"), MOVES.values(), ids=MOVES)
def test_a_move_is_counted_by_what_it_is(
    client: redis.Redis, kind: str, move: Move, more: dict[str, int]
) -> None:
    records = open_records(client)[kind]
    move(records, records.claim(records.create(new_id(kind), {}).id, "w", 10))
    assert counts(client, kind) == {"created": 1, "attempts": 1, **more}


def test_what_ends_before_an_attempt_is_counted(
    jobs: Transitions, job: str, client: redis.Redis
) -> None:
    jobs.pause(job)
    jobs.cancel(job)
    assert counts(client) == {"created": 1, "cancelled": 1}


def test_who_comes_too_late_counts_nothing(
    jobs: Transitions, job: str, client: redis.Redis
) -> None:
    mine = jobs.claim(job, "w", 10)
    jobs.record_loss(mine, 3, "signal 9")
    before = counts(client)
    with pytest.raises(Exception, match="came too late"):
        jobs.finish(mine, State.SUCCEEDED)
    assert counts(client) == before


def test_the_time_of_attempts_adds_up(jobs: Transitions, job: str, client: redis.Redis) -> None:
    for seconds in (40, 2):
        mine = jobs.claim(job, "w", 10)
        assert mine.started_at is not None
        began_ms = int(mine.started_at.timestamp() * 1000) - 1000 * seconds
        client.hset(f"purr:job:{job}", "started_at", began_ms)
        jobs.give_back(mine, "preempted")
    took: Any = client.hget(COUNTERS, f"job:{ATTEMPT_MS}")
    assert 42_000 <= int(took) < 72_000


def test_what_comes_back_from_the_store_is_not_counted_again(
    context: WorkerContext, client: redis.Redis
) -> None:
    records = context.records["job"]
    over, waiting = submitted(context), submitted(context)
    records.finish(records.claim(over, "w", 10), State.SUCCEEDED)
    context.archiver.file_all()
    client.flushall()
    context.recovery.fill()
    assert [records.get(job).state for job in (over, waiting)] == [State.SUCCEEDED, State.QUEUED]
    assert counts(client) == {}


def test_the_counters_are_bounded_by_the_table_of_codes() -> None:
    assert {state for state, _, _ in ENDS} == FINAL
    assert {code for _, code, _ in ENDS} == {"", *(kind.code for kind in family())}
    assert len({name for _, _, name in ENDS}) == len(ENDS)
