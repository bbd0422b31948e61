"""What could be deleted, for whoever needs room: datasets, versions of models, and what scorings
have made."""

import sys
from collections.abc import Iterator
from typing import NamedTuple

from worker.errors import DamagedModel
from worker.jobs.needing import needs_of
from worker.jobs.placement import COMPUTING
from worker.jobs.record import UNFINISHED, Record, State
from worker.jobs.transitions import Transitions
from worker.store.store import Store


class Deletable(NamedTuple):
    """What nothing needs that is not over: of a dataset no model either, of a version no alias."""

    bytes: int
    what: str


def deletable(records: dict[str, Transitions], store: Store) -> list[Deletable]:
    """Returns all of it, the largest first.

    Raises:
        QueueUnavailable: Redis does not answer.
    """
    working = [
        record
        for kind in COMPUTING
        for state in UNFINISHED
        for record in records[kind].page(state, sys.maxsize, None)
    ]
    found = [*_datasets(records["ds"], working, store), *_versions(working, store)]
    return sorted(found, reverse=True)


def scored(records: dict[str, Transitions], store: Store) -> list[Deletable]:
    """Returns the results of scorings, which nothing needs, the largest first.

    Raises:
        QueueUnavailable: Redis does not answer.
    """
    done = records["pred"].page(State.SUCCEEDED, sys.maxsize, None)
    return sorted((Deletable(store.scorings.bytes(one.id), one.id) for one in done), reverse=True)


def _datasets(datasets: Transitions, working: list[Record], store: Store) -> Iterator[Deletable]:
    needed = store.model_needs.datasets() | {one.body["dataset"] for one in working}
    for state in UNFINISHED:
        for version in datasets.page(state, sys.maxsize, None):
            needed.update(version.body.get("sources", ()))
    for dataset in datasets.page(State.SUCCEEDED, sys.maxsize, None):
        if dataset.id not in needed:
            named = f"{dataset.id} {dataset.body['name']!r:.60}"
            yield Deletable(store.dataset_bytes(dataset.id), named)


def _versions(working: list[Record], store: Store) -> Iterator[Deletable]:
    needed = {
        (need["model"], need["version"])
        for one in working
        for need in needs_of(one.kind, one.body).values()
    }
    for name in store.models.names():
        versions = store.models.versions(name)
        try:
            named = {*store.aliases.shown(name).versions().values()} if versions else set()
        except DamagedModel:  # nobody knows which of them are named
            continue
        for version in versions:
            if version not in named and (name, version) not in needed:
                yield Deletable(store.models.bytes(name, version), f"version {version} of {name}")
