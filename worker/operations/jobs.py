"""Records, queue and store together, for whoever wants something trained."""

import math
from contextlib import suppress
from typing import BinaryIO

from worker.errors import (
    AcceptanceUnknown,
    DatasetNotFound,
    DatasetNotReady,
    DeviceUnavailable,
    IllegalMove,
    InvalidParameter,
    JobNotFound,
    LimitExceeded,
    QueueFull,
    QueueUnavailable,
    StoreFull,
    WorkerError,
)
from worker.jobs.archiver import Archiver
from worker.jobs.idempotency import Keys
from worker.jobs.queue import JobQueue
from worker.jobs.record import Record, State, new_id
from worker.jobs.transitions import Transitions
from worker.jsontypes import Json
from worker.settings import Settings
from worker.spec import JobSpec
from worker.store.metrics_page import MetricsPage
from worker.store.store import Store
from worker.training import build
from worker.training.memory_estimate import needed
from worker.training.sizes import sizes_of

NAMED = 5  # classes in a message
STANDING = {State.FAILED: "was rejected", State.CANCELLED: "was cancelled"}


class Jobs:
    """Requests to train, and what became of them."""

    def __init__(
        self,
        records: Transitions,
        datasets: Transitions,
        keys: Keys,
        job_queue: JobQueue,
        store: Store,
        archiver: Archiver,
        settings: Settings,
    ) -> None:
        self._keys = keys
        self._records, self._datasets = records, datasets
        self._job_queue, self._store, self._archiver, self._settings = (
            job_queue,
            store,
            archiver,
            settings,
        )
        self._remembering = store.archive.remembering
        self.page = records.page

    def get(self, job_id: str) -> Record:
        with self._remembering(job_id):
            return self._records.get(job_id)

    def position(self, job_id: str) -> int | None:
        """How many jobs are queued up to and including this one, if it is queued."""
        with suppress(QueueUnavailable):  # what was accepted is accepted without it too
            return self._records.position(job_id)
        return None

    def submit(self, spec: JobSpec, key: str | None = None) -> Record:
        """Accept a job; when this returns, it is safe on disk, in the store and in Redis.

        Args:
            key: says that two requests are one: whichever comes later gets the job of the first.

        Raises:
            IdempotencyConflict: the key came with another request before.
        """
        self._store.space.check()
        self._records.check_room()
        if key is not None:
            return self._submit_once(spec, key)
        self._check(spec)
        body = spec.model_dump(mode="json")
        return self._accept(new_id("job"), {"body": body})

    def _submit_once(self, spec: JobSpec, key: str) -> Record:
        body, own = spec.model_dump(mode="json"), new_id("job")
        job_id, about = self._keys.reserve(key, body, own)
        if job_id != own and (known := self._known(job_id)):
            return known
        try:
            self._check(spec)
        except QueueUnavailable:
            raise
        except WorkerError:
            if job_id == own:
                self._keys.release(about, own)
            raise
        # Whoever else has this key writes the same.
        record = self._accept(job_id, {"body": body, "idempotency": about})
        if job_id != own:
            with suppress(QueueUnavailable):  # whose it is may have been refused, and released it
                self._keys.restore(job_id, about, 0)
        return record

    def _accept(self, job_id: str, request: Json) -> Record:
        try:
            self._store.archive.keep_request(job_id, request)
            record = self._records.create(job_id, request["body"])
        except (StoreFull, QueueFull):
            if "idempotency" not in request:  # else a twin, or another try, may be luckier
                self._store.archive.withdraw(job_id)
            raise
        except QueueUnavailable as error:
            # The request stays: a later look at the store decides, whole or not at all.
            raise AcceptanceUnknown("job") from error
        return self._rung(record)

    def cancel(self, job_id: str) -> Record:
        """End a job and keep nothing of it."""
        with self._remembering(job_id):
            return self._filed(self._records.cancel(job_id))

    def pause(self, job_id: str) -> Record:
        """Keep what a job has learned, and its worker from going on."""
        with self._remembering(job_id):
            return self._filed(self._records.pause(job_id))

    def resume(self, job_id: str) -> Record:
        """Have a paused job go on."""
        with self._remembering(job_id):
            return self._rung(self._filed(self._records.resume(job_id)))

    def stop(self, job_id: str) -> Record:
        """Have a job end early and keep its model."""
        with self._remembering(job_id):
            return self._rung(self._filed(self._records.stop(job_id)))

    def _filed(self, record: Record) -> Record:
        """The record, kept so that not even a Redis that is wiped now undoes what was answered."""
        with suppress(QueueUnavailable, StoreFull, OSError):  # then a sweep may
            self._archiver.file(record.id)
        return record

    def _rung(self, record: Record) -> Record:
        if record.state is State.QUEUED:
            with suppress(QueueUnavailable):  # then a sweep will do it
                self._job_queue.enqueue(record)
        return record

    def _known(self, job_id: str) -> Record | None:
        try:
            return self._records.get(job_id)
        except JobNotFound:  # whoever came first with the key did not come as far
            return None

    def metrics(self, record: Record, limit: int | None, after: int) -> MetricsPage:
        """The epochs after this one, up to a limit."""
        return self._store.jobs.metrics(record.id, record.attempt, after, limit)

    def evaluation(self, job_id: str) -> BinaryIO:
        """An open file of JSON: all that was measured of the job's model.

        Raises:
            IllegalMove: the job has not made any.
        """
        record = self.get(job_id)
        if record.state is not State.SUCCEEDED or record.version is None:
            raise IllegalMove(
                f"Expected a job that has succeeded; {job_id} is {record.state}, and only what a "
                "job has published is evaluated."
            )
        return self._store.models.evaluation(record.body["model"], record.version)

    def _check(self, spec: JobSpec) -> None:
        """Refuse now what could only fail later."""
        try:
            with self._remembering(spec.dataset):
                dataset = self._datasets.get(spec.dataset)
        except DatasetNotFound as error:
            raise InvalidParameter(f"{error} Upload one first.", "/dataset") from error
        if dataset.state is not State.SUCCEEDED or dataset.result is None:
            standing = STANDING.get(dataset.state, "is still importing")
            raise DatasetNotReady(f"Expected a dataset that is ready; {spec.dataset} {standing}.")
        self._check_classes(dataset.result)
        self._check_parent(spec)
        self._check_size(spec, dataset.result)
        self._check_device(spec)

    def _check_classes(self, manifest: Json) -> None:
        counts = zip(manifest["classes"], manifest["splits"]["train"]["per_class"], strict=True)
        missing = [name for name, rows in counts if not rows]
        if missing:
            named = ", ".join(map(repr, missing[:NAMED]))
            raise InvalidParameter(
                f"Expected training rows of every class, but the dataset has none of {named:.300}. "
                "Upload it with some, or without that class.",
                "/dataset",
            )

    def _check_parent(self, spec: JobSpec) -> None:
        if spec.parent is not None:
            try:
                self.get(spec.parent)
            except JobNotFound as error:
                raise InvalidParameter(
                    f"Expected a job that is there as parent. {error}", "/parent"
                ) from error

    def _check_size(self, spec: JobSpec, manifest: Json) -> None:
        features, classes = math.prod(manifest["shape"]), len(manifest["classes"])
        wanted, limit = (
            build.parameters(spec.network, features, classes),
            self._settings.max_parameters,
        )
        if wanted > limit:
            raise LimitExceeded(
                f"Expected a network of at most {limit:,} parameters, got {wanted:,}. "
                "Use fewer hidden_units, or raise PURR_MAX_PARAMETERS."
            )
        wanted = needed(sizes_of(spec, manifest, self._settings))
        if wanted > self._settings.max_job_bytes:
            raise LimitExceeded(
                f"Expected a job of at most {self._settings.max_job_bytes:,} bytes of memory, got "
                f"one of about {wanted:,}. Use a smaller batch_size or fewer hidden_units, or "
                "raise PURR_MAX_JOB_BYTES."
            )

    def _check_device(self, spec: JobSpec) -> None:
        if spec.device == "gpu" and not self._job_queue.has_gpu_worker():
            raise DeviceUnavailable(
                'Expected a worker with a graphics processor for device "gpu", found none. Start '
                'one on a machine with an NVIDIA GPU, after `pip install "purrceptron[gpu]"`, or '
                'set device to "auto".',
                "/device",
            )
