"""The queue. RQ carries an id from the API to a worker; nothing else about RQ is believed."""

import logging
import math
import os
import re
import secrets
import signal
import time
from collections.abc import Callable, Iterable, Set
from datetime import UTC, datetime
from typing import Any, Protocol

import redis
from rq import Queue, Worker, get_current_job
from rq.exceptions import StopRequested as StopRequested  # for who must let it pass
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer

from worker.jobs.exit_cause import aborted, cause_of, memory_kills
from worker.jobs.record import Record
from worker.jobs.redis_connection import redis_named
from worker.system.confinement import limits
from worker.system.memory import abort_at_exit

TASK = "worker.tasks.perform"
TRAIN, GPU, IMPORT = "train", "gpu", "import"
# The kind of a record: the queues it may wait in. Workers with a graphics processor serve GPU
# instead of TRAIN.
QUEUES = {"job": (TRAIN, GPU), "ds": (IMPORT,)}
# How long a message may take, and how long RQ keeps one that is done and one that failed.
NEVER, AT_ONCE, FAILURE_TTL_S = -1, 0, 3600
MESSAGE = re.compile(rb"(job|ds)_[0-9a-f]{32}-[0-9a-f]{8}")  # the id of a record, and chance
ASIDE, ASIDE_LENGTH, ASIDE_BYTES = "purr:aside", 100, 1_000  # the last strays, and of each so much
READ = (b"origin", b"status")
PULSE_S = 5  # between two looks of a worker at what is due
ATTENDED_S = 15  # without a sign of life, after which a worker counts as gone

log = logging.getLogger(__name__)


class OneTask(Job):
    """A message that calls our function with its own id, whatever else is written in it.

    RQ imports any dotted path that it finds in Redis, unpacks what is packed there without a limit,
    and ends a worker at a date that is none; so nothing of that is read.
    """

    def restore(self, raw_data: Any) -> Any:
        self.func_name, self.instance, self.kwargs = TASK, None, {}
        self.args = (self.id.rpartition("-")[0],)
        self.timeout, self.result_ttl, self.failure_ttl = NEVER, AT_ONCE, FAILURE_TTL_S
        # RQ's own bookkeeping wants these two.
        origin, status = (raw_data.get(name, b"").decode("utf-8", "replace") for name in READ)
        self.origin = origin
        self._status = JobStatus(status) if status in {*JobStatus} else JobStatus.QUEUED


class Messages(Queue):
    """A queue that gives messages of ours alone; whatever else was put into it is set aside."""

    @classmethod
    def lmove(cls, connection: redis.Redis, queue_key: str, timeout: int | None) -> Any:
        client: Any = connection  # its commands are typed for text alone
        while (found := super().lmove(connection, queue_key, timeout)) is not None:
            message: bytes = found[1]
            if MESSAGE.fullmatch(message) and client.type(b"rq:job:" + message) == b"hash":
                return found
            log.warning("no message of ours in %s, set aside: %r", queue_key, message[:80])
            temp_path = client.pipeline()
            temp_path.lrem(f"{queue_key}:intermediate", 1, message)
            temp_path.lpush(ASIDE, message[:ASIDE_BYTES])
            temp_path.ltrim(ASIDE, 0, ASIDE_LENGTH - 1)
            temp_path.execute()
        return None


class JobQueue:
    """Sends a worker the id of a record that is queued. Twice is harmless: one attempt gets the
    claim."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._queues = {name: queue(name, client) for names in QUEUES.values() for name in names}

    def enqueue(self, record: Record) -> None:
        """Put the record's id on the queue in which it belongs now."""
        name = place(record, self._served())
        with redis_named():
            self._queues[name].enqueue_call(
                TASK,
                args=(record.id,),
                job_id=f"{record.id}-{secrets.token_hex(4)}",
                timeout=NEVER,
                # RQ must forget the message once it is done: the record is the truth.
                result_ttl=AT_ONCE,
                failure_ttl=FAILURE_TTL_S,
            )

    def has_workers(self) -> bool:
        """Whether records of every kind have a worker that showed signs of life lately."""
        served = self._served()
        return all(served & {*names} for names in QUEUES.values())

    def has_gpu_worker(self) -> bool:
        """Whether a worker with a graphics processor showed signs of life lately."""
        return GPU in self._served()

    def waiting(self, kind: str) -> set[str]:
        """The ids that have a message where a worker will find it, or, without one, anywhere."""
        names = self._served() & {*QUEUES[kind]} or QUEUES[kind]
        return {record_id for name in names for record_id in self._ids(name)}

    def without_message(self, records: Iterable[Record]) -> list[Record]:
        """Those of the records that have no message in the queue in which they belong now."""
        served = self._served()
        places = [(record, place(record, served)) for record in records]
        ids = {name: self._ids(name) for name in {name for _, name in places}}
        return [record for record, name in places if record.id not in ids[name]]

    def belonging_here(self, records: Iterable[Record]) -> list[Record]:
        """Those that this worker may have: a message that was left behind in another queue must not
        bring it what is for a graphics processor, or what began on one."""
        here = served_queue()
        served = self._served() | {here}
        return [record for record in records if not here or place(record, served) == here]

    def _served(self) -> set[str]:
        """The queues that have a worker."""
        with redis_named():
            since = time.time() - ATTENDED_S
            return {q for q in self._queues if self._client.zcount(attendance(q), since, "inf")}

    def _ids(self, name: str) -> set[str]:
        with redis_named():
            messages: Any = self._client.lrange(self._queues[name].key, 0, -1)
        # Others may have put there what is not even text.
        return {m.decode("utf-8", "replace").rpartition("-")[0] for m in messages}


