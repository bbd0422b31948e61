"""The oldest trash makes way for what is new; who is refused is told what could be deleted."""

from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from tests.worker.jobs.trashing import WEEK_S, in_the_trash
from tests.worker.scorings import asked, publish_model, ready_to_score
from tests.worker.working import outcome, publish_dataset, ready_dataset, submitted
from worker.errors import StoreFull
from worker.jobs.reaper import Reaper
from worker.jobs.record import Record
from worker.jobs.trash import Trash
from worker.jsontypes import Json
from worker.store.model_trash import Trashed
from worker.store.store import Store
from worker.system.files import read_json
from worker.system.folder_size import bytes_below
from worker.tasks.context import WorkerContext

Limit = Callable[[int], None]


@pytest.fixture
def leave(context: WorkerContext) -> Limit:
    """Has the store's quota leave room for so many bytes, or ask for so many fewer."""

    def left(bytes_left: int) -> None:
        data = context.settings.data_dir
        used = bytes_below(*(data / name for name in ("datasets", "imports", "jobs", "uploads")))
        context.store.quota.max_bytes = used + bytes_left

    return left


def trashed(context: WorkerContext, trash: Trash, keep_s: float = WEEK_S) -> Record:
    dataset = ready_dataset(context)
    trash.put(dataset, keep_s)
    return dataset


def size(store: Store, dataset: Record) -> int:
    return store.datasets.bytes(dataset.id)


def test_the_oldest_trash_goes_first_and_no_more_than_must(
    context: WorkerContext, trash: Trash, leave: Limit
) -> None:
    later = trashed(context, trash, 2 * WEEK_S)
    first, second = trashed(context, trash), trashed(context, trash)
    leave(10)
    context.room.check(10)
    assert in_the_trash(context) == [second.id, first.id, later.id]
    context.room.check(11)
    assert in_the_trash(context) == [second.id, later.id]
    context.room.check(size(context.store, later) + 2000)
    assert in_the_trash(context) == [later.id]


def test_free_space_is_made_in_the_same_way(
    context: WorkerContext, trash: Trash, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, left = trashed(context, trash), trashed(context, trash)
    datasets = context.settings.data_dir / "datasets"
    monkeypatch.setattr(
        "worker.system.files.free_bytes", lambda folder: 999 - 900 * (datasets / gone.id).exists()
    )
    context.room.check(500)
    assert in_the_trash(context) == [left.id]


def test_what_cannot_be_removed_is_passed_over(
    context: WorkerContext, trash: Trash, leave: Limit, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, other = trashed(context, trash), trashed(context, trash)
    drop = context.store.datasets.drop

    def dropped(dataset: str) -> None:
        if dataset == stuck.id:
            raise OSError("it is away")
        drop(dataset)

    monkeypatch.setattr(context.store.datasets, "drop", dropped)
    leave(0)
    context.room.check(1)
    assert not context.store.datasets.has(other.id)
    assert context.store.datasets.has(stuck.id)


def test_who_is_refused_hears_of_the_largest_that_nothing_needs(
    context: WorkerContext, trash: Trash, leave: Limit
) -> None:
    spare, needed, learned = (ready_dataset(context) for _ in range(3))
    submitted(context, dataset=needed.id)
    about = {"job": "job_1", "dataset": {"id": learned.id}, "spec": {}}
    context.store.models.publish("cats", 1, {}, about, {})
    trashed(context, trash)
    leave(0)
    with pytest.raises(StoreFull) as refused:
        context.room.check(2**30)
    bytes_ = f"{size(context.store, spare):,}"
    assert str(refused.value).endswith(
        f"The largest datasets and versions of models that nothing needs: {spare.id} 'pictures' "
        f"({bytes_} bytes)."
    )
    assert in_the_trash(context) == []


def test_who_is_refused_hears_that_there_is_none(context: WorkerContext, leave: Limit) -> None:
    context.store.space.check()
    leave(1)
    with pytest.raises(StoreFull, match="There is no dataset and no version of a model"):
        context.room.check(2)


def test_who_is_refused_hears_of_the_results_of_scorings(
    context: WorkerContext, leave: Limit
) -> None:
    ready_to_score(context)
    larger, smaller = (outcome(context, asked(context, top=top)).id for top in (2, 1))
    outcome(context, asked(context, dataset="ds_0"))  # has failed, and made nothing
    sizes = [f"{context.store.scorings.bytes(each):,}" for each in (larger, smaller)]
    leave(0)
    with pytest.raises(StoreFull) as refused:
        context.room.check(2**30)
    assert str(refused.value).endswith(
        f" The largest results of scorings: {larger} ({sizes[0]} bytes), {smaller} ({sizes[1]} "
        "bytes)."
    )


def test_what_a_job_needs_again_does_not_go(
    context: WorkerContext, trash: Trash, leave: Limit
) -> None:
    kept, gone = trashed(context, trash), trashed(context, trash)
    submitted(context, dataset=kept.id)  # as a wiped Redis may be told of it
    leave(0)
    context.room.check(1)
    assert in_the_trash(context) == [kept.id]
    with pytest.raises(StoreFull):
        context.room.check(2**30)
    assert context.store.datasets.open(kept.id).id == kept.id
    assert size(context.store, gone) == 0


def test_a_sweep_keeps_the_quota(
    context: WorkerContext, trash: Trash, sweeper: Reaper, leave: Limit, client: redis.Redis
) -> None:
    gone, left = trashed(context, trash), trashed(context, trash)
    leave(0)
    sweeper.sweep()
    assert in_the_trash(context) == [left.id, gone.id]
    publish_dataset(context.store)
    sweeper.sweep()
    assert in_the_trash(context) == [left.id]


def test_a_sweep_reads_once_what_is_in_the_trash_of_models(
    context: WorkerContext, sweeper: Reaper, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []

    def seen(path: Path) -> Json | None:
        read.append(path)
        return read_json(path)

    publish_model(context.store)
    with context.store.model_trash.alone("cats"):
        context.store.model_trash.put([Trashed(10**15, "cats", 1)])
    monkeypatch.setattr("worker.store.model_trash.read_json", seen)
    sweeper.sweep()
    assert [path.name for path in read] == ["1.json"]
