"""A job is submitted while its dataset is deleted: it has its dataset, or it is refused."""

import time
from collections.abc import Callable

import pytest
import redis

from tests.worker.jobs.trashing import WEEK_S
from tests.worker.verifying import published
from tests.worker.working import at_once, listed, ready_dataset
from worker.errors import AcceptanceUnknown, DatasetNotReady, IllegalMove, InvalidParameter
from worker.jobs.record import Record
from worker.jobs.trash import Trash
from worker.jsontypes import Json
from worker.operations.deleted_models import DeletedModels
from worker.operations.jobs import Jobs
from worker.spec import JobSpec
from worker.tasks.context import WorkerContext

Meanwhile = Callable[[Callable[[], object]], None]


def spec_for(dataset: Record) -> JobSpec:
    return JobSpec(dataset=dataset.id, model="cats", recipe=None, epochs=2)


@pytest.fixture
def between(context: WorkerContext, monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """Does something when a job has been checked and its request is in the store."""
    keep = context.store.archive.keep_request

    def happen(what: Callable[[], object]) -> None:
        def kept(record_id: str, request: Json) -> None:
            keep(record_id, request)
            what()

        monkeypatch.setattr(context.store.archive, "keep_request", kept)

    return happen


@pytest.mark.parametrize("key", [None, "a key"])
@pytest.mark.parametrize(("keep_s", "refused"), [(WEEK_S, DatasetNotReady), (0, InvalidParameter)])
def test_a_dataset_that_is_deleted_between_check_and_record(
    context: WorkerContext,
    operations: Jobs,
    trash: Trash,
    between: Meanwhile,
    key: str | None,
    keep_s: float,
    refused: type[Exception],
) -> None:
    dataset = ready_dataset(context)
    between(lambda: trash.put(context.records["ds"].get(dataset.id), keep_s))
    with pytest.raises(refused):
        operations.submit(spec_for(dataset), key)
    assert listed(operations) == []
    if key is None:
        assert [*context.store.archive.all("job")] == []


def test_a_version_that_is_deleted_between_check_and_record_is_not_trained_again(
    context: WorkerContext, operations: Jobs, between: Meanwhile
) -> None:
    made = published(context)
    between(lambda: DeletedModels(context.store, context.records, 7).delete("cats"))
    with pytest.raises(InvalidParameter) as refused:
        operations.verify("cats", 1)
    assert refused.value.pointer == "/verifies/version"
    assert listed(operations) == [made.id]


def test_a_redis_that_is_wiped_between_check_and_record_has_not_deleted_the_dataset(
    context: WorkerContext, operations: Jobs, trash: Trash, between: Meanwhile, client: redis.Redis
) -> None:
    dataset = ready_dataset(context)
    between(client.flushall)
    with pytest.raises(AcceptanceUnknown):
        operations.submit(spec_for(dataset))


def test_a_dataset_in_the_trash_is_said_to_be_there(
    context: WorkerContext, operations: Jobs, trash: Trash
) -> None:
    dataset = ready_dataset(context)
    trash.put(dataset, WEEK_S)
    with pytest.raises(DatasetNotReady, match=f"in the trash.*{dataset.id}/restore"):
        operations.submit(spec_for(dataset))
    trash.restore(context.records["ds"].get(dataset.id))
    assert operations.submit(spec_for(dataset)).body["dataset"] == dataset.id


@pytest.mark.parametrize("keep_s", [WEEK_S, 0])
@pytest.mark.parametrize("turn", range(15))
def test_many_who_submit_and_many_who_delete(
    context: WorkerContext, operations: Jobs, trash: Trash, keep_s: float, turn: int
) -> None:
    dataset = ready_dataset(context)

    def submit() -> Record:
        return operations.submit(spec_for(dataset))

    def delete() -> str:
        time.sleep(turn / 1000)  # to submit takes longer, and either is to be the first
        trash.put(context.records["ds"].get(dataset.id), keep_s)
        return "deleted"

    results = at_once(*[submit, delete] * 4)
    accepted = [each for each in results if isinstance(each, Record)]
    deleted = "deleted" in results
    # Whoever is first decides for all; and nothing else than this came of it.
    assert deleted is not bool(accepted), results
    refusals = [each for each in results if isinstance(each, Exception)]
    assert {type(each).__name__ for each in refusals} <= (
        {DatasetNotReady.__name__, InvalidParameter.__name__, "DatasetNotFound"}
        if deleted
        else {IllegalMove.__name__}
    )
    assert sorted(listed(operations)) == sorted(each.id for each in accepted)
    for job in accepted:
        assert context.store.datasets.open(job.body["dataset"]).id == dataset.id
