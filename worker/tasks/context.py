"""What tasks and the reaper work with: settings, Redis and the store."""

from contextvars import ContextVar

from threadpoolctl import threadpool_limits

from worker.jobs.archiver import Archiver
from worker.jobs.garbage import Garbage
from worker.jobs.idempotency import Keys
from worker.jobs.presence import count_sharers
from worker.jobs.queue import JobQueue
from worker.jobs.recovery import Recovery
from worker.jobs.redis_connection import connect
from worker.jobs.room import Room
from worker.jobs.transitions import open_records
from worker.jobs.trash import Trash
from worker.operations.jobs import Jobs
from worker.operations.schedules import Schedules
from worker.operations.sweep_driver import SweepDriver
from worker.operations.sweep_step import SweepTools
from worker.settings import Settings
from worker.store.store import Store
from worker.system.machine import cores


class WorkerContext:
    """What surrounds a worker. Nothing is connected before it is used.

    Raises:
        ValueError: the settings name no Redis.
    """

    def __init__(self, settings: Settings) -> None:
        if settings.redis_url is None:
            raise ValueError("PURR_REDIS_URL is not set. Set it, or start everything by `purr up`.")
        self.settings = settings
        self.store = Store(settings.data_dir, settings.min_free_bytes, settings.max_store_bytes)
        self.redis = connect(settings.redis_url, patient=True)
        self.records = open_records(self.redis)
        self.job_queue = JobQueue(connect(settings.redis_url, patient=True, text=False))
        self.archiver = Archiver(self.redis, self.records, self.store)
        self.recovery = Recovery(self.redis, self.records, self.store)
        self.garbage = Garbage(self.redis, self.records, self.store)
        trash = Trash(self.redis, self.records["ds"], self.store, self.archiver)
        self.room = Room(trash, self.records, self.store)
        shared = self.job_queue, self.store, self.archiver
        keys = Keys(self.redis)
        jobs = Jobs(self.records, keys, *shared, settings)
        self.sweeps = SweepDriver(SweepTools(self.records["job"], jobs, *shared))
        self.schedules = Schedules(self.records, jobs, keys, self.store)

    def share_cores(self) -> None:
        """Let what this process computes take its share of the cores, where it was not told how
        many threads it has: other workers may train on the same ones."""
        if self.settings.worker_threads == 0 and (sharers := count_sharers(self.redis)) > 1:
            threads = max(1, cores() // sharers)
            self.settings = self.settings.model_copy(update={"worker_threads": threads})
            threadpool_limits(threads)


# Of the worker whose child this process is, and which made it before it forked. Its clients of
# Redis notice the fork and connect anew.
inherited: ContextVar[WorkerContext] = ContextVar("inherited")


def context_here() -> WorkerContext:
    """Returns the context of the worker that forked this process, otherwise a new one."""
    return inherited.get(None) or WorkerContext(Settings())
