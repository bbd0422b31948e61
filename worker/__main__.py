"""The worker's front door: `python -m worker train` or `import`; `kernels` compiles and ends."""

import gc
import logging
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from pkgutil import resolve_name

from threadpoolctl import threadpool_limits

# No CUDA: it does not survive a fork.
from worker.errors import QueueUnavailable
from worker.jobs import queue_worker
from worker.jobs.messages import TASK
from worker.jobs.placement import GPU, IMPORT, TRAIN
from worker.jobs.reaper import Reaper
from worker.jobs.redis_connection import connect
from worker.nn.engines.cpu.compilation import load_kernels
from worker.settings import Settings
from worker.store.store import Store
from worker.store.version import StoreVersion, UnfitStore
from worker.system.confinement import landlock
from worker.system.files import PRIVATE
from worker.system.kernel_folder import keep_apart, kernel_folder
from worker.system.log_format import configure
from worker.tasks import job
from worker.tasks.context import WorkerContext, inherited
from worker.training import devices

WORK = (TRAIN, IMPORT)
# What each child would load otherwise: its task, and what NumPy loads when it first maps a file.
LOADED = (TASK, "mmap")
DEVICES = Path("/dev")
CANNOT_START = 3
# CUDA's own compiled code, which no processor runs; made by jobs on graphics processors.
CUDA_CACHE = Path(os.environ.get("CUPY_CACHE_DIR", "/nonexistent"))
Asking = Callable[[], str | None]

log = logging.getLogger(__name__)


def served(name: str, settings: Settings, gpu_name: Asking = devices.gpu_name) -> str:
    """The queue for this kind of work: a worker with a graphics processor trains for its own."""
    if name != TRAIN:
        return name
    gpu = None if settings.device == "cpu" else gpu_name()
    chosen = GPU if gpu else TRAIN
    log.info("serving queue %s, device %s", chosen, gpu or "cpu")
    return chosen


class Keeper:
    """Looks after records between a worker's messages and while its child works."""

    def __init__(self, reaper: Reaper, context: WorkerContext) -> None:
        self._reaper, self._context = reaper, context

    def pulse(self, worker: str) -> bool:
        if (file := self._context.settings.pulse_file) is not None:
            touch(file)
        try:
            self._reaper.sweep()
            self._context.sweeps.advance_all()
            self._context.schedules.advance_all()
            return self._reaper.overdue(worker)
        except queue_worker.StopRequested:
            raise  # SIGTERM came meanwhile
        except QueueUnavailable as error:
            log.warning("no sweep: %s", error.__cause__)
        except Exception:
            log.exception("a sweep failed; the next one may not")
        return False

    def died(self, worker: str, cause: str) -> None:
        self._reaper.died(worker, cause)

    def aborted(self, worker: str) -> None:
        try:
            job.aborted(self._context, worker)
        except Exception:
            log.exception("it could not be told that a job ran out of memory; it is tried again")


def touch(file: Path) -> None:
    """Note in a file that this worker lives, for whoever can look at nothing else of it."""
    try:
        file.touch()
    except OSError as error:
        log.warning("no pulse: PURR_PULSE_FILE cannot be written: %s", error)


def confine(store: Store) -> None:
    """Let a child write to the store and nowhere else: not to the compiled kernels, which are
    loaded as they are, and not to the programs. Where the kernel cannot, it is not confined."""
    there = [path for path in writable(store) if path.exists()]
    landlock.restrict([Path("/")], there, network=True)


def writable(store: Store) -> list[Path]:
    """Where a child may write; the last ones need not be there."""
    return [*store.local_folders(), DEVICES, CUDA_CACHE]


def run(name: str, settings: Settings) -> int:
    """Do one kind of work until SIGTERM. Returns the exit code: 3 if it cannot start."""
    os.umask(PRIVATE)
    configure(settings.log_format)
    if name == "kernels":
        load_kernels()
        return 0
    if name not in WORK:
        raise ValueError(f"Expected one of {WORK}, got {name!r}.")
    try:
        with StoreVersion(settings.data_dir).held():
            serve(name, settings)
    except UnfitStore as error:
        log.error("%s", error)
        return CANNOT_START
    return 0


def serve(name: str, settings: Settings) -> None:
    """Take messages from a queue until SIGTERM."""
    context = WorkerContext(settings)
    inherited.set(context)
    keep_apart(kernel_folder(), writable(context.store))
    if name == TRAIN:
        load_kernels()
    reaper = Reaper(
        context.redis, context.records, context.job_queue, context.store, settings.max_attempts
    )
    threadpool_limits(settings.threads)
    for needed in LOADED:
        resolve_name(needed)
    client = connect(settings.redis_url or "", patient=True, text=False)
    gc.freeze()  # else a collection in a child writes to, and so copies, all that it shares
    keeper, confined = Keeper(reaper, context), partial(confine, context.store)
    queue_worker.work(served(name, settings), client, keeper, confined)


if __name__ == "__main__":
    sys.exit(run(sys.argv[1], Settings()))
