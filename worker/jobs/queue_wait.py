"""How long a new job would wait for a worker."""

from collections.abc import Mapping, Sequence
from heapq import heapreplace
from typing import Any, NamedTuple

import redis

from worker.jobs.counters import ATTEMPT_MS, ATTEMPTS, COUNTERS, counter
from worker.jobs.placement import COMPUTING, queue_for, queue_for_device
from worker.jobs.presence import count_workers, served_queues
from worker.jobs.record import Record
from worker.jobs.redis_connection import redis_named
from worker.jobs.transitions import Transitions, rank_of
from worker.jsontypes import Json

LOOK = 500  # queued records of a kind that are looked at; more are as good as these


class QueueWait(NamedTuple):
    """What stands between a new job and a worker.

    Attributes:
        queue: its name.
        workers: that it has.
        running: jobs and scorings that they work at.
        ahead: those that come before the job.
        seconds: until a worker is free for it, if they go on as they do, and those ahead take as
            long as others have; None where nobody can tell.
    """

    queue: str
    workers: int
    running: int
    ahead: int
    seconds: float | None

    @property
    def at_once(self) -> bool:
        """Whether a worker has nothing to do, and nobody else waits for it."""
        return self.workers > self.running and not self.ahead


class QueueWaits:
    """What new jobs would wait for."""

    def __init__(self, client: redis.Redis, records: Mapping[str, Transitions]) -> None:
        self._redis: Any = client  # its answers are typed for both kinds of client at once
        self._records = records

    def of(self, body: Json) -> QueueWait:
        """Returns that of a job with this body.

        Raises:
            QueueUnavailable: Redis does not answer.
        """
        with redis_named():
            served = served_queues(self._redis)
            queue = queue_for_device("job", body.get("device", "auto"), served)
            workers, counts = count_workers(self._redis, queue), self._redis.hgetall(COUNTERS)

        def here(found: Sequence[Record]) -> list[Record]:
            return [record for record in found if queue_for(record, served) == queue]

        running, waiting = list[Record](), list[Record]()
        for records in map(self._records.__getitem__, COMPUTING):
            running += here(records.running())
            waiting += here(records.waiting(LOOK))
        rank = int(rank_of(body))
        ahead = [record for record in waiting if int(rank_of(record.body)) <= rank]
        left = [remaining(record, counts) for record in running]
        whole = [usual(record, counts) for record in ahead]
        return QueueWait(queue, workers, len(running), len(ahead), free_after(workers, left, whole))


def free_after(
    workers: int, running: Sequence[float | None], ahead: Sequence[float | None]
) -> float | None:
    """Returns the seconds until one of so many workers has done all that.

    Args:
        running: seconds that are left of what they have; None where nobody can tell.
        ahead: seconds of what comes then, in its order.
    """
    known = [each for each in (*running, *ahead) if each is not None]
    if not workers or len(known) < len(running) + len(ahead):
        return None
    # More may be running than there are workers: one that is lost counts until its lease lapses.
    busy = sorted(known[: len(running)])[:workers]
    free = [*[0.0] * (workers - len(busy)), *busy]
    for each in known[len(running) :]:
        heapreplace(free, free[0] + each)
    return free[0]


def remaining(record: Record, counts: Mapping[str, str]) -> float | None:
    """The seconds until a running record has ended."""
    eta_s = (record.progress or {}).get("eta_s")
    return usual(record, counts) if eta_s is None else float(eta_s)


def usual(record: Record, counts: Mapping[str, str]) -> float | None:
    """The seconds that an attempt at a record of this kind has taken so far, on an average."""
    took_ms, attempts = (
        int(counts.get(counter(record.kind, name), 0)) for name in (ATTEMPT_MS, ATTEMPTS)
    )
    return took_ms / attempts / 1000 if attempts and took_ms else None
