"""The worker: RQ's, which forks a child for each message, as it is used here."""

import logging
import math
import os
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Protocol

import redis
from rq import Queue, Worker
from rq.exceptions import StopRequested as StopRequested  # to be let pass by whoever catches others
from rq.job import Job
from rq.serializers import JSONSerializer

from worker.jobs.exit_cause import aborted, cause_of, memory_kills
from worker.jobs.messages import Messages, OneTask, queue
from worker.jobs.presence import show, withdraw
from worker.system.confinement import limits
from worker.system.memory import abort_at_exit

PULSE_S = 5  # between two heartbeats of a worker

log = logging.getLogger(__name__)


class Keeper(Protocol):
    """What a worker calls to keep the records of its children correct."""

    def pulse(self, worker: str) -> bool:
        """Called at each heartbeat. Returns whether this worker's child must be killed."""

    def died(self, worker: str, cause: str) -> None:
        """Called when this worker's child has died."""

    def aborted(self, worker: str) -> None:
        """Called before `died` when the child ended itself by SIGABRT."""


class QueueWorker(Worker):
    """An RQ worker on one queue, which forks a child for each message.

    With two queues RQ would take messages by BLPOP, and a crash would lose the message.
    """

    keeper: Keeper | None = None
    confine: Callable[[], None] = staticmethod(lambda: None)  # takes rights from a child
    memory_kills = 0  # on this machine when the child was started
    _overdue = False  # whether the child must be killed
    _shown = -math.inf  # when this worker last showed itself, by the monotonic clock

    def run_maintenance_tasks(self) -> None:
        try:
            super().run_maintenance_tasks()
        except (redis.RedisError, StopRequested):
            raise
        except Exception:
            # Malformed entries in RQ's lists would end this worker now and after every restart.
            self.last_cleaned_at = datetime.now(UTC)  # type: ignore[assignment]
            log.exception("RQ's keys could not be tidied")

    def execute_job(self, job: Job, queue: Queue) -> None:
        job.origin = queue.name  # where it was found, not where it says that it was put
        self._overdue, self.memory_kills = False, memory_kills()  # of this child
        super().execute_job(job, queue)

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        # Without its parent it would go on working beside the next attempt.
        limits.die_with(self.pid or 0)
        abort_at_exit()
        self.confine()
        super().main_work_horse(job, queue)

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        super().heartbeat(timeout, pipeline)
        # RQ also calls this for every message, in parent and child, while a job is waiting.
        if time.monotonic() - self._shown < PULSE_S / 2 or os.getpid() != self.pid:
            return
        show(self.connection, self.queues[0].name, self.name)
        self._shown = time.monotonic()
        if self.keeper:
            self._overdue = self.keeper.pulse(self.name)

    def register_death(self) -> None:
        withdraw(self.connection, self.queues[0].name, self.name)
        super().register_death()

    def maintain_heartbeats(self, job: Job, execution: Any) -> None:
        try:
            super().maintain_heartbeats(job, execution)
            if self._overdue:
                self.kill_horse()
        except redis.RedisError as error:
            # RQ would end the worker here. Whether the attempt is lost is for its lease to say.
            log.warning("no heartbeat: %s", error)

    def handle_warm_shutdown_request(self) -> None:
        # The child gives its attempt back and ends.
        if self.horse_pid:
            os.kill(self.horse_pid, signal.SIGTERM)


def worker_name() -> str:
    """Returns the name of the worker that forked this process, "" outside of a worker."""
    return os.environ.get("RQ_WORKER_ID", "")


def work(
    name: str, client: redis.Redis, keeper: Keeper, confine: Callable[[], None] = lambda: None
) -> None:
    """Serve this queue until SIGTERM.

    Args:
        client: of Redis, without decoding: RQ's messages are bytes.
        confine: takes from each child the rights that it does not need.
    """

    def killed(job: Job, pid: int, status: int, usage: object) -> None:
        if aborted(status):
            keeper.aborted(trainer.name)
        keeper.died(trainer.name, cause_of(status, trainer.memory_kills))

    trainer = QueueWorker(
        [queue(name, client)],
        connection=client,
        job_class=OneTask,
        queue_class=Messages,
        serializer=JSONSerializer,
        job_monitoring_interval=PULSE_S,
        worker_ttl=PULSE_S + 15,  # of which RQ takes 15 away, and looks up that often when idle
        work_horse_killed_handler=killed,
    )
    trainer.keeper, trainer.confine = keeper, confine
    trainer.work(logging_level="WARNING")
