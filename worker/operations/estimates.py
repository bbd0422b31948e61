"""What jobs would take that nobody has submitted: asked of a worker where one is idle."""

import time
from typing import NamedTuple

from worker.jobs.placement import GPU
from worker.jobs.questions import QUESTION, Questions
from worker.jobs.queue import JobQueue
from worker.jobs.queue_wait import QueueWait, QueueWaits
from worker.jobs.record import new_id
from worker.jsontypes import Json
from worker.operations.estimate import Estimate, checks_of, phases_of
from worker.operations.jobs import Jobs
from worker.operations.learned_problem import features_of, problem_of
from worker.operations.network_summary import summary
from worker.settings import Settings
from worker.spec import JobSpec
from worker.store.store import Store
from worker.training import build
from worker.training.sizes import sizes_of

# Seconds within which a worker must have taken a question, and those for which it is waited for.
TAKEN_S, ANSWERED_S = 0.5, 2.3
LOOK_S = 0.02  # between two looks at what it has found
# Why nothing was measured, or not all.
NO_FEATURES = (
    "Its backbone has still to make the features of the pictures first, for which no time is "
    "counted."
)
NOBODY = "No worker is there for such a job."
BUSY = "All workers are busy."
OTHERS = "Another estimate is being measured."
LATE = f"No worker has begun to measure within {TAKEN_S:g} s."
UNFINISHED = f"Not all was measured within {ANSWERED_S:g} s."


class Found(NamedTuple):
    """What a worker has found out, and why that is not all."""

    notes: Json
    because: str | None


class Estimates:
    """Estimates of jobs. One at a time is measured."""

    def __init__(
        self,
        questions: Questions,
        waits: QueueWaits,
        job_queue: JobQueue,
        jobs: Jobs,
        store: Store,
        settings: Settings,
    ) -> None:
        self._questions, self._waits, self._job_queue = questions, waits, job_queue
        self._jobs, self._store, self._settings = jobs, store, settings

    def of(self, spec: JobSpec) -> Estimate:
        """Returns what a job of this spec would take; nothing is submitted.

        Raises:
            WorkerError: as `Jobs.submit` raises it where a job would not be accepted.
        """
        self._jobs.check_room()
        whole = self._jobs.whole(spec)
        body = whole.model_dump(mode="json")
        dataset = self._store.datasets.manifest(whole.dataset)
        job = sizes_of(build.plan(whole, problem_of(whole, dataset, self._store)), self._settings)
        wait = self._waits.of(body)
        notes, because = self._found(whole, wait)
        return Estimate(
            whole,
            job,
            phases_of(job, whole, notes.get("phases", {}), on_gpu=wait.queue == GPU),
            because,
            checks_of(notes.get("checks", []), because),
            wait,
            summary(body, self._store, notes.get("time_shares")) or [],
            self._settings.export_models and whole.verifies is None,
        )

    def _found(self, spec: JobSpec, wait: QueueWait) -> Found:
        if spec.backbone is not None and not self._has_features(spec):
            return Found({}, NO_FEATURES)
        if not wait.workers:
            return Found({}, NOBODY)
        if not wait.at_once:
            return Found({}, BUSY)
        with self._questions.alone() as alone:
            return self._asked(spec, wait.queue) if alone else Found({}, OTHERS)

    def _has_features(self, spec: JobSpec) -> bool:
        return self._store.features.manifest(features_of(spec, self._store)) is not None

    def _asked(self, spec: JobSpec, queue: str) -> Found:
        """What a worker of this queue has found out once it is done, or the time is over."""
        question, began = new_id(QUESTION), time.monotonic()
        body = spec.model_dump(mode="json")
        self._questions.ask(question, {"spec": body, "seconds": ANSWERED_S})
        with self._job_queue.asked(question, queue):
            notes = self._told(question, began + TAKEN_S)
            if notes is None and self._questions.take(question) is not None:
                return Found({}, LATE)
            notes = self._told(question, began + ANSWERED_S) or {}
        self._questions.forget(question)
        if notes.get("problem"):
            return Found(notes, f"It was begun, and given up: {notes['problem']}")
        return Found(notes, None if notes.get("ended") else UNFINISHED)

    def _told(self, question: str, until: float) -> Json | None:
        """What a worker has told once it is done, or by this moment of the monotonic clock."""
        while True:
            notes = self._questions.told(question)
            if (notes and notes.get("ended")) or time.monotonic() > until:
                return notes
            time.sleep(LOOK_S)
