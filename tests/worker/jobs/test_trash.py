"""Deleted datasets: kept for a while, restored as they were, gone for good in time."""

import pytest
import redis

from tests.worker.jobs.trashing import WEEK_S, in_the_trash, in_use, traces
from tests.worker.working import ready_dataset, submitted, wiped
from worker.errors import DatasetNotFound, IllegalMove, QueueUnavailable, StoreFull
from worker.jobs.fill_mark import FILLED
from worker.jobs.reaper import Reaper
from worker.jobs.record import State, new_id
from worker.jobs.recovery import Recovery
from worker.jobs.redis_connection import now_ms
from worker.jobs.redis_records import TRASHED
from worker.jobs.trash import Trash
from worker.tasks.context import WorkerContext


def test_what_is_restored_is_as_it_was(context: WorkerContext, trash: Trash) -> None:
    before, other = ready_dataset(context), ready_dataset(context)
    trash.put(before, WEEK_S)
    assert (in_use(context), in_the_trash(context)) == ([other.id], [before.id])
    assert trash.restore(context.records["ds"].get(before.id)) == before
    assert (in_use(context), in_the_trash(context)) == ([other.id, before.id], [])
    assert context.records["ds"].ids(State.SUCCEEDED) == [before.id, other.id]
    assert context.store.datasets.open(before.id).digest == (before.result or {})["digest"]


def test_it_is_kept_for_as_long_as_was_said(context: WorkerContext, trash: Trash) -> None:
    dataset = ready_dataset(context)
    trash.put(dataset, WEEK_S)
    until = context.records["ds"].get(dataset.id).trashed_until
    assert until is not None
    assert dataset.created_at is not None
    assert WEEK_S <= (until - dataset.created_at).total_seconds() < WEEK_S + 30
    trash.put(context.records["ds"].get(dataset.id), 3600)  # a second time changes nothing
    assert context.records["ds"].get(dataset.id).trashed_until == until


def test_what_is_in_use_cannot_be_restored(context: WorkerContext, trash: Trash) -> None:
    with pytest.raises(IllegalMove, match="in use"):
        trash.restore(ready_dataset(context))


def test_the_jobs_that_need_it_are_named(context: WorkerContext, trash: Trash) -> None:
    dataset = ready_dataset(context)
    jobs = [submitted(context, dataset=dataset.id)]
    with pytest.raises(IllegalMove, match=f"; {jobs[0]} does"):
        trash.put(dataset, WEEK_S)
    jobs += [submitted(context, dataset=dataset.id) for _ in range(6)]
    with pytest.raises(IllegalMove, match=f"; {', '.join(jobs[:5])} and 2 more do"):
        trash.put(dataset, 0)
    assert context.records["ds"].get(dataset.id) == dataset


def test_a_version_in_the_making_keeps_all_from_which_it_is_made(
    context: WorkerContext, trash: Trash
) -> None:
    upload, other = ready_dataset(context), ready_dataset(context)
    body = {"name": "a", "parent": other.id, "sources": sorted([upload.id, other.id])}
    version = context.records["ds"].create(new_id("ds"), body)
    for dataset in (upload, other):
        with pytest.raises(IllegalMove, match=f"; {version.id} does"):
            trash.put(dataset, WEEK_S)


def test_before_redis_knows_all_jobs_nothing_is_deleted(
    context: WorkerContext, trash: Trash, client: redis.Redis
) -> None:
    dataset = ready_dataset(context)
    client.delete(FILLED)
    with pytest.raises(QueueUnavailable):
        trash.put(dataset, 0)
    assert context.records["ds"].get(dataset.id) == dataset


