"""What a worker does once a job has succeeded and nothing else waits: the version that it published
is exported, so that whoever asks for that finds it there."""

import logging
import signal
from threading import Event

from worker.errors import Preempted, WorkerError
from worker.export.exports import Exports
from worker.jobs.record import Record, State
from worker.tasks.context import WorkerContext
from worker.tasks.other_work import other_work

log = logging.getLogger(__name__)


def export(context: WorkerContext, job: Record) -> None:
    """Export what a job has published, if it has, as long as there is nothing else to do. Whatever
    comes between, it is done when somebody asks for it."""
    told_to_end = Event()
    signal.signal(signal.SIGTERM, lambda *_: told_to_end.set())

    def check() -> None:
        if told_to_end.is_set() or other_work(context):
            raise Preempted("There is something else to do.")

    try:
        record = context.records["job"].get(job.id)
        if record.state is State.SUCCEEDED and record.version is not None:
            check()
            exports = Exports(context.store, context.settings)
            exports.about(record.body["model"], record.version, check)
    except WorkerError as error:
        log.info("%s is exported when somebody asks for it: %s", job.id, error)
    except Exception:  # the job has succeeded all the same
        log.exception("what %s has published could not be exported", job.id)
