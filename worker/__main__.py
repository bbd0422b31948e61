"""The worker's front door: `python -m worker train` or `import`; `kernels` compiles and ends."""

import logging
import sys

from threadpoolctl import threadpool_limits

# A forked child begins in milliseconds, because what tasks need is loaded here already. No CUDA:
# it does not survive a fork.
from worker import queue, tasks
from worker.connection import connect
from worker.nn.backend_cache import PRECISIONS, folder, missing
from worker.nn.backend_cpu import warm_up
from worker.reaper import Reaper
from worker.settings import Settings

log = logging.getLogger(__name__)


def kernels() -> None:
    """Have the compiled kernels in this process, for the jobs that are forked from it."""
    if missing():
        log.info("compiling kernels for this processor, once, into %s", folder())
    for precision in PRECISIONS:
        warm_up(precision)


def run(name: str, settings: Settings) -> int:
    """Serve one queue until SIGTERM."""
    logging.basicConfig(level="INFO", format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    if name == "kernels":
        kernels()
        return 0
    if name not in queue.QUEUES.values():
        raise ValueError(f"Expected a queue of {sorted(queue.QUEUES.values())}, got {name!r}.")
    if name == "train":
        kernels()
    rooms = tasks.Rooms(settings)
    reaper = Reaper(rooms.records, rooms.bell, settings.max_attempts)

    def on_death(record_id: str, worker: str, cause: str) -> None:
        kind, _, _ = record_id.partition("_")
        record = rooms.records[kind].get(record_id)
        if record.worker == worker:  # else it died before its claim, or rang for nothing
            reaper.lost(record, cause)

    threadpool_limits(settings.worker_threads or None)
    client = connect(settings.redis_url or "", patient=True, text=False)
    queue.work(name, client, on_death)
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1], Settings()))
