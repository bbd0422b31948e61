"""What RQ calls: one function, one id. Here an error becomes the end of an attempt."""

import logging
import signal
from collections.abc import Callable
from contextlib import nullcontext, suppress
from datetime import UTC, datetime

from worker.data.dataset import Dataset
from worker.data.importer import import_files
from worker.doctor.outcome import Outcome
from worker.errors import (
    Cancelled,
    DatasetNotFound,
    JobNotFound,
    LeaseLost,
    OutOfMemory,
    Paused,
    Preempted,
    WorkerError,
)
from worker.jobs.archiver import Archiver
from worker.jobs.attempt import Attempt
from worker.jobs.queue import GPU, JobQueue, device_for, served_queue, worker_name
from worker.jobs.record import Record, State
from worker.jobs.redis_connection import connect
from worker.jobs.transitions import Transitions, open_records
from worker.jsontypes import Json
from worker.settings import Settings
from worker.spec import JobSpec
from worker.store.store import Store
from worker.system import memory
from worker.training.devices import Engines, engines_of
from worker.training.evaluate import summary
from worker.training.fit import Trained, train
from worker.training.memory_limit import exceeded, limited
from worker.training.sizes import sizes_of
from worker.watch import JobWatcher

AT_END = ("ended_by", "findings")  # what a job and its model both say of its end
LOOK = 100  # waiting records among which a worker looks for one that it may have

log = logging.getLogger(__name__)


class WorkerContext:
    """What tasks and the reaper work with; nothing is connected before it is used."""

    def __init__(self, settings: Settings) -> None:
        if settings.redis_url is None:
            raise ValueError("PURR_REDIS_URL is not set. Set it, or start everything by `purr up`.")
        self.settings = settings
        self.store = Store(settings.data_dir, settings.min_free_bytes)
        client = connect(settings.redis_url, patient=True)
        self.records = open_records(client)
        self.job_queue = JobQueue(connect(settings.redis_url, patient=True, text=False))
        self.archiver = Archiver(client, self.records, self.store)


def perform(record_id: str) -> None:
    """Take an attempt to its end: the message only wakes a worker up, and what comes next need
    not be what it was sent for."""
    context = WorkerContext(Settings())
    kind, _, _ = record_id.partition("_")
    records = context.records[kind]
    context.archiver.fill()  # what Redis has forgotten of a record must not mislead an attempt
    record = claimed(records, context.job_queue, context.settings.lease_s, record_id)
    if record is None:
        # Cancelled meanwhile, sent twice, or forgotten by a Redis that was wiped.
        log.info("nothing to do: woken for %s", record_id)
        return
    with Attempt(records, record, context.settings.lease_s) as attempt:
        signal.signal(signal.SIGTERM, lambda *_: attempt.preempt())
        try:
            work_on(context, attempt)
        except LeaseLost as error:
            log.warning("%s", error)
            # What it wrote after the job's end is of no use to anybody.
            context.archiver.clear(record)


def work_on(context: WorkerContext, attempt: Attempt) -> None:
    """Do what the record asks for, and say how that ended."""
    kind, _, _ = attempt.record.id.partition("_")
    try:
        result = WORK[kind](context, attempt)
    except LeaseLost:
        raise
    except (Preempted, Paused) as error:
        leave(context, attempt, error)
    except Cancelled:
        end(context, attempt, State.CANCELLED)
    except Exception as error:
        end(context, attempt, State.FAILED, problem=problem_of(error))
    else:
        end(context, attempt, State.SUCCEEDED, result=result)


def claimed(
    records: Transitions, job_queue: JobQueue, lease_s: float, rung_for: str
) -> Record | None:
    """The next attempt at what comes next here. Of very many that wait the first may all be for
    others; then at what the message was sent for."""
    next_ones = records.waiting(LOOK)
    if len(next_ones) == LOOK:
        with suppress(JobNotFound, DatasetNotFound):
            next_ones.append(records.get(rung_for))
    for record in job_queue.belonging_here(next_ones):
        try:
            return records.claim(record.id, worker_name(), lease_s)
        except LeaseLost:
            continue  # somebody else was faster, or cancelled it
    return None


def leave(context: WorkerContext, attempt: Attempt, reason: WorkerError) -> None:
    """Give the attempt back: what was done so far is kept."""
    mine = attempt.record
    kind, _, _ = mine.id.partition("_")
    after = context.records[kind].give_back(mine, reason.code, attempt.notes, attempt.untold())
    if after.state is State.QUEUED:
        context.job_queue.enqueue(after)
    else:
        context.archiver.file(mine.id)


def end(context: WorkerContext, attempt: Attempt, state: State, **notes: Json) -> None:
    """Say how the attempt, and with it the record, ended."""
    record = attempt.record
    kind, _, _ = record.id.partition("_")
    context.records[kind].finish(record, state, {**attempt.notes, **notes}, attempt.untold())
    context.archiver.file(record.id)


def problem_of(error: Exception) -> Json:
    """Why it failed, in a sentence; the log has the rest."""
    if memory.is_missing(error):
        error = OutOfMemory("It needed more memory than this machine has. Use less of it.")
    if not isinstance(error, WorkerError):
        log.exception("unexpected failure", exc_info=error)
        error = WorkerError("Something unexpected went wrong; the worker's log tells what.")
    return {"code": error.code, "detail": str(error)}


