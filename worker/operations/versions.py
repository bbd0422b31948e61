"""What the service may ask for about versions of datasets: made by edits, listed, compared."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import NamedTuple

from worker.data import difference, listing
from worker.data.listing import ListedRow
from worker.errors import DatasetNotFound, InvalidParameter
from worker.jobs.record import Record, State, new_id
from worker.jsontypes import Json
from worker.operations.datasets import Datasets
from worker.operations.edit_checks import check_added, check_edits, with_findings
from worker.operations.ready_dataset import manifest_of
from worker.operations.size_check import uploads_behind
from worker.spec import EditsSpec
from worker.store.lineages import FIRST
from worker.store.store import Store

UNUSABLE = (State.FAILED, State.CANCELLED)  # what is asked for again is made again


class Made(NamedTuple):
    """A version, and whether it was asked for just now for the first time."""

    record: Record
    is_new: bool


class Versions:
    """Versions of datasets: an upload is the first, and each edit of one makes another.

    Every method raises as those of `Datasets` do.
    """

    def __init__(self, datasets: Datasets, store: Store) -> None:
        self._datasets, self._store = datasets, store

    def make(self, dataset_id: str, edits: EditsSpec) -> Made:
        """Queue the making of a version. When this returns, the request is durable, and its record
        is in Redis. What was asked for before is not made again, unless it failed or was cancelled.

        Raises:
            DatasetNotReady: a dataset is not imported yet, or was rejected.
            InvalidParameter: the edits cannot be made to this dataset.
            QueueFull, StoreFull: there is no room for it.
            AcceptanceUnknown: Redis stopped answering meanwhile.
        """
        self._datasets.check_room()
        parent, manifest = self._ready(dataset_id)
        check_edits(edits, manifest)
        edits = with_findings(edits, manifest)
        if edits.add is not None:
            check_added(self._added(edits.add), manifest)
        sources = {dataset_id} | ({edits.add} if edits.add else set())
        if edits.image_size is not None:
            sources |= uploads_behind(sources, edits.image_size, self._store.datasets)
        plain = edits.plain()
        upload = parent.root
        own = new_id("ds")
        entry = self._store.lineages.reserve(upload, own, digest(dataset_id, plain), self._may_be)
        if entry.id != own and (known := self._datasets.known(entry.id)):
            return Made(known, False)
        body = {
            "name": parent.body["name"], "parent": dataset_id, "root": upload,
            "version": entry.version, "edits": plain, "sources": sorted(sources),
        }  # fmt: skip
        return Made(self._datasets.queue(entry.id, body), True)

    def of(self, dataset_id: str, before: int | None = None) -> Iterator[Record]:
        """Yields all versions of the upload from which a dataset comes, the newest first, without
        those that were deleted.

        Args:
            before: only those of a lower number.
        """
        upload = self._datasets.get(dataset_id).root
        numbered = [(entry.version, entry.id) for entry in self._store.lineages.entries(upload)]
        for version, found in [*numbered, (FIRST, upload)]:
            if before is None or version < before:
                with suppress(DatasetNotFound):
                    if (record := self._datasets.get(found)).trashed_until is None:
                        yield record

    def rows(self, dataset_id: str) -> Iterator[list[ListedRow]]:
        """Yields all rows of a dataset, some at a time.

        Raises:
            DatasetNotReady: it is not imported yet, or was rejected.
            DamagedDataset: its files are not what was imported.
        """
        self._ready(dataset_id)
        datasets = self._store.datasets
        return listing.rows_of(datasets.open(dataset_id), partial(datasets.names, dataset_id))

    def difference(self, dataset_id: str, other_id: str, shown: int) -> Json:
        """Returns what becomes of the rows from one dataset to the other.

        Args:
            shown: rows of each kind that are named; the others are counted.

        Raises:
            DatasetNotReady, DamagedDataset: as `rows` raises them.
            LimitExceeded: they have too many rows.
        """
        self._ready(dataset_id)
        self._ready(other_id)
        before, after = map(self._store.datasets.open, (dataset_id, other_id))
        return difference.between(before, after, shown)

    def _ready(self, dataset_id: str) -> tuple[Record, Json]:
        record = self._datasets.get(dataset_id)
        return record, manifest_of(record)

    def _added(self, dataset_id: str) -> Json:
        try:
            return self._ready(dataset_id)[1]
        except DatasetNotFound as error:
            raise InvalidParameter(f"{error} Upload one first.", "/add") from error

    def _may_be(self, dataset_id: str) -> bool:
        # What has no record is accepted just now, was never accepted, or was deleted: whichever it
        # is, it is made under the same id.
        known = self._datasets.known(dataset_id)
        return known is None or (known.trashed_until is None and known.state not in UNUSABLE)


def digest(dataset_id: str, plain: Json) -> str:
    """Returns what stands for all requests to make the same of the same."""
    return hashlib.sha256(json.dumps([dataset_id, plain], sort_keys=True).encode()).hexdigest()
