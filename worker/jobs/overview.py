"""One look at the whole service: its records, queues, outboxes and Redis, in one round trip."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import redis

from worker.jobs.arrivals import DEVICES, since
from worker.jobs.counters import COUNTERS
from worker.jobs.placement import COMPUTING, QUEUE_NAMES, queue_for_device
from worker.jobs.presence import count_workers
from worker.jobs.record import KINDS, State
from worker.jobs.redis_connection import now_ms, redis_named
from worker.jobs.redis_records import TRASHED

DUE = "purr:webhooks:due"
UNTRACKED, UNTRACKABLE = "purr:mlflows:due", "purr:mlflows:failed"
STATES = [(kind, state) for kind in KINDS for state in State]
# Only what may wait for a graphics processor wants a device; imports count as "auto".
LINES = [
    (kind, device) for kind in KINDS for device in (DEVICES if kind in COMPUTING else DEVICES[:1])
]


class Load(NamedTuple):
    """The workers of one queue, and the records that wait for one of them."""

    workers: int
    waiting: int
    oldest_s: float  # how long the oldest one has waited; 0 if none waits


class Server(NamedTuple):
    """What Redis says of itself."""

    used_bytes: int
    max_bytes: int  # 0 without a limit
    clients: int
    log_bytes: int  # of the append-only file; 0 without one


@dataclass(frozen=True)
class Overview:
    """What one look has found.

    Attributes:
        records: the number of records, by kind and state.
        trashed: the number of datasets in the trash, which `records` leaves out.
        unfiled: the number of records whose newest state is not in the store yet, by kind.
        queues: what waits in each queue, by its name.
        counts: how often each thing has happened, by the field of `worker.jobs.counters`.
        pending: the number of webhooks that are still to be sent.
        due: how many of those are due now.
        untracked: the number of ended jobs that are still to be sent to MLflow.
        untrackable: the number of those that could not be sent.
    """

    records: Mapping[tuple[str, State], int]
    trashed: int
    unfiled: Mapping[str, int]
    queues: Mapping[str, Load]
    counts: Mapping[str, int]
    pending: int
    due: int
    untracked: int
    untrackable: int
    server: Server


class Line(NamedTuple):
    """The queued records of one kind that want one device."""

    waiting: int
    came_ms: float | None  # when the oldest one was queued, in milliseconds since 1970


def look(client: redis.Redis) -> Overview:
    """Returns the overview as of now.

    Raises:
        QueueUnavailable: Redis does not answer.
    """
    asking: Any = client  # its answers are typed for both kinds of client at once
    with redis_named():
        at_ms = now_ms(client)
        pipeline = asking.pipeline(transaction=False)
        ask(pipeline, at_ms)
        answers = iter(pipeline.execute())
    info, counts = next(answers), next(answers)
    records = {key: next(answers) for key in STATES}
    trashed = next(answers)
    unfiled = {kind: next(answers) for kind in KINDS}
    lines = {key: line(next(answers), next(answers)) for key in LINES}
    workers = {name: next(answers) for name in QUEUE_NAMES}
    return Overview(
        records,
        trashed,
        unfiled,
        queues=dict(loads(lines, workers, at_ms)),
        counts={name: int(count) for name, count in counts.items()},
        pending=next(answers),
        due=next(answers),
        untracked=next(answers),
        untrackable=next(answers),
        server=server(info),
    )


def ask(pipeline: Any, at_ms: int) -> None:
    """Add all commands to the pipeline, in the order in which `look` reads the answers."""
    pipeline.info("memory", "clients", "persistence")
    pipeline.hgetall(COUNTERS)
    for kind, state in STATES:
        pipeline.zcard(f"purr:{kind}s:{state}")
    pipeline.zcard(f"purr:dss:{TRASHED}")
    for kind in KINDS:
        pipeline.zcard(f"purr:{kind}s:unfiled")
    for kind, device in LINES:
        pipeline.zcard(since(kind, device))
        pipeline.zrange(since(kind, device), 0, 0, withscores=True)
    for name in QUEUE_NAMES:
        count_workers(pipeline, name)
    pipeline.zcard(DUE)
    pipeline.zcount(DUE, "-inf", at_ms)
    pipeline.zcard(UNTRACKED)
    pipeline.zcard(UNTRACKABLE)


def line(waiting: int, first: Any) -> Line:
    return Line(waiting, first[0][1] if first else None)


def loads(
    lines: Mapping[tuple[str, str], Line], workers: Mapping[str, int], at_ms: int
) -> Iterator[tuple[str, Load]]:
    """Yields each queue's name and load; a record counts for the queue in which it belongs now."""
    served = {name for name, count in workers.items() if count}
    for name in QUEUE_NAMES:
        here = [one for key, one in lines.items() if queue_for_device(*key, served) == name]
        came = [one.came_ms for one in here if one.came_ms is not None]
        oldest_s = (at_ms - min(came, default=at_ms)) / 1000
        yield name, Load(workers[name], sum(one.waiting for one in here), max(0.0, oldest_s))


def server(info: Mapping[str, Any]) -> Server:
    return Server(
        info["used_memory"],
        info.get("maxmemory", 0),
        info["connected_clients"],
        info.get("aof_current_size", 0),
    )
