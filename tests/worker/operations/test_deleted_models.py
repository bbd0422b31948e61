"""What deletions and jobs have to do with one another."""

import threading

import pytest

from tests.worker.working import DATASET, outcome, ready_dataset, submitted
from worker.errors import InvalidParameter, ModelNotFound
from worker.operations.deleted_models import DeletedModels
from worker.operations.starting_model import origin_kept
from worker.tasks.context import WorkerContext


@pytest.fixture
def deleted_models(context: WorkerContext) -> DeletedModels:
    return DeletedModels(context.store, context.records, trash_days=0)


def test_a_number_is_not_given_again_though_trash_and_redis_are_empty(
    context: WorkerContext, deleted_models: DeletedModels
) -> None:
    ready_dataset(context, DATASET)
    assert outcome(context, submitted(context)).version == 1
    deleted_models.delete("cats")
    context.redis.delete("purr:versions")
    again = outcome(context, submitted(context))
    assert again.version == 2
    assert context.store.aliases.shown("cats").versions() == {"champion": 2}


def test_a_version_stays_while_the_record_of_a_job_is_made_that_starts_from_it(
    context: WorkerContext, deleted_models: DeletedModels
) -> None:
    ready_dataset(context, DATASET)
    for _ in range(2):
        outcome(context, submitted(context))
    [named] = context.store.aliases.shown("cats").versions().values()
    other = 3 - named
    start = {"start_from": {"model": "cats", "version": other}}
    deleting = threading.Thread(target=deleted_models.delete_version, args=("cats", other))
    with origin_kept(start, context.store):
        deleting.start()
        deleting.join(0.1)
        assert deleting.is_alive()
        assert context.store.models.has("cats", other)
    deleting.join()
    with pytest.raises(InvalidParameter) as refused, origin_kept(start, context.store):
        raise AssertionError
    assert refused.value.pointer == "/start_from/version"
    with pytest.raises(ModelNotFound):
        context.store.models.manifest("cats", other)
