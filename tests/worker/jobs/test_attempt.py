import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import redis

from tests.conftest import Eventually
from tests.worker.working import lapsed_by_now
from worker.errors import Cancelled, LeaseLost, Paused, Preempted, Stopped, WorkerError
from worker.jobs.attempt import Attempt
from worker.jobs.record import Record, State, new_id
from worker.jobs.transitions import Transitions
from worker.jsontypes import Json


@pytest.fixture
def mine(jobs: Transitions) -> Record:
    return jobs.claim(jobs.create(new_id("job"), {}).id, "w", lease_s=0.5)


def was_told(jobs: Transitions, mine: Record, progress: dict[str, int]) -> bool:
    return jobs.get(mine.id).progress == progress


def stopped_by(attempt: Attempt, kind: type[Exception]) -> Callable[[], bool]:
    def asked() -> bool:
        try:
            attempt.check()
        except WorkerError as error:
            return isinstance(error, kind)
        return False

    return asked


def test_the_lease_outlives_its_length_while_the_attempt_lasts(
    jobs: Transitions, mine: Record, eventually: Eventually
) -> None:
    with Attempt(jobs, mine, lease_s=0.5) as attempt:
        for epoch in range(5):
            renewals = {"epoch": epoch}
            attempt.note(progress=renewals)
            eventually(partial(was_told, jobs, mine, renewals))
            attempt.check()
    eventually(lambda: lapsed_by_now(jobs) != [])


@pytest.mark.parametrize(
    ("asking", "kind"), [("cancel", Cancelled), ("pause", Paused), ("stop", Stopped)]
)
def test_what_is_asked_is_heard(
    jobs: Transitions, mine: Record, eventually: Eventually, asking: str, kind: type[Exception]
) -> None:
    with Attempt(jobs, mine, lease_s=0.5) as attempt:
        getattr(jobs, asking)(mine.id)
        eventually(stopped_by(attempt, kind))


@pytest.mark.parametrize(
    ("asking", "kind"), [("cancel", Cancelled), ("pause", Paused), ("stop", Stopped)]
)
def test_what_was_asked_before_it_began_is_known_at_once(
    jobs: Transitions, mine: Record, asking: str, kind: type[Exception]
) -> None:
    with pytest.raises(kind):
        Attempt(jobs, getattr(jobs, asking)(mine.id), lease_s=0.5).check()


def test_a_wish_gives_way_to_a_later_one(
    jobs: Transitions, mine: Record, eventually: Eventually
) -> None:
    with Attempt(jobs, mine, lease_s=0.5) as attempt:
        for asking, kind in (("pause", Paused), ("stop", Stopped), ("cancel", Cancelled)):
            getattr(jobs, asking)(mine.id)
            eventually(stopped_by(attempt, kind))


def test_who_must_end_hears_no_more_wishes(
    jobs: Transitions, mine: Record, eventually: Eventually
) -> None:
    with Attempt(jobs, mine, lease_s=0.5) as attempt:
        attempt.preempt()
        jobs.stop(mine.id)
        eventually(lambda: attempt.record.requested == "stop")
        with pytest.raises(Preempted):
            attempt.check()


def test_a_lost_lease_is_noticed(jobs: Transitions, mine: Record, eventually: Eventually) -> None:
    with Attempt(jobs, mine, lease_s=0.5) as attempt:
        jobs.record_loss(mine, 3, "looked dead")
        eventually(stopped_by(attempt, LeaseLost))


def test_a_worker_that_must_stop_stops_its_attempt(jobs: Transitions, mine: Record) -> None:
    with Attempt(jobs, mine, lease_s=0.5) as attempt:
        attempt.preempt()
        with pytest.raises(Preempted):
            attempt.check()


def test_an_outage_of_redis_does_not_end_the_attempt(
    jobs: Transitions, mine: Record, client: redis.Redis, eventually: Eventually
) -> None:
    with Attempt(jobs, mine, lease_s=0.5) as attempt:
        client.config_set("maxmemory", "1")  # every write is refused from now on
        try:
            attempt.note(progress={"epoch": 1})
            eventually(lambda: client.info("errorstats").get("errorstat_OOM"))
        finally:
            client.config_set("maxmemory", "0")
        eventually(lambda: jobs.get(mine.id).progress == {"epoch": 1})
        attempt.check()


