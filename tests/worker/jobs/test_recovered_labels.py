"""Notes and tags that were set, when Redis is told again what the store knows."""

import pytest
import redis

from tests.worker.scorings import asked
from tests.worker.working import DATASET, ended, ready_dataset, submitted, wiped
from worker.jobs.fill_mark import FILLED
from worker.jobs.filtered_pages import Filter
from worker.jobs.record import State
from worker.jobs.recovery import Recovery
from worker.jobs.transitions import Transitions
from worker.jsontypes import Json
from worker.tasks.context import WorkerContext


def test_only_what_can_have_labels_and_has_them_is_told_of_them(
    context: WorkerContext,
    recovery: Recovery,
    client: redis.Redis,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[tuple[str, Json | None]] = []
    ready_dataset(context, DATASET)
    submitted(context)
    labelled, scoring = submitted(context), asked(context)
    labels = context.store.labels.change("job", labelled, {"tags": ["a"]})
    for records in context.records.values():
        monkeypatch.setattr(records, "label", lambda *label: told.append(label))
    wiped(client, recovery)
    assert told == [(labelled, labels)]
    assert context.records["pred"].get(scoring).state is State.QUEUED


def test_labels_that_change_meanwhile_are_what_redis_knows(
    context: WorkerContext,
    records: Transitions,
    recovery: Recovery,
    client: redis.Redis,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store, job = context.store.labels, submitted(context)
    store.change("job", job, {"tags": ["old"]})
    read = store.of

    def changed_after(kind: str, name: str) -> Json | None:
        found = read(kind, name)
        monkeypatch.undo()
        store.change(kind, name, {"tags": ["new"]}, tell=lambda new: records.label(job, new))
        return found

    monkeypatch.setattr(store, "of", changed_after)
    wiped(client, recovery)
    assert records.get(job).tags == ["new"]
    assert [*client.scan_iter("purr:jobs:tag:*")] == ["purr:jobs:tag:new"]


def test_what_an_old_snapshot_knows_otherwise_is_found_by_what_it_says(
    context: WorkerContext, records: Transitions, recovery: Recovery, client: redis.Redis
) -> None:
    job = submitted(context)
    ended(records, job, State.FAILED)
    context.archiver.file_all()
    client.hset(f"purr:job:{job}", "state", State.QUEUED)
    client.delete("purr:jobs:model:cats")  # as an older service has left it
    client.set(FILLED, "the start before")
    recovery.fill()
    assert records.get(job).state is State.FAILED
    assert [each for each, _ in records.filtered([], [Filter("model", "cats")], 9, None)] == [job]
