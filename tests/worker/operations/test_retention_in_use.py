"""What something needs stays, however old it is, and whoever dies while it goes."""

import json

import pytest
import redis

from tests.worker.retaining import ALL, World
from tests.worker.store.backup.conftest import write
from worker.jobs.record import new_id
from worker.jobs.recovery import Recovery
from worker.jobs.transitions import Transitions
from worker.jsontypes import Json
from worker.operations.retention import AT_ONCE
from worker.operations.retention_policy import Policy
from worker.tasks.context import WorkerContext


@pytest.fixture
def world(context: WorkerContext, client: redis.Redis) -> World:
    return World(context, client)


@pytest.mark.parametrize("state", ["queued", "running", "paused"])
def test_what_has_not_ended_stays(world: World, state: str) -> None:
    job = world.ended(31)
    world.client.hset(f"purr:job:{job}", "state", state)
    assert world.due() == []


def test_what_is_not_filed_as_ended_stays(world: World) -> None:
    job = world.ended(31)
    (world.root / "jobs" / job / "record.json").unlink()
    assert world.due() == []


@pytest.mark.parametrize("end", [None, {"state": "succeeded"}])
def test_jobs_of_a_sweep_stay_and_their_parts_until_it_is_over(
    world: World, end: Json | None
) -> None:
    sweep = world.id("swp", 31)
    job = world.ended(31, sweep={"id": sweep, "candidate": 0})
    write(world.root, f"sweeps/{sweep}/request.json", "{}")
    write(world.root, f"sweeps/{sweep}/book.json", json.dumps({"end": end} if end else {}))
    parts = [(kind, job) for kind in ("checkpoints", "metrics", "events")]
    assert world.due() == (parts if end else [])


def test_nothing_goes_of_the_job_of_a_champion_nor_of_any_that_an_alias_names(
    world: World,
) -> None:
    jobs = [world.ended(31) for _ in range(3)]
    for version, job in enumerate(jobs, start=1):
        world.model("cats", version, job)
    left = world.due()
    # No alias was ever set, so the newest is champion.
    assert not [due for due in left if due[1] == jobs[2]]
    # The versions of the others are there, and tell of their jobs.
    assert {kind for kind, _ in left} == {"checkpoints", "metrics", "events"}
    assert {job for _, job in left} == {*jobs[:2]}


def test_the_job_of_a_version_in_the_trash_stays(world: World) -> None:
    job = world.ended(31)
    world.model("cats", 1, job, trash="trash/")
    assert ("jobs", job) not in world.due()


def test_files_stay_of_which_a_model_comes_over_any_number_of_versions(world: World) -> None:
    first, added, free = (world.dataset(31) for _ in range(3))
    version = world.dataset(31, parent=first, edits={"add": added})
    last = world.dataset(31, parent=version, edits={"drop": []})
    world.model("cats", 1, "job_x", last)
    assert world.due(Policy(originals=ALL)) == [("originals", free)]


@pytest.mark.parametrize("kind", ["job", "pred", "ds"])
def test_files_stay_that_something_unfinished_needs(world: World, kind: str) -> None:
    first, free = world.dataset(31), world.dataset(31)
    version = world.dataset(31, parent=first)
    need = {"sources": [version], "name": "x"} if kind == "ds" else {"dataset": version}
    records: Transitions = world.records[kind]
    records.create(new_id(kind), {"model": "cats", "version": 1, **need})
    assert world.due(Policy(originals=ALL)) == [("originals", free)]


def test_what_began_to_be_used_since_it_was_seen_stays(world: World) -> None:
    for _ in range(AT_ONCE + 1):
        world.dataset(31)
    retention = world.retention(policy := Policy(originals=ALL))
    retention.sweep()
    ((_, left),) = world.due(policy)
    world.model("cats", 1, "job_x", left)
    retention.sweep()
    assert (world.root / "datasets" / left / "originals").exists()


def test_whoever_dies_after_the_record_went_leaves_the_rest_to_the_next(world: World) -> None:
    job = world.ended(31)
    world.store.expiring.mark(job)
    world.client.delete(f"purr:job:{job}")
    retention = world.retention(Policy(jobs=ALL))
    assert [due.why for due in retention.due()] == ["its record is gone"]
    retention.sweep()
    assert not (world.root / "jobs" / job).exists()


def test_files_of_which_nobody_began_to_remove_the_record_stay_without_it(world: World) -> None:
    """Redis may be told of them any moment."""
    job = world.ended(31)
    world.client.delete(f"purr:job:{job}")
    assert world.due() == []
    world.client.flushall()
    Recovery(world.client, world.records, world.store).fill()
    assert ("jobs", job) in world.due()


def test_a_redis_that_was_told_again_brings_back_what_was_only_marked(world: World) -> None:
    job = world.ended(31)
    world.store.expiring.mark(job)
    world.client.flushall()
    Recovery(world.client, world.records, world.store).fill()
    assert world.knows(job)
    world.retention(Policy(jobs=ALL)).sweep()
    assert not world.knows(job) and not (world.root / "jobs" / job).exists()
