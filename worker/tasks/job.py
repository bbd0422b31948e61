"""The work at a job: from its spec and a dataset to a model in the store."""

import logging
from collections.abc import Callable
from contextlib import nullcontext, suppress
from functools import partial

from worker.doctor.outcome import Outcome
from worker.errors import LeaseLost
from worker.jobs.attempt import Attempt
from worker.jobs.messages import served_queue
from worker.jobs.placement import GPU, device_for
from worker.jobs.record import State
from worker.jsontypes import Json
from worker.operations.learned_problem import problem_of
from worker.operations.named_backbone import newest_ready
from worker.spec import JobSpec
from worker.store.features import Key
from worker.store.store import Store
from worker.store.stored_spec import in_todays_words
from worker.tasks.candidate import at_its_best, trained_alone
from worker.tasks.context import WorkerContext
from worker.tasks.features import Features
from worker.tasks.manifest import files_of, manifest_of
from worker.tasks.problem import problem_of as told
from worker.tasks.promotion import promote
from worker.tasks.training import opened, watched
from worker.tasks.verification import trained_and_compared
from worker.training import build
from worker.training.devices import Engines, engines_of
from worker.training.memory_limit import exceeded, limited
from worker.training.sizes import sizes_of

Work = Callable[[WorkerContext, Attempt, JobSpec, Key | None, Engines], Json]

log = logging.getLogger(__name__)

AT_END = ("ended_by", "findings")  # fields that a job's record and its model's manifest share


def run_job(context: WorkerContext, attempt: Attempt) -> Json:
    """Train a job's model, within the memory that this should take, publish it, and promote it. Of
    a job that verifies a version, and of a candidate of a sweep, nothing is published.

    Returns:
        The summary of the evaluation, or what came of the verification.

    Raises:
        WorkerError: the job cannot be done, or the attempt must end.
    """
    record, store = attempt.record, context.store
    spec = JobSpec.model_validate(in_todays_words(record.body))
    if spec.verifies is not None:
        return result_of(context, attempt, spec, partial(trained_and_compared, spec.verifies))
    if record.is_candidate:
        return result_of(context, attempt, at_its_best(spec), trained_alone)
    if (result := published(attempt, spec, store)) is None:
        result = result_of(context, attempt, spec, trained_and_published)
    promote(context, attempt, spec)
    return result


def result_of(context: WorkerContext, attempt: Attempt, spec: JobSpec, work: Work) -> Json:
    """Returns what comes of the work at a job, which begins once its features are there."""
    record, store = attempt.record, context.store
    features = None if spec.backbone is None else Features.of_job(context, attempt, spec).key()
    dataset = store.datasets.manifest(spec.dataset)
    plan = build.plan(spec, problem_of(spec, dataset, store))
    job = sizes_of(plan, context.settings)
    has_gpu, threads = served_queue() == GPU, context.settings.threads
    engines, device = engines_of(plan, device_for(record), has_gpu, threads)
    attempt.note(device=device)
    log.info("%s computes on %s, threads: %d", record.id, device["kind"], threads)
    # CUDA reserves any amount of the host's memory, so a limit would only break it.
    with limited(job) if device["kind"] == "cpu" else nullcontext():
        return work(context, attempt, spec, features, engines)


def trained_and_published(
    context: WorkerContext,
    attempt: Attempt,
    spec: JobSpec,
    features: Key | None,
    engines: Engines,
) -> Json:
    """Returns the summary of the evaluation; the model is in the store then.

    Args:
        features: those on which it trains, if not on the samples of the dataset.
    """
    store = context.store
    pictures, dataset = opened(spec, features, store)
    watcher, trained = watched(context, attempt, spec, dataset, engines)
    spec = watcher.spec
    # A late attempt may have published while this one was training.
    if (result := published(attempt, spec, store)) is not None:
        return result
    last = max(store.models.versions(spec.model), default=0)
    before = store.models.manifest(spec.model, last)["classes"] if last else None
    known = newest_ready(context.records["bb"])
    watcher.consult(Outcome(trained.ended_by, trained.result, dataset.classes, before, known))
    attempt.note(ended_by=trained.ended_by)
    publishing = context.records["job"].begin_publishing(
        attempt.record, spec.model, store.models.highest(spec.model)
    )
    about = manifest_of(attempt, spec, pictures, features, trained, store)
    store.aliases.settle(spec.model)  # that something is newer is no reason for it to answer
    version, made = publishing.version or 0, (trained.tensors, about, trained.result)
    others = files_of(trained)
    store.models.publish(spec.model, version, *made, trained.unfolded, others)
    return about["result"]  # type: ignore[no-any-return]


def published(attempt: Attempt, spec: JobSpec, store: Store) -> Json | None:
    """Returns the result of an earlier attempt that published the model and could not report it.

    It died before that, or Redis was wiped. None if no earlier attempt has published.
    """
    record = attempt.record
    version = store.models.version_of(spec.model, record.id) if record.attempt > 1 else None
    if version is None:
        return None
    manifest: Json = store.models.manifest(spec.model, version)
    attempt.note(version=version, **{name: manifest[name] for name in AT_END if name in manifest})
    store.jobs.share_metrics(record.id, manifest.get("attempt", 0), record.attempt)
    return manifest["result"]  # type: ignore[no-any-return]


def aborted(context: WorkerContext, worker: str) -> None:
    """Fail the job of this worker's child, if it had one, as out of memory.

    A library that gets no memory aborts its process. Another attempt would end in the same way.
    """
    for record in context.records["job"].running():
        if record.worker != worker or record.version is not None or device_for(record) == "gpu":
            continue
        spec = JobSpec.model_validate(in_todays_words(record.body))
        dataset = context.store.datasets.manifest(spec.dataset)
        plan = build.plan(spec, problem_of(spec, dataset, context.store))
        job = sizes_of(plan, context.settings)
        problem = told(exceeded(job, "a library of it aborted, most likely for more than"))
        with suppress(LeaseLost):  # it has ended, or another process noticed first
            context.records["job"].finish(record, State.FAILED, {"problem": problem})
            context.archiver.file(record.id)
