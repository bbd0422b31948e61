"""What the service may ask for about scorings: a model that answers for the rows of a dataset."""

from collections.abc import Generator, Mapping
from contextlib import suppress
from functools import partial
from typing import BinaryIO, NamedTuple

from worker.errors import (
    IllegalMove,
    QueueUnavailable,
    StoreFull,
)
from worker.jobs.archiver import Archiver
from worker.jobs.idempotency import Keys
from worker.jobs.queue import JobQueue
from worker.jobs.record import FINAL, Record, State
from worker.jobs.room import Room
from worker.jobs.transitions import Transitions
from worker.jobs.trash import Trash
from worker.jsontypes import Json
from worker.operations.acceptance import Acceptance
from worker.operations.kept_versions import versions_kept
from worker.operations.scoring_request import ScoringRequests
from worker.spec.scoring import ScoringSpec
from worker.store.store import Store

KIND = "pred"


class Results(NamedTuple):
    """What a scoring has made.

    Attributes:
        classes: those of the model.
        top: the most of them whose probabilities are told.
        lines: of JSON, one for each row, some at a time.
        with_problems: whether they say why there is no answer.
    """

    classes: list[str]
    top: int
    lines: Generator[bytes, None, None]
    with_problems: bool


class Scorings:
    """Requests to score datasets, and what became of them.

    Every method raises QueueUnavailable if Redis does not answer, or has forgotten a scoring and is
    being told of it again; and ScoringNotFound if there is no such scoring.
    """

    def __init__(
        self,
        records: Mapping[str, Transitions],
        trash: Trash,
        room: Room,
        keys: Keys,
        job_queue: JobQueue,
        store: Store,
        archiver: Archiver,
    ) -> None:
        self._records, self._trash, self._room = records[KIND], trash, room
        self._store, self._archiver = store, archiver
        self._acceptance = Acceptance(self._records, keys, job_queue, store.archive)
        self._requests = ScoringRequests(records["ds"], store)
        self._remembering = store.archive.remembering
        self.page = self._records.page

    def get(self, scoring_id: str) -> Record:
        with self._remembering(scoring_id):
            return self._records.get(scoring_id)

    def position(self, scoring_id: str) -> int | None:
        """Returns the place among the scorings that wait, from 1; None if it does not wait, or
        Redis does not answer."""
        with suppress(QueueUnavailable):
            return self._records.position(scoring_id)
        return None

    def bytes(self, scoring_id: str) -> int:
        """Returns what its files take on the disk: its upload, until that is answered for, and its
        results."""
        return self._store.uploads.bytes(scoring_id) + self._store.scorings.bytes(scoring_id)

    def submit(self, spec: ScoringSpec, key: str | None = None) -> Record:
        """Accept a scoring. When this returns, its request is durable, and its record is in Redis.

        Args:
            key: an idempotency key: a second request with it returns the scoring of the first.

        Raises:
            IdempotencyConflict: the key came with another request before.
            DatasetNotReady, InvalidParameter: it would fail.
            QueueFull, StoreFull: there is no room for it.
            AcceptanceUnknown: Redis stopped answering meanwhile.
        """
        self._room.check()
        self._records.check_room()
        asked = spec.model_dump(mode="json")
        admitted = partial(self._requests.admitted, spec)
        return self._acceptance.accept(asked, key, admitted, self._created)

    def cancel(self, scoring_id: str) -> Record:
        """End a scoring and keep nothing of it.

        Raises:
            IllegalMove: it has ended otherwise.
        """
        with self._remembering(scoring_id):
            record = self._records.cancel(scoring_id)
        with suppress(QueueUnavailable, StoreFull, OSError):  # a sweep will file it
            self._archiver.file(scoring_id)
        return record

    def delete(self, scoring_id: str) -> None:
        """Delete a scoring and its results for good.

        Raises:
            IllegalMove: it is not over.
        """
        record = self.get(scoring_id)
        if record.state not in FINAL:
            raise IllegalMove(
                f"Expected a scoring that is over; {scoring_id} is {record.state}. Cancel it first."
            )
        with self._remembering(scoring_id):
            self._trash.put(record, 0)

    def results(self, scoring_id: str) -> Results:
        """Returns what was made.

        Raises:
            IllegalMove: it has not succeeded.
        """
        made = self._made(scoring_id)
        lines = self._store.scorings.blocks(scoring_id, made)
        return Results(made["classes"], made["top"], lines, made.get("with_problems", False))

    def file(self, scoring_id: str, name: str) -> BinaryIO:
        """Returns an open file of what was made.

        Raises:
            IllegalMove: it has not succeeded.
            DamagedScoring: it is not what was written.
        """
        return self._store.scorings.file(scoring_id, self._made(scoring_id), name)

    def _made(self, scoring_id: str) -> Json:
        record, made = self.get(scoring_id), self._store.scorings.manifest(scoring_id)
        if record.state is not State.SUCCEEDED or made is None:
            raise IllegalMove(
                f"Expected a scoring that has succeeded; {scoring_id} is {record.state}. Its "
                "results are there once it has."
            )
        return made

    def _created(self, scoring_id: str, body: Json) -> Record:
        # Between the check and this moment the dataset or the version may have been deleted.
        dataset = body["dataset"]
        with self._requests.dataset_named(dataset), versions_kept(KIND, body, self._store):
            return self._records.create(scoring_id, body, needs=[dataset])
