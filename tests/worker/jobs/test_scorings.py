"""A scoring is a record like others: it keeps its dataset, survives a wipe, and goes whole."""

from collections.abc import Callable

import pytest
import redis

from tests.worker.jobs.trashing import WEEK_S
from tests.worker.scorings import asked, files, publish_model
from tests.worker.working import at_once, outcome, ready_dataset, wiped
from worker.errors import (
    AcceptanceUnknown,
    DatasetNotReady,
    IdempotencyConflict,
    IllegalMove,
    InvalidParameter,
    ScoringNotFound,
)
from worker.jobs.deletable import deletable
from worker.jobs.idempotency import Keys
from worker.jobs.messages import queue
from worker.jobs.placement import queue_for
from worker.jobs.queue import JobQueue
from worker.jobs.reaper import Reaper
from worker.jobs.record import Record, State
from worker.jobs.recovery import Recovery
from worker.jobs.trash import Trash
from worker.operations.deleted_models import DeletedModels
from worker.operations.scorings import Scorings
from worker.spec.scoring import ScoringSpec
from worker.store.aliases import Move
from worker.store.operating_point import OperatingPoint
from worker.system.folder_size import bytes_below
from worker.tasks.context import WorkerContext


@pytest.fixture
def dataset(context: WorkerContext) -> Record:
    publish_model(context.store)
    return ready_dataset(context)


@pytest.fixture
def scorings(context: WorkerContext, keys: Keys, raw: redis.Redis) -> Scorings:
    """What the API calls."""
    own = Trash(context.redis, context.records["pred"], context.store, context.archiver)
    shared = JobQueue(raw), context.store, context.archiver
    return Scorings(context.records, own, context.room, keys, *shared)


def spec_for(dataset: Record, **more: object) -> ScoringSpec:
    return ScoringSpec.model_validate({"model": "cats", "dataset": dataset.id, **more})


def test_what_is_accepted_names_the_version_that_answered_then(
    context: WorkerContext, scorings: Scorings, dataset: Record, raw: redis.Redis
) -> None:
    made = scorings.submit(spec_for(dataset))
    by_name = scorings.submit(ScoringSpec(model="cats", dataset="pictures"))
    assert made.body == by_name.body
    assert (made.body["version"], made.body["dataset"]) == (1, dataset.id)
    assert [m.rpartition("-")[0] for m in queue("train", raw).job_ids] == [made.id, by_name.id]
    assert outcome(context, made.id).state is State.SUCCEEDED


def test_by_its_alias_a_champion_answers_as_the_alias_wants_it(
    context: WorkerContext, scorings: Scorings, dataset: Record
) -> None:
    point = OperatingPoint(0.3, unsure=False)
    aliases = context.store.aliases
    move = Move("champion", 1, "caller", "", operating_point=point)
    aliases.move("cats", move, aliases.of("cats").revision)
    found = [
        (record.body["threshold"], record.body["unsure"])
        for record in (
            scorings.submit(spec_for(dataset)),
            scorings.submit(spec_for(dataset, threshold=0.6)),
            scorings.submit(spec_for(dataset, version=1)),
        )
    ]
    assert found == [(0.3, False), (0.6, False), (None, True)]


@pytest.mark.parametrize(
    ("served", "name"),
    [({"train"}, "train"), ({"train", "gpu"}, "train"), ({"gpu"}, "gpu"), (set(), "train")],
)
def test_it_waits_where_jobs_wait_that_need_no_graphics_processor(
    context: WorkerContext, dataset: Record, served: set[str], name: str
) -> None:
    record = context.records["pred"].get(asked(context, dataset=dataset.id))
    assert queue_for(record, served) == name


def test_a_dataset_is_not_deleted_before_its_scorings_are_over(
    context: WorkerContext, scorings: Scorings, dataset: Record, trash: Trash
) -> None:
    scoring = scorings.submit(spec_for(dataset)).id
    with pytest.raises(IllegalMove, match=scoring):
        trash.put(dataset, WEEK_S)
    assert not [
        each for each in deletable(context.records, context.store) if dataset.id in each.what
    ]
    with pytest.raises(IllegalMove, match="Cancel it first"):
        scorings.delete(scoring)
    scorings.cancel(scoring)
    trash.put(dataset, WEEK_S)
    with pytest.raises(DatasetNotReady, match="in the trash"):
        scorings.submit(spec_for(dataset))


def test_a_version_is_not_deleted_before_its_scorings_are_over(
    context: WorkerContext, scorings: Scorings, dataset: Record
) -> None:
    context.store.aliases.settle("cats")
    publish_model(context.store, version=2)
    scoring = scorings.submit(spec_for(dataset, version=2)).id
    deleted = DeletedModels(context.store, context.records, trash_days=0)
    with pytest.raises(IllegalMove, match=scoring):
        deleted.delete_version("cats", 2)
    scorings.cancel(scoring)
    deleted.delete_version("cats", 2)
    with pytest.raises(InvalidParameter):
        scorings.submit(spec_for(dataset, version=2))


