"""What deletions and jobs have to do with one another."""

import threading

import pytest

from tests.worker.scorings import publish_model
from tests.worker.working import DATASET, outcome, ready_dataset, submitted
from worker.errors import InvalidParameter, ModelNotFound
from worker.operations.deleted_models import DeletedModels
from worker.operations.kept_versions import versions_kept
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


@pytest.mark.parametrize(
    ("kind", "named", "pointer"),
    [
        ("job", "start_from", "/start_from/version"),
        ("job", "verifies", "/verifies/version"),
        ("pred", None, "/version"),
    ],
)
def test_a_version_stays_while_a_record_is_made_that_needs_it(
    context: WorkerContext,
    deleted_models: DeletedModels,
    kind: str,
    named: str | None,
    pointer: str,
) -> None:
    store, which = context.store, {"model": "cats", "version": 2}
    for version in (1, 2):
        publish_model(store, version=version)
        store.aliases.settle("cats")
    body = which if named is None else {named: which}
    context.recovery.fill()
    deleting = threading.Thread(target=deleted_models.delete_version, args=("cats", 2))
    with versions_kept(kind, body, store):
        deleting.start()
        deleting.join(0.1)
        assert deleting.is_alive()
        assert store.models.has("cats", 2)
    deleting.join()
    with pytest.raises(InvalidParameter) as refused, versions_kept(kind, body, store):
        raise AssertionError
    assert refused.value.pointer == pointer
    with pytest.raises(ModelNotFound):
        store.models.manifest("cats", 2)


def test_one_job_may_need_two_versions(context: WorkerContext) -> None:
    publish_model(context.store)
    which = {"model": "cats", "version": 1}
    with versions_kept("job", {"start_from": which, "verifies": which}, context.store):
        assert context.store.models.has("cats", 1)
