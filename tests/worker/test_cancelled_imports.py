"""An import that is cancelled, whatever it is at: nothing of it is left."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Eventually
from tests.worker.data.making import class_folders, zipped
from tests.worker.test_tasks import uploaded
from tests.worker.working import outcome
from worker.data import sandbox
from worker.jobs.record import State
from worker.store import datasets, originals
from worker.tasks.context import WorkerContext

# In the order in which an import comes to them: a module, and the function in it before which the
# cancel comes.
MOMENTS: dict[str, tuple[Any, str]] = {
    "reading": (sandbox, "call"),
    "keeping originals": (originals, "sha256_of"),
    "before the digest": (datasets, "digest_of_arrays"),
    "before it is visible": (datasets, "sync_tree"),
    "once it is visible": (datasets, "sync_folder"),
}


@pytest.fixture
def dataset(context: WorkerContext, tmp_path: Path) -> str:
    return uploaded(context, [zipped(tmp_path / "a.zip", class_folders())])


def left(context: WorkerContext) -> list[str]:
    """Files of imports in the store."""
    parts = ("uploads", "datasets", "originals")
    found = [path for part in parts for path in (context.settings.data_dir / part).rglob("*")]
    return sorted(str(path) for path in found)


def cancelling(context: WorkerContext, dataset: str, go_on: Callable[..., Any]) -> Any:
    def cancel(*words: Any, **how: Any) -> Any:
        context.records["ds"].cancel(dataset)
        return go_on(*words, **how)

    return cancel


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_cancelled_import_leaves_nothing(
    context: WorkerContext, dataset: str, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    place, name = MOMENTS[moment]
    monkeypatch.setattr(place, name, cancelling(context, dataset, getattr(place, name)))
    found = outcome(context, dataset)
    assert (found.state, found.problem, found.result) == (State.CANCELLED, None, None)
    assert left(context) == []


def test_a_cancel_is_heard_while_arrays_are_digested(
    context: WorkerContext,
    dataset: str,
    monkeypatch: pytest.MonkeyPatch,
    eventually: Eventually,
) -> None:
    def endless(folder: Path, check: Callable[[], None]) -> str:
        eventually(lambda: check())  # which never says that it is done
        raise AssertionError("nobody heard of the cancel")

    wait = cancelling(context, dataset, endless)
    monkeypatch.setattr(datasets, "digest_of_arrays", wait)
    assert outcome(context, dataset).state is State.CANCELLED


def test_what_waits_for_a_worker_is_cancelled_at_once(context: WorkerContext, dataset: str) -> None:
    context.store.archive.keep_request(dataset, {"body": {"name": "drawings"}})
    assert context.records["ds"].cancel(dataset).state is State.CANCELLED
    assert outcome(context, dataset).attempt == 0