def test_results_stay_when_the_dataset_goes(
    context: WorkerContext, scorings: Scorings, dataset: Record, trash: Trash
) -> None:
    scoring = outcome(context, scorings.submit(spec_for(dataset)).id).id
    trash.put(dataset, 0)
    assert sum(len(lines.splitlines()) for lines in scorings.results(scoring).lines) == 80


def test_of_twins_at_once_comes_one_scoring(scorings: Scorings, dataset: Record) -> None:
    results = at_once(*[lambda: scorings.submit(spec_for(dataset), "a")] * 4)
    (one,) = {each.id for each in results}
    with pytest.raises(IdempotencyConflict, match=one):
        scorings.submit(spec_for(dataset, top=1), "a")
    assert [each.id for each in scorings.page(None, 9, None)] == [one]


def test_a_refused_request_frees_its_key(scorings: Scorings, dataset: Record) -> None:
    with pytest.raises(InvalidParameter):
        scorings.submit(spec_for(dataset, split="validation"), "a")
    assert scorings.submit(spec_for(dataset, split="train"), "a").state is State.QUEUED


@pytest.mark.parametrize("state", ["queued", "succeeded", "cancelled"])
def test_a_wiped_redis_is_told_of_it_again(
    context: WorkerContext,
    scorings: Scorings,
    dataset: Record,
    client: redis.Redis,
    recovery: Recovery,
    state: str,
) -> None:
    scoring = scorings.submit(spec_for(dataset), "a").id
    if state == "succeeded":
        outcome(context, scoring)
    if state == "cancelled":
        scorings.cancel(scoring)
    before = scorings.get(scoring)
    wiped(client, recovery)
    after = scorings.get(scoring)
    assert (after.state, after.body, after.result) == (state, before.body, before.result)
    assert scorings.submit(spec_for(dataset), "a").id == scoring


def test_what_is_deleted_is_gone_for_good_also_after_a_wipe(
    context: WorkerContext,
    scorings: Scorings,
    dataset: Record,
    client: redis.Redis,
    recovery: Recovery,
) -> None:
    scoring = outcome(context, scorings.submit(spec_for(dataset)).id).id
    assert files(context, scoring)
    scorings.delete(scoring)
    wiped(client, recovery)
    with pytest.raises(ScoringNotFound):
        scorings.get(scoring)
    assert not [*context.settings.data_dir.glob(f"predictions/*{scoring}*")]


def test_a_lost_message_is_sent_again(
    context: WorkerContext, scorings: Scorings, dataset: Record, sweeper: Reaper, raw: redis.Redis
) -> None:
    scoring = scorings.submit(spec_for(dataset)).id
    queue("train", raw).empty()
    sweeper.sweep()
    sweeper.sweep()
    assert [m.rpartition("-")[0] for m in queue("train", raw).job_ids] == [scoring]


@pytest.mark.parametrize(
    ("happens", "refused"),
    [("trashed", DatasetNotReady), ("wiped", AcceptanceUnknown), ("deleted", InvalidParameter)],
)
def test_what_happens_between_check_and_record(
    context: WorkerContext,
    scorings: Scorings,
    dataset: Record,
    trash: Trash,
    client: redis.Redis,
    monkeypatch: pytest.MonkeyPatch,
    happens: str,
    refused: type[Exception],
) -> None:
    keep = context.store.archive.keep_request
    deleted = DeletedModels(context.store, context.records, trash_days=7)
    what: dict[str, Callable[[], object]] = {
        "trashed": lambda: trash.put(dataset, WEEK_S),
        "wiped": client.flushall,
        "deleted": lambda: deleted.delete("cats"),
    }

    def kept(*request: object) -> None:
        keep(*request)  # type: ignore[arg-type]
        what[happens]()

    monkeypatch.setattr(context.store.archive, "keep_request", kept)
    with pytest.raises(refused):
        scorings.submit(spec_for(dataset))
    assert [*scorings.page(None, 9, None)] == []


def test_the_oldest_trash_makes_way_for_a_scoring(
    context: WorkerContext, scorings: Scorings, dataset: Record, trash: Trash
) -> None:
    old, quota = ready_dataset(context), context.store.quota
    trash.put(old, WEEK_S)
    quota.max_bytes = bytes_below(*quota._folders) - 1
    assert scorings.submit(spec_for(dataset)).state is State.QUEUED
    assert not context.store.datasets.has(old.id)


def test_another_kind_of_samples_is_refused(
    context: WorkerContext, scorings: Scorings, dataset: Record
) -> None:
    publish_model(context.store, "larger", shape=[8, 8, 3])
    with pytest.raises(InvalidParameter, match=r"their shape is \[4, 4, 3\].*\[8, 8, 3\]") as no:
        scorings.submit(ScoringSpec(model="larger", dataset=dataset.id))
    assert no.value.pointer == "/dataset"
