"""What the service may ask for about jobs: records, queue and store together."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import BinaryIO

from worker.errors import (
    IllegalMove,
    QueueUnavailable,
    StoreFull,
)
from worker.jobs.archiver import Archiver
from worker.jobs.idempotency import Keys
from worker.jobs.queue import JobQueue
from worker.jobs.record import Record, State
from worker.jobs.transitions import Transitions
from worker.jsontypes import Json
from worker.operations.acceptance import Acceptance
from worker.operations.admission import Admission
from worker.operations.checkpoints import missing
from worker.operations.network_summary import summary
from worker.operations.verification import verifying
from worker.settings import Settings
from worker.spec import CheckpointSpec, JobSpec
from worker.spec.recipes import says_which
from worker.store.kept_checkpoints import KeptCheckpoint
from worker.store.metrics_page import MetricsPage
from worker.store.store import Store
from worker.system.trace import traced


class Jobs:
    """Requests to train, and what became of them.

    Every method raises QueueUnavailable if Redis does not answer, or has forgotten a job and is
    being told of it again; and JobNotFound if there is no such job.
    """

    def __init__(
        self,
        records: Mapping[str, Transitions],
        keys: Keys,
        job_queue: JobQueue,
        store: Store,
        archiver: Archiver,
        settings: Settings,
    ) -> None:
        self._records, self._store, self._archiver = records["job"], store, archiver
        self._acceptance = Acceptance(self._records, keys, job_queue, store.archive)
        self._remembering = store.archive.remembering
        self._admission = Admission(records, job_queue, store, settings)
        self.filtered = self._records.filtered

    def get(self, job_id: str) -> Record:
        with self._remembering(job_id):
            return self._records.get(job_id)

    def position(self, job_id: str) -> int | None:
        """Returns the place of a job in the queue, from 1; None if it is not queued.

        Also None if Redis does not answer: a job that was accepted is not refused for that.
        """
        with suppress(QueueUnavailable):
            return self._records.position(job_id)
        return None

    def submit(self, spec: JobSpec, key: str | None = None) -> Record:
        """Accept a job. When this returns, its request is durable, and its record is in Redis.

        Args:
            key: an idempotency key: a second request with it returns the job of the first.

        Raises:
            IdempotencyConflict: the key came with another request before.
            DatasetNotReady, DeviceUnavailable, InvalidParameter, LimitExceeded: it would fail.
            QueueFull, StoreFull: there is no room for it.
            AcceptanceUnknown: Redis stopped answering meanwhile.
        """
        self.check_room()
        asked = spec.model_dump(mode="json")
        if not says_which(spec):
            del asked["network"]  # another request would name the one that stands there
        return self._acceptance.accept(asked, key, lambda: self._admitted(spec), self._created)

    def make(self, job_id: str, spec: JobSpec, beside: Json) -> Record:
        """Returns the job that a sweep or a schedule has reserved this id for, accepted as `submit`
        does it.

        Args:
            beside: which part of which `sweep` it is, or `made_by` which schedule.
        """
        self.check_room()
        body = {**self._admitted(spec), **beside}
        return self._acceptance.make(job_id, {"body": body}, self._created)

    def check_room(self) -> None:
        """Refuse a job for which there is no room.

        Raises:
            QueueFull, StoreFull: there is none.
        """
        self._store.space.check()
        self._records.check_room()

    def verify(self, name: str, version: int, key: str | None = None) -> Record:
        """Accept a job that trains a version again and compares it, as `submit` does.

        Raises:
            ModelNotFound: there is no such version.
        """
        return self.submit(verifying(self._store.models.manifest(name, version)), key)

    def whole(self, spec: JobSpec) -> JobSpec:
        """Returns the whole spec of a job, as `submit` would accept it; nothing is submitted.

        Raises:
            WorkerError: as `submit` raises it where a job would fail.
        """
        return self._admission.admitted(spec)

    def _admitted(self, spec: JobSpec) -> Json:
        return self._admission.admitted(spec).model_dump(mode="json") | traced()

    def _created(self, job_id: str, body: Json) -> Record:
        self._lend_checkpoint(job_id, body)
        # Between the check and this moment what it needs may have been deleted.
        with self._admission.needed_named(body) as needs:
            return self._records.create(job_id, body, needs=needs)

    def _lend_checkpoint(self, job_id: str, body: Json) -> None:
        """Give a job the checkpoint that it is to publish, before a worker can have it."""
        if body.get("checkpoint") is not None:
            wanted = CheckpointSpec.model_validate(body["checkpoint"])
            if not self._store.kept_checkpoints.lend(wanted.job, wanted.epoch, job_id):
                raise missing(wanted)

    def cancel(self, job_id: str) -> Record:
        """End a job and keep nothing of it.

        Raises:
            IllegalMove: it has ended otherwise, or is being published.
        """
        with self._remembering(job_id):
            return self._filed(self._records.cancel(job_id))

    def pause(self, job_id: str) -> Record:
        """Keep what a job has learned, and let no worker go on with it.

        Raises:
            IllegalMove: it has ended, is being published, or is to be stopped or cancelled; or it
                is part of a sweep.
        """
        self._check_alone(job_id)
        with self._remembering(job_id):
            return self._filed(self._records.pause(job_id))

    def resume(self, job_id: str) -> Record:
        """Queue a paused job again.

        Raises:
            IllegalMove: it has ended, or is part of a sweep.
        """
        self._check_alone(job_id)
        with self._remembering(job_id):
            return self._acceptance.enqueued(self._filed(self._records.resume(job_id)))

    def stop(self, job_id: str) -> Record:
        """Have a job end early and publish what it has learned.

        Raises:
            IllegalMove: it has ended, is being published, is to be cancelled, or has not begun; or
                it would have nothing to publish.
        """
        if self.get(job_id).body.get("verifies"):
            raise IllegalMove(
                "Expected a job that trains a model; this one compares one with what it was, and "
                "nothing of that could be kept. Cancel it instead."
            )
        with self._remembering(job_id):
            return self._acceptance.enqueued(self._filed(self._records.stop(job_id)))

    def _check_alone(self, job_id: str) -> None:
        """Refuse to have a job wait or go on that its sweep has wait and go on."""
        if (sweep := self.get(job_id).sweep) is not None:
            raise IllegalMove(
                f"Expected a job that is no part of a sweep; this one is of {sweep['id']}, which "
                "says when it waits. Pause or resume that."
            )

    def _filed(self, record: Record) -> Record:
        """Returns the record after it was filed, so that a wipe of Redis cannot undo the answer."""
        with suppress(QueueUnavailable, StoreFull, OSError):  # a sweep will file it
            self._archiver.file(record.id)
        return record

    def summary(self, record: Record) -> list[Json] | None:
        """Returns a row for each layer of a job's network; None if its dataset is gone."""
        return summary(record.body, self._store, record.time_shares)

    def checkpoints(self, job_id: str) -> Iterator[KeptCheckpoint]:
        """Returns the checkpoints of a job that may be published, the newest first."""
        return self._store.kept_checkpoints.of(self.get(job_id).id)

    def metrics(self, record: Record, limit: int | None, after: int) -> MetricsPage:
        """Returns up to `limit` epochs after the epoch `after`; all of them without a limit."""
        return self._store.jobs.metrics(record.id, record.attempt, after, limit)

    def evaluation(self, job_id: str) -> BinaryIO:
        """Returns an open file of JSON: the evaluation of the job's model.

        Raises:
            IllegalMove: the job has published no model.
        """
        record = self.get(job_id)
        if record.state is not State.SUCCEEDED or record.version is None:
            raise IllegalMove(
                f"Expected a job that has succeeded; {job_id} is {record.state}, and only what a "
                "job has published is evaluated."
            )
        return self._store.models.evaluation(record.body["model"], record.version)