def place(record: Record, served: Set[str]) -> str:
    """The queue in which a record belongs while these are the ones that have a worker.

    What needs a graphics processor waits for one; nothing else waits for a worker of one sort
    while there is but the other.
    """
    return place_for(record.kind, device_for(record), served)


def place_for(kind: str, wanted: str, served: Set[str]) -> str:
    """The same by a record's kind and the device that it wants."""
    if kind != "job":
        return QUEUES[kind][0]
    if wanted == "gpu":
        return GPU
    here = wanted == "auto" or TRAIN not in served
    return GPU if here and GPU in served else TRAIN


def device_for(record: Record) -> str:
    """The device that the next attempt is to have: "auto", "cpu" or "gpu".

    A job that has begun goes on where it began: elsewhere it would end in other bytes.
    """
    return str(record.device["kind"] if record.device else record.body.get("device", "auto"))


def attendance(queue_name: str) -> str:
    """The sorted set of this queue's workers, by the time at which each last showed itself."""
    return f"purr:workers:{queue_name}"


def queue(name: str, client: redis.Redis) -> Messages:
    return Messages(name, connection=client, serializer=JSONSerializer, job_class=OneTask)


class Keeper(Protocol):
    """Who looks after the records of a worker's children."""

    def pulse(self, worker: str) -> bool:
        """Do what is due every few seconds; says whether this worker's child must be killed."""

    def died(self, worker: str, cause: str) -> None:
        """Hear that this worker's child died."""

    def aborted(self, worker: str) -> None:
        """Hear before that that a library in it gave up."""


class QueueWorker(Worker):
    """An RQ worker on one queue, which forks a child for each message.

    One queue only: with two, RQ pops with BLPOP and a crash loses the message.
    """

    keeper: Keeper | None = None
    confine: Callable[[], None] = staticmethod(lambda: None)  # takes rights from a child
    memory_kills = 0  # of the machine's, when the child was started
    _overdue = False
    _seen = -math.inf  # when it last showed itself, by its own clock

    def run_maintenance_tasks(self) -> None:
        try:
            super().run_maintenance_tasks()
        except (redis.RedisError, StopRequested):
            raise
        except Exception:
            # Others may have put something into RQ's lists at which it would end, now and whenever
            # it is started again.
            self.last_cleaned_at = datetime.now(UTC)  # type: ignore[assignment]
            log.exception("RQ's keys could not be tidied")

    def execute_job(self, job: Job, queue: Queue) -> None:
        job.origin = queue.name  # where it was found, not where it says that it was put
        self._overdue, self.memory_kills = False, memory_kills()  # of this child
        super().execute_job(job, queue)

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        # A child whose parent was killed would go on, and a second attempt would begin beside it.
        limits.die_with(self.pid or 0)
        abort_at_exit()
        self.confine()
        super().main_work_horse(job, queue)

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        super().heartbeat(timeout, pipeline)
        # RQ's heart beats for every message too, in parent and child, and a job is waiting then.
        if time.monotonic() - self._seen < PULSE_S / 2 or os.getpid() != self.pid:
            return
        key = attendance(self.queues[0].name)
        self.connection.zadd(key, {self.name: time.time()})
        self.connection.zremrangebyscore(key, "-inf", time.time() - ATTENDED_S)
        self._seen = time.monotonic()
        if self.keeper:
            self._overdue = self.keeper.pulse(self.name)

    def register_death(self) -> None:
        self.connection.zrem(attendance(self.queues[0].name), self.name)
        super().register_death()

    def maintain_heartbeats(self, job: Job, execution: Any) -> None:
        try:
            super().maintain_heartbeats(job, execution)
            if self._overdue:
                self.kill_horse()
        except redis.RedisError as error:
            # RQ would give up the worker; the lease of the record decides, and it may survive.
            log.warning("no heartbeat: %s", error)

    def handle_warm_shutdown_request(self) -> None:
        # The child gives its job back, and ends.
        if self.horse_pid:
            os.kill(self.horse_pid, signal.SIGTERM)


def served_queue() -> str:
    """The queue from which the running message came, "" outside of a worker."""
    message = get_current_job()
    return message.origin if message else ""


def worker_name() -> str:
    """The name of the worker that forked this process."""
    return os.environ.get("RQ_WORKER_ID", "")


def work(
    name: str, client: redis.Redis, keeper: Keeper, confine: Callable[[], None] = lambda: None
) -> None:
    """Serve this queue until SIGTERM.

    Args:
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