def test_a_renewal_without_memory_is_tried_again(
    jobs: Transitions, mine: Record, monkeypatch: pytest.MonkeyPatch, eventually: Eventually
) -> None:
    renew, failed = jobs.renew, list[bool]()

    def at_first_not(*args: Any) -> Record:
        if not failed:
            failed.append(True)
            raise MemoryError
        return renew(*args)

    monkeypatch.setattr(jobs, "renew", at_first_not)
    with Attempt(jobs, mine, lease_s=0.5) as attempt:
        attempt.note(progress={"epoch": 1})
        eventually(partial(was_told, jobs, mine, {"epoch": 1}))
        attempt.check()
    assert failed


def test_a_redis_that_was_wiped_does_not_end_the_attempt_before_it_knows_better(
    jobs: Transitions, mine: Record, client: redis.Redis, eventually: Eventually
) -> None:
    with Attempt(jobs, mine, lease_s=0.5) as attempt:
        client.flushall()
        before = client.info("commandstats").get("cmdstat_evalsha", {"calls": 0})["calls"]
        eventually(lambda: client.info("commandstats")["cmdstat_evalsha"]["calls"] > before + 1)
        attempt.check()
        jobs.restore(mine.id, {"state": State.QUEUED, "attempt": "1", "body": "{}"})
        eventually(stopped_by(attempt, LeaseLost))
    assert jobs.get(mine.id).state is State.QUEUED


# What it tells


def renewals(client: redis.Redis, job: str, *names: str) -> list[Json]:
    """The data of the events with these names."""
    entries: Any = client.xrange(f"purr:job:{job}:events")
    return [json.loads(e["data"]) for _, e in entries if e["event"] in names]


def test_an_event_is_told_once_and_in_its_order(
    jobs: Transitions, mine: Record, client: redis.Redis, eventually: Eventually
) -> None:
    numbers = [{"n": n} for n in range(20)]
    with Attempt(jobs, mine, lease_s=0.5) as attempt:
        for number in numbers:
            attempt.event("finding", number)
        eventually(lambda: renewals(client, mine.id, "finding") == numbers)


def test_what_changes_all_the_time_is_told_in_its_newest_form(
    jobs: Transitions, mine: Record, client: redis.Redis, eventually: Eventually
) -> None:
    with Attempt(jobs, mine, lease_s=0.5) as attempt:
        for n in range(1000):
            attempt.show("progress", {"n": n})
            attempt.show("metrics", {"n": n})
        eventually(lambda: {"n": 999} in renewals(client, mine.id, "progress"))
        for name in ("progress", "metrics"):
            seen = [data["n"] for data in renewals(client, mine.id, name)]
            assert seen[-1] == 999
            assert seen == sorted(set(seen))
            assert len(seen) <= 3


def test_what_was_not_told_is_told_with_the_end(
    jobs: Transitions, mine: Record, client: redis.Redis
) -> None:
    attempt = Attempt(jobs, mine, lease_s=0.5)  # whose thread has not begun
    attempt.event("finding", {"n": 1})
    attempt.show("progress", {"n": 2})
    attempt.show("progress", {"n": 3})
    jobs.finish(mine, State.SUCCEEDED, {}, attempt.untold())
    entries: Any = client.xrange(f"purr:job:{mine.id}:events")
    assert [entry["event"] for _, entry in entries][-3:] == ["finding", "progress", "state"]
    assert renewals(client, mine.id, "finding", "progress") == [{"n": 1}, {"n": 3}]
    assert attempt.untold() == []


def test_events_of_an_outage_are_told_after_it(
    jobs: Transitions, mine: Record, client: redis.Redis, eventually: Eventually
) -> None:
    with Attempt(jobs, mine, lease_s=0.5) as attempt:
        client.config_set("maxmemory", "1")
        try:
            attempt.event("finding", {"n": 1})
            eventually(lambda: client.info("errorstats").get("errorstat_OOM"))
            attempt.event("finding", {"n": 2})
        finally:
            client.config_set("maxmemory", "0")
        eventually(lambda: renewals(client, mine.id, "finding") == [{"n": 1}, {"n": 2}])
