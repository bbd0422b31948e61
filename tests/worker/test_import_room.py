"""An import grows beyond what there is room for: the trash makes way, or it is rejected."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.worker.jobs.trashing import in_the_trash
from tests.worker.working import outcome, ready_dataset
from worker.data.importer import import_files
from worker.errors import StoreFull
from worker.jobs.fill_mark import filling
from worker.jobs.record import Record, State, new_id
from worker.jobs.trash import Trash
from worker.system.folder_size import bytes_below
from worker.tasks import dataset as importing
from worker.tasks.context import WorkerContext

TOO_LITTLE = 100_000  # bytes; the drawings take more than a million
Importing = Callable[[int], Record]


@pytest.fixture
def trashed(context: WorkerContext) -> list[str]:
    """Two datasets in the trash, of two million bytes each, the one first that goes first."""
    with filling(context.redis):
        pass
    trash = Trash(context.redis, context.records["ds"], context.store, context.archiver)
    made = [ready_dataset(context) for _ in range(2)]
    for days, dataset in enumerate(made, start=1):
        folder = context.settings.data_dir / "datasets" / dataset.id
        (folder / "more.npy").write_bytes(bytes(2_000_000))
        trash.put(dataset, days * 24 * 3600)
    return [dataset.id for dataset in made]


@pytest.fixture
def imported(
    context: WorkerContext, drawings: list[Path], monkeypatch: pytest.MonkeyPatch
) -> Importing:
    """What comes of an import, with room for so many bytes beside the upload."""
    return lambda room: outcome_within(room, context, drawings, monkeypatch)


def outcome_within(
    room: int, context: WorkerContext, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> Record:
    dataset = new_id("ds")
    with context.store.uploads.open(dataset) as upload:
        for path in files:
            upload.begin(path.name)
            upload.write(path.read_bytes())
    context.records["ds"].create(dataset, {"name": "drawings"})
    parts = ("datasets", "imports", "jobs", "models", "uploads")
    used = bytes_below(*(context.settings.data_dir / part for part in parts))
    monkeypatch.setenv("PURR_MAX_STORE_BYTES", str(used + room))
    return outcome(context, dataset)


def test_the_oldest_trash_makes_way_for_an_import(
    context: WorkerContext, imported: Importing, trashed: list[str]
) -> None:
    assert imported(TOO_LITTLE).state is State.SUCCEEDED
    assert in_the_trash(context) == trashed[1:]


def test_without_any_it_is_rejected_and_leaves_nothing(
    context: WorkerContext, imported: Importing
) -> None:
    spare = ready_dataset(context)
    dataset = imported(TOO_LITTLE)
    assert dataset.state is State.FAILED
    assert dataset.problem is not None
    assert dataset.problem["code"] == "insufficient_storage"
    assert spare.id in dataset.problem["detail"]
    for name in ("datasets", "uploads"):
        assert not [*(context.settings.data_dir / name).glob(f"*{dataset.id}*")]


def test_while_redis_does_not_know_all_jobs_nothing_makes_way_and_no_import_is_lost(
    context: WorkerContext,
    imported: Importing,
    trashed: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("worker.jobs.redis_records.filled", lambda client: False)
    assert imported(TOO_LITTLE).state is State.SUCCEEDED
    assert in_the_trash(context) == trashed[::-1]


def test_an_import_that_found_the_disk_full_is_tried_again_without_the_oldest_trash(
    context: WorkerContext,
    imported: Importing,
    trashed: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full_once(*what: Any, **how: Any) -> Any:
        monkeypatch.setattr(importing, "import_files", import_files)
        raise StoreFull("The disk is full.")

    monkeypatch.setattr(importing, "import_files", full_once)
    assert imported(2**30).state is State.SUCCEEDED
    assert in_the_trash(context) == trashed[1:]
