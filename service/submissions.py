"""Jobs on their way in: a new one, or another after one that has been."""

from typing import NamedTuple

from service.requests.retry import Retry, retried
from service.webhooks.webhooks import Webhooks
from worker.jobs.record import Record
from worker.jsontypes import Json
from worker.operations.estimate import Estimate
from worker.operations.estimates import Estimates
from worker.operations.jobs import Jobs
from worker.spec import JobSpec


class Retried(NamedTuple):
    """A job after another, and where its spec differs."""

    record: Record
    changes: list[Json]


class Submissions:
    """Accepts jobs whose webhooks may be sent."""

    def __init__(self, jobs: Jobs, estimates: Estimates, webhooks: Webhooks) -> None:
        self._jobs, self._estimates, self._webhooks = jobs, estimates, webhooks

    def submit(self, spec: JobSpec, key: str | None) -> Record:
        """Accept a job; when this returns, it is safe on disk.

        Args:
            key: an `Idempotency-Key`; the same key and spec within a day return the same job.

        Raises:
            InvalidParameter: its webhook may not be sent, or its dataset or parent is not there.
            WorkerError: as `Jobs.submit` raises it.
        """
        self._webhooks.check(spec.webhook)
        return self._jobs.submit(spec, key)

    def estimate(self, spec: JobSpec) -> Estimate:
        """Returns what a job would take that is not submitted.

        Raises:
            WorkerError: as `submit` raises it.
        """
        self._webhooks.check(spec.webhook)
        return self._estimates.of(spec)

    def retry(self, job_id: str, retry: Retry, key: str | None) -> Retried:
        """Accept a job after another, changed as its findings or a patch say.

        Raises:
            JobNotFound: the other one is not there.
            InvalidSpec: the changes lead to a spec that is none.
            WorkerError: as `submit` raises it.
        """
        spec, changes = retried(self._jobs.get(job_id), retry)
        return Retried(self.submit(spec, key), changes)

    def publish(self, job_id: str, epoch: int, key: str | None) -> Retried:
        """Accept a job that publishes the checkpoint of another as it stands.

        Raises:
            JobNotFound, CheckpointNotFound: it is not there.
            WorkerError: as `submit` raises it.
        """
        wanted = {"job": job_id, "epoch": epoch}
        patch = [{"op": "add", "path": "/checkpoint", "value": wanted}]
        return self.retry(job_id, Retry(patch=patch), key)
