"""What is old goes: whole jobs, parts of them, events, and uploaded files; and it is counted."""

import logging
import time
from typing import Any

import pytest
import redis

from tests.worker.retaining import ALL, EVERYTHING, World
from worker.jobs.counters import COUNTERS
from worker.operations.retention import AT_ONCE, Due
from worker.operations.retention_policy import Policy, Rule
from worker.tasks.context import WorkerContext


@pytest.fixture
def world(context: WorkerContext, client: redis.Redis) -> World:
    return World(context, client)


def test_without_a_policy_nothing_goes(world: World) -> None:
    job = world.ended(10_000)
    retention = world.retention(Policy())
    retention.sweep()
    assert [*retention.due()] == []
    assert world.knows(job)


def test_an_old_job_goes_with_all_that_is_its(world: World, caplog: Any) -> None:
    caplog.set_level(logging.INFO)
    old, young = world.ended(31, tags=["small"]), world.ended(29)
    world.retention().sweep()
    assert (world.knows(old), (world.root / "jobs" / old).exists()) == (False, False)
    assert (world.root / "jobs" / young / "metrics.1.jsonl").exists()
    assert [record.id for record in world.records["job"].page(None, 9, None)] == [young]
    assert not world.client.keys("purr:jobs:tag:small")
    assert f"jobs of {old} went" in caplog.text and "older than 30 days" in caplog.text
    counted = world.client.hgetall(COUNTERS)
    assert counted["expired:jobs"] == "1" and int(counted["expired_bytes:jobs"]) > 12


@pytest.mark.parametrize(
    ("policy", "kind", "gone", "size"),
    [(Policy(checkpoints=ALL), "checkpoints", ("checkpoints", "kept"), 5),
     (Policy(metrics=ALL), "metrics", ("metrics.1.jsonl",), 7),
     (Policy(events=ALL), "events", ("events.jsonl",), 43)],
)  # fmt: skip
def test_a_part_of_an_old_job_goes_alone(
    world: World, policy: Policy, kind: str, gone: tuple[str, ...], size: int
) -> None:
    old, young = world.ended(31), world.ended(29)
    before = {path.name for path in (world.root / "jobs" / old).iterdir()}
    world.retention(policy).sweep()
    assert {path.name for path in (world.root / "jobs" / old).iterdir()} == before - {*gone}
    assert {path.name for path in (world.root / "jobs" / young).iterdir()} == before
    assert world.knows(old)
    assert int(world.client.hget(COUNTERS, f"expired_bytes:{kind}")) == size  # type: ignore[arg-type]


def test_the_newest_stay_and_those_before_go(world: World) -> None:
    jobs = [world.ended(days) for days in (40, 30, 20, 10)]
    policy = Policy(metrics=Rule(newest=2))
    assert world.due(policy) == [("metrics", jobs[1]), ("metrics", jobs[0])]


def test_what_ended_within_the_last_week_stays_whatever_is_newer(world: World) -> None:
    week = [world.ended(days) for days in (6.9, 6.5, 6)]
    old = world.ended(8)
    assert world.due(Policy(jobs=Rule(newest=1))) == [("jobs", old)]
    assert all(map(world.knows, week))


def test_a_job_that_was_asked_for_long_ago_and_ended_now_stays(world: World) -> None:
    job = world.ended(31)
    world.client.hset(f"purr:job:{job}", "finished_at", str(int(time.time() * 1000)))
    assert world.due() == []


def test_uploaded_files_go_and_the_dataset_stays(world: World) -> None:
    old, young = world.dataset(31), world.dataset(29)
    (world.root / "originals").mkdir()
    picture = world.root / "datasets" / old / "originals" / "01-a.zip"
    (world.root / "originals" / "aa").hardlink_to(picture)
    world.retention(Policy(originals=ALL)).sweep()
    assert not picture.parent.exists() and not (world.root / "originals" / "aa").exists()
    assert (world.root / "datasets" / old / "manifest.json").exists()
    assert (world.root / "datasets" / young / "originals").exists()


def test_events_of_imports_and_scorings_go_too(world: World) -> None:
    ids = [world.ended(31, "pred"), world.ended(31, "ds")]
    policy = Policy(events=ALL)
    assert {each for _, each in world.due(policy)} == {*ids}
    world.retention(policy).sweep()
    assert [world.store.archive.events(each) for each in ids] == [None, None]


def test_a_look_says_the_bytes_and_takes_nothing(world: World) -> None:
    job = world.ended(31)
    (due,) = world.retention(Policy(metrics=ALL)).due()
    assert due == Due("metrics", job, 7, "it is older than 30 days")
    assert (world.root / "jobs" / job / "metrics.1.jsonl").exists()


def test_in_a_dry_run_all_is_told_and_nothing_goes(world: World) -> None:
    job = world.ended(31)
    retention = world.retention(EVERYTHING._replace(dry_run=True))
    retention.sweep()
    assert [(due.kind, due.id) for due in retention.due()] == [("jobs", job)]
    assert world.knows(job)


def test_so_many_go_at_a_time(world: World) -> None:
    for _ in range(AT_ONCE + 5):
        world.ended(31)
    retention, left = world.retention(Policy(metrics=ALL)), world.retention(Policy(metrics=ALL))
    retention.sweep()
    assert len([*left.due()]) == 5
    retention.sweep()
    assert [*left.due()] == []