def run_job(context: WorkerContext, attempt: Attempt) -> Json:
    """Train and publish, within the memory that this should take; gives the result."""
    record, store = attempt.record, context.store
    spec = JobSpec.model_validate(record.body)
    if not store.archive.knows(record.id):
        # It was accepted by a Redis whose answer got lost.
        store.archive.keep_request(record.id, {"body": record.body})
    if (result := published(attempt, spec, store)) is not None:
        return result
    job = sizes_of(spec, store.datasets.manifest(spec.dataset), context.settings)
    has_gpu, threads = served_queue() == GPU, context.settings.threads
    engines, device = engines_of(spec, device_for(record), has_gpu, threads)
    attempt.note(device=device)
    # A graphics processor's library reserves any amount of the host's memory.
    with limited(job) if device["kind"] == "cpu" else nullcontext():
        return trained_and_published(context, attempt, spec, engines, device)


def trained_and_published(
    context: WorkerContext, attempt: Attempt, spec: JobSpec, engines: Engines, device: Json
) -> Json:
    """The result of a job whose model is there when this returns."""
    record, store = attempt.record, context.store
    dataset = store.datasets.open(spec.dataset)
    with store.jobs.metrics_log(record.id, record.attempt) as log:
        watcher = JobWatcher(attempt, spec, store, log, context.settings)
        checkpoint = watcher.resume()
        spec = watcher.spec
        try:
            trained = train(
                spec,
                dataset,
                watcher,
                checkpoint=checkpoint,
                check_gradients=context.settings.gradient_check,
                threads=context.settings.threads,
                engines=engines,
            )
        except BaseException:  # who failed wants to know why most of all
            watcher.consult()
            raise
    if (result := published(attempt, spec, store)) is not None:  # while this one was training
        return result
    last = max(store.models.versions(spec.model), default=0)
    before = store.models.manifest(spec.model, last)["classes"] if last else None
    watcher.consult(Outcome(trained.ended_by, trained.result, dataset.classes, before))
    attempt.note(ended_by=trained.ended_by)
    mine = context.records["job"].begin_publishing(record, spec.model, last)
    about = {**manifest_of(attempt, spec, dataset, trained), "device": device}
    store.models.publish(spec.model, mine.version or 0, trained.tensors, about, trained.result)
    return about["result"]  # type: ignore[no-any-return]


def manifest_of(attempt: Attempt, spec: JobSpec, dataset: Dataset, trained: Trained) -> Json:
    """What is kept with the model, and told of it."""
    return {
        "job": attempt.record.id,
        "attempt": attempt.record.attempt,
        "created_at": datetime.now(UTC).isoformat(),
        "spec": spec.model_dump(mode="json"),
        "dataset": {"id": dataset.id, "digest": dataset.digest},
        "classes": dataset.classes,
        "shape": dataset.shape,
        "preprocessing": dataset.preprocessing,
        "result": summary(trained.result),
        "ended_by": trained.ended_by,
        "findings": attempt.notes["findings"],
        "fold_difference": trained.fold_difference,
    }


def published(attempt: Attempt, spec: JobSpec, store: Store) -> Json | None:
    """The result of an earlier attempt that died, or that Redis forgot, before it could say so."""
    record = attempt.record
    version = store.models.version_of(spec.model, record.id) if record.attempt > 1 else None
    if version is None:
        return None
    manifest: Json = store.models.manifest(spec.model, version)
    attempt.note(version=version, **{name: manifest[name] for name in AT_END if name in manifest})
    store.jobs.share_metrics(record.id, manifest.get("attempt", 0), record.attempt)
    return manifest["result"]  # type: ignore[no-any-return]


def aborted(context: WorkerContext, worker: str) -> None:
    """Say of the job that this worker's child had, if it had one, that a library has ended it, as
    they do that get no memory. Another attempt would end like this one."""
    for mine in context.records["job"].running():
        if mine.worker != worker or mine.version is not None or device_for(mine) == "gpu":
            continue
        spec = JobSpec.model_validate(mine.body)
        job = sizes_of(spec, context.store.datasets.manifest(spec.dataset), context.settings)
        problem = problem_of(exceeded(job, "a library of it aborted, most likely for more than"))
        with suppress(LeaseLost):  # it ended, or somebody else noticed first
            context.records["job"].finish(mine, State.FAILED, {"problem": problem})
            context.archiver.file(mine.id)


def import_dataset(context: WorkerContext, attempt: Attempt) -> Json:
    """Turn an upload into a dataset; gives its manifest. Nothing opens the upload afterwards."""
    record, store = attempt.record, context.store
    with suppress(DatasetNotFound):
        # An earlier attempt died between publishing and saying so.
        return store.datasets.manifest(record.id)
    files = store.uploads.local_files(record.id)
    try:
        with store.datasets.local_folder(record.id) as folder:
            prepared = import_files(files, folder, context.settings, check=attempt.check)
            about = {"name": record.body["name"], "created_at": datetime.now(UTC).isoformat()}
            manifest = store.datasets.publish(record.id, folder, {**about, **prepared.as_dict()})
    except (LeaseLost, Preempted):
        raise  # another attempt will want the upload
    except Exception:
        store.uploads.drop(record.id)
        raise
    store.uploads.drop(record.id)
    return manifest


WORK: dict[str, Callable[[WorkerContext, Attempt], Json]] = {"job": run_job, "ds": import_dataset}
