"""Records, bell and store together, for whoever wants something trained."""

import math
from typing import Any

from worker import build
from worker.errors import (
    DatasetNotFound,
    DatasetNotReady,
    DeviceUnavailable,
    InvalidParameter,
    LimitExceeded,
    QueueUnavailable,
)
from worker.queue import Bell
from worker.record import Record, State, new_id
from worker.records import Records
from worker.settings import Settings
from worker.spec import JobSpec
from worker.store import Store

Json = dict[str, Any]


class Jobs:
    """Requests to train, and what became of them."""

    def __init__(
        self, records: Records, datasets: Records, bell: Bell, store: Store, settings: Settings
    ) -> None:
        self._records, self._datasets = records, datasets
        self._bell, self._store, self._settings = bell, store, settings
        self.get, self.page = records.get, records.page
        self.position, self.cancel = records.position, records.cancel

    def submit(self, spec: JobSpec) -> Record:
        """Accept a job; when this returns, it is safe on disk, in the store and in Redis."""
        self._check(spec)
        job_id, body = new_id("job"), spec.model_dump(mode="json")
        self._store.write_job(job_id, {"id": job_id, "spec": body})
        try:
            record = self._records.create(job_id, body)
        except QueueUnavailable:
            self._store.drop_job(job_id)
            raise
        self._bell.ring(record)
        return record

    def metrics(self, record: Record, limit: int | None, after: int) -> list[Json]:
        """The rows of the epochs after this one, up to a limit."""
        rows = [
            row for row in self._store.metrics(record.id, record.attempt) if row["epoch"] > after
        ]
        return rows[:limit]

    def _check(self, spec: JobSpec) -> None:
        """Refuse now what could only fail later."""
        try:
            dataset = self._datasets.get(spec.dataset)
        except DatasetNotFound as error:
            raise InvalidParameter(f"{error} Upload one first.", "/dataset") from error
        if dataset.state is not State.SUCCEEDED or dataset.result is None:
            standing = "was rejected" if dataset.state is State.FAILED else "is still importing"
            raise DatasetNotReady(f"Expected a dataset that is ready; {spec.dataset} {standing}.")
        self._check_size(spec, dataset.result)
        self._check_device(spec)

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
        wanted = build.memory(spec, features, classes, manifest["splits"]["train"]["rows"])
        if wanted > self._settings.max_job_bytes:
            raise LimitExceeded(
                f"Expected a job of at most {self._settings.max_job_bytes:,} bytes of memory, got "
                f"one of about {wanted:,}. Use a smaller batch_size or fewer hidden_units, or "
                "raise PURR_MAX_JOB_BYTES."
            )

    def _check_device(self, spec: JobSpec) -> None:
        if spec.device == "gpu" and not self._bell.attended_by_gpu():
            raise DeviceUnavailable(
                'Expected a worker with a graphics processor for device "gpu", found none. Start '
                'one on a machine with an NVIDIA GPU, after `pip install "purrceptron[gpu]"`, or '
                'set device to "auto".',
                "/device",
            )
