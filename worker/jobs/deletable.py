"""Which datasets could be deleted, for whoever needs room."""

import sys
from typing import NamedTuple

from worker.jobs.record import UNFINISHED, State
from worker.jobs.transitions import Transitions
from worker.store.store import Store


class Deletable(NamedTuple):
    """A dataset that no job, scoring or version that is not over, and no model, needs."""

    bytes: int
    id: str
    name: str


def deletable(records: dict[str, Transitions], store: Store) -> list[Deletable]:
    """Returns all of them, the largest first.

    Raises:
        QueueUnavailable: Redis does not answer.
    """
    needed = store.models.datasets()
    for state in UNFINISHED:
        for kind in ("job", "pred"):
            needed |= {one.body["dataset"] for one in records[kind].page(state, sys.maxsize, None)}
        for version in records["ds"].page(state, sys.maxsize, None):
            needed.update(version.body.get("sources", ()))
    found = (
        Deletable(store.dataset_bytes(dataset.id), dataset.id, dataset.body["name"])
        for dataset in records["ds"].page(State.SUCCEEDED, sys.maxsize, None)
        if dataset.id not in needed
    )
    return sorted(found, reverse=True)
