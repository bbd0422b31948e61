"""The work at a job: from its spec and a dataset to a model in the store."""

from contextlib import nullcontext, suppress
from dataclasses import replace

from worker.data import row_answers
from worker.data.dataset import Dataset
from worker.doctor.outcome import Outcome
from worker.errors import CheckpointNotFound, LeaseLost
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
from worker.tasks.context import WorkerContext
from worker.tasks.features import Features
from worker.tasks.manifest import manifest_of
from worker.tasks.problem import problem_of as told
from worker.tasks.promotion import promote
from worker.training import build
from worker.training.devices import Engines, engines_of
from worker.training.fit import Trained, train
from worker.training.loop import Checkpoint
from worker.training.memory_limit import exceeded, limited
from worker.training.origin import Origin
from worker.training.sizes import sizes_of
from worker.watch import JobWatcher

AT_END = ("ended_by", "findings")  # fields that a job's record and its model's manifest share


def run_job(context: WorkerContext, attempt: Attempt) -> Json:
    """Train a job's model, within the memory that this should take, publish it, and promote it.

    Returns:
        The summary of the evaluation.

    Raises:
        WorkerError: the job cannot be done, or the attempt must end.
    """
    record, store = attempt.record, context.store
    spec = JobSpec.model_validate(in_todays_words(record.body))
    if (result := published(attempt, spec, store)) is None:
        result = newly_published(context, attempt, spec)
    promote(context, attempt, spec)
    return result


def newly_published(context: WorkerContext, attempt: Attempt, spec: JobSpec) -> Json:
    """Returns the summary of the evaluation of a model that no earlier attempt has published."""
    record, store = attempt.record, context.store
    features = None if spec.backbone is None else Features.of_job(context, attempt, spec).key()
    dataset = store.datasets.manifest(spec.dataset)
    plan = build.plan(spec, problem_of(spec, dataset, store))
    job = sizes_of(plan, context.settings)
    has_gpu, threads = served_queue() == GPU, context.settings.threads
    engines, device = engines_of(plan, device_for(record), has_gpu, threads)
    attempt.note(device=device)
    # CUDA reserves any amount of the host's memory, so a limit would only break it.
    with limited(job) if device["kind"] == "cpu" else nullcontext():
        return trained_and_published(context, attempt, spec, features, engines)


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
    if features is None:
        pictures = dataset = store.datasets.open(spec.dataset)
    else:  # whose digest was checked; of the pictures themselves nothing is read
        pictures = store.datasets.mapped(spec.dataset)
        dataset = store.features.of(pictures, features)
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
    publishing = context.records["job"].begin_publishing(attempt.record, spec.model, last)
    about = manifest_of(attempt, spec, pictures, features, trained, store)
    store.aliases.settle(spec.model)  # that something is newer is no reason for it to answer
    version, made = publishing.version or 0, (trained.tensors, about, trained.result)
    others = {row_answers.FILE: row_answers.arrays_of(trained.answers)}
    store.models.publish(spec.model, version, *made, trained.unfolded, others)
    return about["result"]  # type: ignore[no-any-return]


def watched(
    context: WorkerContext, attempt: Attempt, spec: JobSpec, dataset: Dataset, engines: Engines
) -> tuple[JobWatcher, Trained]:
    """Returns what was trained, from where an earlier attempt was, and who has looked on."""
    record, store = attempt.record, context.store
    with store.jobs.metrics_log(record.id, record.attempt) as log:
        watcher = JobWatcher(attempt, spec, store, log, context.settings, dataset.digest)
        checkpoint = watcher.resume()
        spec = watcher.spec
        run, checkpoint = as_it_stands(spec, checkpoint)
        try:
            trained = train(
                run,
                dataset,
                watcher,
                origin=origin_of(spec, store),
                checkpoint=checkpoint,
                check_gradients=context.settings.gradient_check,
                threads=context.settings.threads,
                engines=engines,
            )
        except BaseException:  # the findings matter most when a training fails
            watcher.consult()
            raise
    if spec.checkpoint is not None:
        trained = replace(trained, ended_by="checkpoint")
    return watcher, trained


def as_it_stands(spec: JobSpec, checkpoint: Checkpoint | None) -> tuple[JobSpec, Checkpoint | None]:
    """Returns what to train, and from where. Of a job that publishes a checkpoint nothing is left
    to be trained, and what is published is what answered at the end of that epoch.

    Raises:
        CheckpointNotFound: its bytes are not what was written.
    """
    if (wanted := spec.checkpoint) is None:
        return spec, checkpoint
    if checkpoint is None:
        raise CheckpointNotFound(
            f"The checkpoint of epoch {wanted.epoch} of {wanted.job} has changed on disk. Publish "
            "another one."
        )
    about = {**checkpoint.about, "best_epoch": 0}  # not the weights of an epoch before it
    return spec.model_copy(update={"epochs": wanted.epoch}), replace(checkpoint, about=about)


def origin_of(spec: JobSpec, store: Store) -> Origin | None:
    """Returns the model from which the job starts, if it does from one.

    Raises:
        ModelNotFound, DamagedModel: it is not what was published.
    """
    if (start := spec.start_from) is None:
        return None
    network = build.network_of_model(store.models.manifest(*start.fixed))
    return Origin(network, store.models.unfolded(*start.fixed))


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
