"""Who deletes or restores a dataset is killed between two steps: it is there whole, or gone."""

from collections.abc import Callable
from typing import Any

import pytest
import redis

from tests.worker.jobs.trashing import WEEK_S, in_the_trash, in_use, traces
from tests.worker.working import ready_dataset, wiped
from worker.jobs.archiver import Archiver
from worker.jobs.reaper import Reaper
from worker.jobs.record import Record
from worker.jobs.recovery import Recovery
from worker.jobs.trash import Trash
from worker.store.datasets import DatasetStore
from worker.store.record_archive import Archive
from worker.store.uploads import UploadStore
from worker.tasks.context import WorkerContext

# What is done outside of this process, in the order in which a deletion does it: scripts of Redis
# and changes of the store.
STEPS: tuple[tuple[type, str], ...] = (
    (Trash, "_put"),
    (Archive, "keep_trashed"),
    (Archiver, "_unlist"),
    (DatasetStore, "drop"),
    (UploadStore, "drop"),
    (Archive, "forget"),
    (Trash, "_forget"),
)
RESTORING = STEPS[1:3]
MOMENTS = [
    *[("put", step, when) for step in STEPS[:3] for when in ("before", "after")],
    *[("delete", step, when) for step in STEPS for when in ("before", "after")],
    *[("restore", step, when) for step in RESTORING for when in ("before", "after")],
]


class KilledError(BaseException):
    """The process is gone: nothing catches it."""


def wire(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, when: str) -> None:
    """Have whoever comes by this step die before or after it."""
    step = getattr(owner, name)

    def deadly(*what: Any, **how: Any) -> None:
        if when == "after":
            step(*what, **how)
        raise KilledError

    monkeypatch.setattr(owner, name, deadly)


def owner_of(kind: type, context: WorkerContext, trash: Trash) -> object:
    store = context.store
    owners = (trash, context.archiver, store.archive, store.datasets, store.uploads)
    return next(owner for owner in owners if isinstance(owner, kind))


@pytest.mark.parametrize("forgotten", [False, True], ids=["remembered", "wiped"])
@pytest.mark.parametrize(
    ("act", "step", "when"), MOMENTS, ids=[f"{a}-{w}-{s[1]}" for a, s, w in MOMENTS]
)
def test_what_was_begun_is_there_whole_or_gone(
    context: WorkerContext,
    trash: Trash,
    sweeper: Reaper,
    recovery: Recovery,
    client: redis.Redis,
    monkeypatch: pytest.MonkeyPatch,
    act: str,
    step: tuple[type, str],
    when: str,
    forgotten: bool,
) -> None:
    before = ready_dataset(context)
    if act == "restore":
        trash.put(before, WEEK_S)
    now = context.records["ds"].get(before.id)
    acts: dict[str, Callable[[], object]] = {
        "put": lambda: trash.put(before, WEEK_S),
        "delete": lambda: trash.put(before, 0),
        "restore": lambda: trash.restore(now),
    }
    with monkeypatch.context() as wires:
        wire(wires, owner_of(step[0], context, trash), step[1], when)
        with pytest.raises(KilledError):
            acts[act]()
    if forgotten:
        wiped(client, recovery)
    sweeper.sweep()
    found = whereabouts(context, client, before)
    assert found in (
        {"put": ("use", "trash"), "delete": ("use", "gone")}.get(act, ("use", "trash"))
    )
    wiped(client, recovery)  # and the store says the same as Redis
    assert whereabouts(context, client, before) == found
    if found == "trash":
        assert trash.restore(context.records["ds"].get(before.id)) == before


def whereabouts(context: WorkerContext, client: redis.Redis, dataset: Record) -> str:
    """Where a dataset is. Anything in between fails."""
    if not traces(context, client, dataset.id):
        return "gone"
    assert context.store.datasets.open(dataset.id).id == dataset.id
    assert context.store.archive.knows(dataset.id)
    used, trashed = in_use(context), in_the_trash(context)
    assert sorted([*used, *trashed]) == [dataset.id]
    record = context.records["ds"].get(dataset.id)
    assert (record == dataset) == bool(used)
    return "use" if used else "trash"