def test_a_wiped_redis_is_told_what_is_in_the_trash(
    context: WorkerContext, trash: Trash, recovery: Recovery, client: redis.Redis
) -> None:
    records, other = context.records["ds"], ready_dataset(context)
    trash.put(ready_dataset(context), WEEK_S)
    (before,) = records.page(TRASHED, 9, None)
    wiped(client, recovery)
    assert records.get(before.id) == before
    assert (in_use(context), in_the_trash(context)) == ([other.id], [before.id])
    after = trash.restore(before)
    wiped(client, recovery)
    assert records.get(before.id) == after
    assert (in_use(context), in_the_trash(context)) == ([before.id, other.id], [])


def test_what_is_due_goes_and_nothing_is_left_of_it(
    context: WorkerContext, trash: Trash, client: redis.Redis
) -> None:
    due, later = ready_dataset(context), ready_dataset(context)
    trash.put(due, 0.001)
    trash.put(later, WEEK_S)
    trash.sweep(now_ms(context.redis))
    assert traces(context, client, due.id) == []
    assert in_the_trash(context) == [later.id]
    with pytest.raises(DatasetNotFound):
        trash.restore(context.records["ds"].get(due.id))


def test_a_sweep_empties_the_trash(
    context: WorkerContext, trash: Trash, sweeper: Reaper, client: redis.Redis
) -> None:
    due = ready_dataset(context)
    trash.put(due, 0.001)
    sweeper.sweep()
    assert traces(context, client, due.id) == []


def test_of_a_rejected_import_nothing_but_its_record_is_kept_and_restored(
    context: WorkerContext, trash: Trash, recovery: Recovery, client: redis.Redis
) -> None:
    records, dataset = context.records["ds"], new_id("ds")
    context.store.archive.keep_request(dataset, {"body": {"name": "a"}})
    mine = records.claim(records.create(dataset, {"name": "a"}).id, "w", 10)
    problem = {"code": "corrupt_file", "detail": "It is damaged."}
    before = records.finish(mine, State.FAILED, {"problem": problem})
    trash.put(before, WEEK_S)
    wiped(client, recovery)
    assert in_the_trash(context) == [dataset]
    assert trash.restore(records.get(dataset)) == before


def test_a_full_disk_keeps_nothing_from_being_deleted_for_good(
    context: WorkerContext, trash: Trash, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(dataset: str, until_ms: str) -> None:
        raise StoreFull("The disk is full.")

    dataset, kept = ready_dataset(context), ready_dataset(context)
    monkeypatch.setattr(context.store.archive, "keep_trashed", full)
    trash.put(dataset, 0)
    assert traces(context, client, dataset.id) == []
    with pytest.raises(StoreFull):  # what would not survive a wipe is not promised
        trash.put(kept, WEEK_S)


def test_what_cannot_be_removed_does_not_keep_others_from_it(
    context: WorkerContext, trash: Trash, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, other = ready_dataset(context), ready_dataset(context)
    drop = context.store.datasets.drop

    def dropped(dataset: str) -> None:
        if dataset == stuck.id:
            raise OSError("it is away")
        drop(dataset)

    for dataset in (stuck, other):
        trash.put(dataset, 0.001)
    monkeypatch.setattr(context.store.datasets, "drop", dropped)
    trash.sweep(now_ms(context.redis))
    assert traces(context, client, other.id) == []
    monkeypatch.undo()
    trash.sweep(now_ms(context.redis))
    assert traces(context, client, stuck.id) == []


def test_a_restored_dataset_is_not_swept_by_who_looked_before(
    context: WorkerContext, trash: Trash, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = ready_dataset(context)
    trash.put(dataset, 0.001)
    taken = trash._taken

    def restored_first(dataset_id: str, now: str, keep_s: float) -> list[object]:
        monkeypatch.undo()
        trash.restore(context.records["ds"].get(dataset_id))
        return taken(dataset_id, now, keep_s)

    monkeypatch.setattr(trash, "_taken", restored_first)
    trash.sweep(now_ms(context.redis))
    assert context.records["ds"].get(dataset.id) == dataset
    assert context.store.datasets.manifest(dataset.id)["id"] == dataset.id
