"""The bell. RQ carries an id from the API to a worker; nothing else about RQ is believed."""

import ctypes
import logging
import os
import secrets
import signal
import sys
import time
from collections.abc import Callable, Iterable, Set
from typing import Any

import redis
from rq import Queue, Worker, get_current_job
from rq.job import Job
from rq.serializers import JSONSerializer

from worker.connection import redis_named
from worker.record import Record

TASK = "worker.tasks.perform"
TRAIN, GPU, IMPORT = "train", "gpu", "import"
# The kind of a record: the queues it may wait in. Workers with a graphics processor serve GPU
# instead of TRAIN.
QUEUES = {"job": (TRAIN, GPU), "ds": (IMPORT,)}
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
        self._queues = {name: queue(name, client) for names in QUEUES.values() for name in names}

    def ring(self, record: Record) -> None:
        """Put the record's id on the queue in which it belongs now."""
        name = place(record, self._attended())
        with redis_named():
            self._queues[name].enqueue_call(
                TASK,
                args=(record.id,),
                job_id=f"{record.id}-{secrets.token_hex(4)}",
                timeout=-1,
                # RQ must forget the message once it is done: the record is the truth.
                result_ttl=0,
                failure_ttl=3600,
            )

    def attended(self) -> bool:
        """Whether records of every kind have a worker that showed signs of life lately."""
        attended = self._attended()
        return all(attended & {*names} for names in QUEUES.values())

    def attended_by_gpu(self) -> bool:
        """Whether a worker with a graphics processor showed signs of life lately."""
        return GPU in self._attended()

    def waiting(self, kind: str) -> set[str]:
        """The ids that have a message where a worker will find it, or, without one, anywhere."""
        names = self._attended() & {*QUEUES[kind]} or QUEUES[kind]
        return {record_id for name in names for record_id in self._ids(name)}

    def unheard(self, records: Iterable[Record]) -> list[Record]:
        """Those of the records that have no message in the queue in which they belong now."""
        attended = self._attended()
        places = [(record, place(record, attended)) for record in records]
        ids = {name: self._ids(name) for name in {name for _, name in places}}
        return [record for record, name in places if record.id not in ids[name]]

    def _attended(self) -> set[str]:
        """The queues that have a worker."""
        with redis_named():
            since = time.time() - ATTENDED_S
            return {q for q in self._queues if self._client.zcount(attendance(q), since, "inf")}

    def _ids(self, name: str) -> set[str]:
        with redis_named():
            return {message.rpartition("-")[0] for message in self._queues[name].job_ids}


def place(record: Record, attended: Set[str]) -> str:
    """The queue in which a record belongs while these are the ones that have a worker.

    What needs a graphics processor waits for one; nothing else waits for a worker of one sort
    while there is but the other.
    """
    kind, _, _ = record.id.partition("_")
    if kind != "job":
        return QUEUES[kind][0]
    wanted = device_for(record)
    if wanted == "gpu":
        return GPU
    here = wanted == "auto" or TRAIN not in attended
    return GPU if here and GPU in attended else TRAIN


def device_for(record: Record) -> str:
    """The device that the next attempt is to have: "auto", "cpu" or "gpu".

    A job that has begun goes on where it began: elsewhere it would end in other bytes.
    """
    return str(record.device["kind"] if record.device else record.body.get("device", "auto"))


def belongs_here(record: Record) -> bool:
    """Whether this worker may have it: a message that was left behind in another queue must not
    bring what began on a graphics processor to a worker without one."""
    return device_for(record) != "gpu" or served_queue() in ("", GPU)


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


def served_queue() -> str:
    """The queue from which the running message came, "" outside of a worker."""
    message = get_current_job()
    return message.origin if message else ""


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
