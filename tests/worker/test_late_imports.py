"""An import that nobody wants any more when it publishes: nothing is left of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.worker.data.making import npz_file, pictures
from tests.worker.working import outcome
from worker.jobs.record import Record, State, new_id
from worker.jobs.transitions import Transitions
from worker.store.datasets import DatasetStore
from worker.tasks.context import WorkerContext

Ending = Callable[[Transitions, Record], object]


@pytest.fixture
def dataset(context: WorkerContext, tmp_path: Path) -> str:
    """The id of a dataset that waits to be imported."""
    made = new_id("ds")
    path = npz_file(tmp_path / "a.npz", x=pictures(20), y=[0, 1] * 10)
    with context.store.uploads.open(made) as upload:
        upload.begin(path.name)
        upload.write(path.read_bytes())
    context.records["ds"].create(made, {"name": "pictures"})
    return made


def cancelled(records: Transitions, record: Record) -> None:
    records.record_loss(record, 3, "no sign of life")
    records.cancel(record.id)


def cancelled_by_the_reaper(records: Transitions, record: Record) -> None:
    records.cancel(record.id)
    records.record_loss(record, 3, "no sign of life")


def given_up(records: Transitions, record: Record) -> None:
    records.record_loss(record, 1, "no sign of life")


@pytest.mark.parametrize("ending", [cancelled, cancelled_by_the_reaper, given_up])
@pytest.mark.parametrize("filed", ["before", "after"])
def test_what_is_published_too_late_is_removed(
    context: WorkerContext,
    dataset: str,
    monkeypatch: pytest.MonkeyPatch,
    ending: Ending,
    filed: str,
) -> None:
    publish, records = DatasetStore.publish, context.records["ds"]

    def late(store: DatasetStore, *what: Any, **how: Any) -> Any:
        ending(records, records.get(dataset))
        if filed == "before":
            context.archiver.file(dataset)
        found = publish(store, *what, **how)
        assert store.has(dataset)
        return found

    monkeypatch.setattr(DatasetStore, "publish", late)
    assert outcome(context, dataset).state in (State.CANCELLED, State.FAILED)
    context.archiver.file_all()
    assert [*(context.settings.data_dir / "datasets").glob(f"*{dataset}*")] == []


def test_a_cancel_that_was_accepted_while_it_is_published_is_kept(
    context: WorkerContext, dataset: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish, records = DatasetStore.publish, context.records["ds"]

    def late(store: DatasetStore, *what: Any, **how: Any) -> Any:
        records.cancel(dataset)
        return publish(store, *what, **how)

    monkeypatch.setattr(DatasetStore, "publish", late)
    found = outcome(context, dataset)
    assert (found.state, found.result, found.problem) == (State.CANCELLED, None, None)
    assert [*(context.settings.data_dir / "datasets").glob(f"*{dataset}*")] == []


def test_what_is_published_while_another_attempt_is_to_follow_stays(
    context: WorkerContext, dataset: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish, records = DatasetStore.publish, context.records["ds"]

    def late(store: DatasetStore, *what: Any, **how: Any) -> Any:
        records.record_loss(records.get(dataset), 3, "no sign of life")
        return publish(store, *what, **how)

    monkeypatch.setattr(DatasetStore, "publish", late)
    assert outcome(context, dataset).state is State.QUEUED
    context.archiver.file_all()
    assert outcome(context, dataset).state is State.SUCCEEDED
    assert context.store.datasets.has(dataset)
