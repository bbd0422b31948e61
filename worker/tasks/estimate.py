"""What a worker does for a question about a job: it begins that, as the child that would do it, and
tells how long each phase takes. No record knows of it."""

import logging
from contextlib import nullcontext

from worker.data.dataset import Dataset
from worker.jobs.messages import served_queue
from worker.jobs.placement import GPU
from worker.jobs.questions import Questions
from worker.jsontypes import Json
from worker.operations.learned_problem import features_of
from worker.operations.starting_model import origin_of
from worker.spec import JobSpec
from worker.store.store import Store
from worker.system.alarm import ending_after
from worker.tasks.context import WorkerContext
from worker.tasks.problem import problem_of as told
from worker.training.devices import engines_of
from worker.training.fit import plan_of
from worker.training.memory_limit import limited
from worker.training.sizes import sizes_of
from worker.training.time_estimate import Disk, publishing
from worker.training.trial import trial

LEAST_S = 0.01  # of an alarm, which 0 would switch off
SMALL_BYTES, LARGE_BYTES = 2**10, 2**22  # of files that tell how fast the disk is

log = logging.getLogger(__name__)


class Notes:
    """What was found out so far, told to whoever asks."""

    def __init__(self, questions: Questions, question: str) -> None:
        self._questions, self._question = questions, question
        self.found: Json = {"phases": {}, "checks": [], "time_shares": None, "problem": None}

    def add(self, more: Json) -> None:
        """Add it to what was found before, and tell all of that."""
        self.found["phases"] |= more.pop("phases", {})
        self.found["checks"] += more.pop("checks", [])
        self.found |= more
        self._questions.tell(self._question, self.found)


def answer(context: WorkerContext, question: str) -> None:
    """Find out what is asked, for as many seconds as are given; whoever has asked reads as much as
    is known by then. Where nobody waits any more, nothing is done."""
    questions = Questions(context.redis)
    waited_s, asked = questions.waiting_s(question), questions.take(question)
    if asked is None:
        log.info("nothing to do: woken for %s", question)
        return
    notes = Notes(questions, question)
    with ending_after(max(LEAST_S, asked["seconds"] - waited_s)):
        try:
            find_out(context, JobSpec.model_validate(asked["spec"]), notes)
            notes.add({"ended": True})
        except Exception as error:
            notes.add({"ended": True, "problem": told(error)["detail"]})


def find_out(context: WorkerContext, spec: JobSpec, notes: Notes) -> None:
    """Begin the phases of a job.

    Raises:
        WorkerError: it would fail.
    """
    settings, store = context.settings, context.store
    dataset = samples(spec, store)
    plan = plan_of(spec, dataset, None)
    has_gpu = served_queue() == GPU
    engines, device = engines_of(plan, spec.device, has_gpu, settings.threads)
    job = sizes_of(plan, settings)
    notes.add({"phases": {"publishing": publishing(job, disk_of(store))}})
    with limited(job) if device["kind"] == "cpu" else nullcontext():
        trial(
            plan_of(spec, dataset, origin_of(spec, store)),
            dataset,
            notes.add,
            error_rate=spec.error_rate,
            engines=engines,
            threads=settings.threads,
            check_gradients=settings.gradient_check,
        )


def disk_of(store: Store) -> Disk:
    """How fast the disk is on which versions are written."""
    file_s, all_s = (store.space.writing_s("models", size) for size in (SMALL_BYTES, LARGE_BYTES))
    return Disk(file_s, max(0.0, all_s - file_s) / LARGE_BYTES)


def samples(spec: JobSpec, store: Store) -> Dataset:
    """What a job would learn from. Nothing comes of it, so its digest is not compared."""
    dataset = store.datasets.mapped(spec.dataset)
    if spec.backbone is None:
        return dataset
    return store.features.of(dataset, features_of(spec, store))
