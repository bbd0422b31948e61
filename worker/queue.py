"""The bell. RQ carries an id from the API to a worker; nothing else about RQ is believed."""

import ctypes
import logging
import os
import secrets
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

import redis
from rq import Queue, Worker
from rq.job import Job
from rq.serializers import JSONSerializer

from worker.connection import redis_named

TASK = "worker.tasks.perform"
QUEUES = {"job": "train", "ds": "import"}  # the kind of a record: the queue it waits in
PR_SET_PDEATHSIG = 1
ATTENDED_S = 45  # an idle worker shows itself every 15 s

log = logging.getLogger(__name__)


class OneTask(Job):
    """A message that can name no function but ours, and no callback.

    RQ imports whatever dotted path it finds in Redis; so whoever can write there could run
    anything, JSON or not.
    """

    @property
    def func(self) -> Any:
        if self.func_name != TASK or self.instance is not None:
            raise PermissionError(f"Expected a message for {TASK}, got {self.func_name!r:.100}.")
        return super().func

    def restore(self, raw_data: Any) -> Any:
        super().restore(raw_data)
        self._success_callback_name = self._failure_callback_name = None
        self._stopped_callback_name = None
        self.webhooks = []


class Bell:
    """Rings for a record that is queued. Ringing twice is harmless: one attempt gets the claim."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._queues = {kind: queue(name, client) for kind, name in QUEUES.items()}

    def ring(self, record_id: str) -> None:
        """Put the id on the queue of its kind."""
        kind, _, _ = record_id.partition("_")
        with redis_named():
            self._queues[kind].enqueue_call(
                TASK,
                args=(record_id,),
                job_id=f"{record_id}-{secrets.token_hex(4)}",
                timeout=-1,
                # RQ must forget the message once it is done: the record is the truth.
                result_ttl=0,
                failure_ttl=3600,
            )

    def attended(self) -> bool:
        """Whether every queue has a worker that showed signs of life lately."""
        with redis_named():
            since = time.time() - ATTENDED_S
            return all(self._client.zcount(attendance(q), since, "inf") for q in QUEUES.values())

    def waiting(self, kind: str) -> set[str]:
        """The ids that have a message waiting."""
        with redis_named():
            return {message.rpartition("-")[0] for message in self._queues[kind].job_ids}


def attendance(queue_name: str) -> str:
    """The sorted set of this queue's workers, by the time at which each last showed itself."""
    return f"purr:workers:{queue_name}"


def queue(name: str, client: redis.Redis) -> Queue:
    return Queue(name, connection=client, serializer=JSONSerializer, job_class=OneTask)


class Trainer(Worker):
    """An RQ worker on one queue, which forks a child for each message.

    One queue only: with two, RQ pops with BLPOP and a crash loses the message.
    """

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        # A child whose parent was killed would go on, and a second attempt would begin beside it.
        die_with_parent(self.pid)
        super().main_work_horse(job, queue)

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        super().heartbeat(timeout, pipeline)
        key = attendance(self.queues[0].name)
        self.connection.zadd(key, {self.name: time.time()})
        self.connection.zremrangebyscore(key, "-inf", time.time() - ATTENDED_S)

    def register_death(self) -> None:
        self.connection.zrem(attendance(self.queues[0].name), self.name)
        super().register_death()

    def maintain_heartbeats(self, job: Job, execution: Any) -> None:
        try:
            super().maintain_heartbeats(job, execution)
        except redis.RedisError as error:
            # RQ would give up the worker; the lease of the record decides, and it may survive.
            log.warning("no heartbeat: %s", error)

    def handle_warm_shutdown_request(self) -> None:
        # The child gives its job back, and ends.
        if self.horse_pid:
            os.kill(self.horse_pid, signal.SIGTERM)


def die_with_parent(parent: int | None) -> None:
    """Have the kernel kill this process when its parent dies (Linux; elsewhere nothing)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before the call
            os._exit(1)


def worker_name() -> str:
    """The name of the worker that forked this process."""
    return os.environ.get("RQ_WORKER_ID", "")


OnDeath = Callable[[str, str, str], None]


def work(name: str, client: redis.Redis, on_death: OnDeath) -> None:
    """Serve this queue until SIGTERM.

    Args:
        on_death: hears of every child that died: the record's id, this worker's name, the cause.
    """

    def killed(job: Job, pid: int, status: int, usage: object) -> None:
        cause = f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else f"exit {status}"
        on_death(job.id.rpartition("-")[0], trainer.name, cause)

    trainer = Trainer(
        [queue(name, client)],
        connection=client,
        job_class=OneTask,
        serializer=JSONSerializer,
        job_monitoring_interval=5,
        worker_ttl=30,
        work_horse_killed_handler=killed,
    )
    trainer.work(logging_level="WARNING")
