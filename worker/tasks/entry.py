"""What RQ calls: one attempt, from its claim to its end. Here an error becomes that end."""

import logging
import signal
from collections.abc import Callable
from contextlib import suppress

from worker.errors import (
    Cancelled,
    LeaseLost,
    Paused,
    Preempted,
    RecordNotFound,
    WorkerError,
)
from worker.jobs.attempt import Attempt
from worker.jobs.attempt_log import told
from worker.jobs.messages import served_queue
from worker.jobs.placement import GPU, TRAIN
from worker.jobs.questions import QUESTION
from worker.jobs.queue import JobQueue
from worker.jobs.queue_worker import worker_name
from worker.jobs.record import Record, State, kind_of
from worker.jobs.transitions import Transitions
from worker.jsontypes import Json
from worker.system.trace import current_trace, trace_of
from worker.tasks.backbone import import_backbone
from worker.tasks.context import WorkerContext, context_here
from worker.tasks.dataset import import_dataset
from worker.tasks.estimate import answer
from worker.tasks.exporting import export
from worker.tasks.job import run_job
from worker.tasks.other_work import LOOK
from worker.tasks.problem import problem_of
from worker.tasks.scoring import score
from worker.tasks.scoring_help import helped

# The kind of a record, and the work at it, which returns the record's result.
WORK: dict[str, Callable[[WorkerContext, Attempt], Json]] = {
    "job": run_job,
    "ds": import_dataset,
    "bb": import_backbone,
    "pred": score,
}

log = logging.getLogger(__name__)


def perform(record_id: str) -> None:
    """Work at the queued record that comes first, until the attempt ends.

    Args:
        record_id: of the message. It wakes the worker, and says which kind of record is meant;
            the record that comes first may be another one of that kind. Where nothing waits, and
            another worker shares it, this one helps. It may also be the id of a question.
    """
    context = context_here()
    if served_queue() in (TRAIN, GPU):
        context.share_cores()
    if kind_of(record_id) == QUESTION:
        answer(context, record_id)
        return
    records = context.records[kind_of(record_id)]
    context.recovery.fill()  # an attempt must not begin from a record that Redis knows half
    record = claimed(records, context.job_queue, context.settings.lease_s, record_id)
    if record is None:
        if not helped(context, record_id):
            # It was cancelled, its message was sent twice, or Redis was wiped and has forgotten it.
            log.info("nothing to do: woken for %s", record_id)
        return
    if (trace := trace_of(record.traceparent)) is not None:
        current_trace.set(trace.child())
    with Attempt(records, record, context.settings.lease_s) as attempt, told(attempt):
        signal.signal(signal.SIGTERM, lambda *_: attempt.preempt())
        try:
            work_on(context, attempt)
        except LeaseLost as error:
            log.warning("%s", error)
            context.garbage.drop_late(record)
    if record.sweep is not None:
        context.sweeps.try_to_advance(record.sweep["id"])
    if record.kind == "job" and context.settings.export_models:
        export(context, record)


def work_on(context: WorkerContext, attempt: Attempt) -> None:
    """Do what the record asks for, and end the attempt by what came of it.

    Raises:
        LeaseLost: the record is no longer this attempt's to change.
    """
    record, archive = attempt.record, context.store.archive
    try:
        if not archive.knows(record.id):
            # Redis accepted it, but its answer was lost, and the request was withdrawn.
            archive.keep_request(record.id, {"body": record.body})
        result = WORK[record.kind](context, attempt)
    except LeaseLost:
        raise
    except (Preempted, Paused) as error:
        give_back(context, attempt, error)
    except Cancelled:
        end(context, attempt, State.CANCELLED)
    except Exception as error:
        end(context, attempt, State.FAILED, problem=problem_of(error))
    else:
        end(context, attempt, State.SUCCEEDED, result=result)


def claimed(
    records: Transitions, job_queue: JobQueue, lease_s: float, woken_for: str
) -> Record | None:
    """Returns the record of a new attempt; None if there is nothing for this worker.

    Only the first LOOK queued records are looked at, and all of them may be for other workers. The
    record of the message is then tried too.
    """
    candidates = records.waiting(LOOK)
    if len(candidates) == LOOK:
        with suppress(RecordNotFound):
            candidates.append(records.get(woken_for))
    for record in job_queue.belonging_here(candidates):
        try:
            return records.claim(record.id, worker_name(), lease_s)
        except LeaseLost:
            continue  # another worker was faster, or somebody cancelled it
    return None


def give_back(context: WorkerContext, attempt: Attempt, reason: WorkerError) -> None:
    """End the attempt before the work is done, and queue the record again or leave it paused."""
    record = attempt.record
    records = context.records[record.kind]
    after = records.give_back(record, reason.code, attempt.notes, attempt.untold())
    if after.state is State.QUEUED:
        context.job_queue.enqueue(after)
    else:
        context.archiver.file(record.id)


def end(context: WorkerContext, attempt: Attempt, state: State, **notes: Json) -> None:
    """End the attempt, and with it the record, in a final state."""
    record, events = attempt.record, attempt.untold()
    records = context.records[record.kind]
    try:
        records.finish(record, state, {**attempt.notes, **notes}, events)
    except Cancelled:  # while an import published, of which nothing stays then
        records.finish(record, State.CANCELLED, attempt.notes, events)
    context.archiver.file(record.id)
