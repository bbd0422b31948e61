"""What the whole service has in hand: asked of Redis in few commands, however much that is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import redis

from worker.jobs.arrivals import DEVICES, since
from worker.jobs.counters import COUNTERS
from worker.jobs.placement import QUEUE_NAMES, queue_for_device
from worker.jobs.presence import count_workers
from worker.jobs.record import State
from worker.jobs.redis_connection import redis_named
from worker.jobs.redis_records import KINDS

DUE = "purr:webhooks:due"
STATES = [(kind, state) for kind in KINDS for state in State]
LINES = [(kind, device) for kind in KINDS for device in DEVICES]


class Load(NamedTuple):
    """Of one queue: its workers, and the records that wait there for one."""

    workers: int
    waiting: int
    oldest_s: float  # for which the one waits that came first; 0 when none does


class Server(NamedTuple):
    """Of Redis itself."""

    used_bytes: int
    max_bytes: int  # 0: as much as there is
    clients: int
    log_bytes: int  # of the file with every change; 0: none is kept


@dataclass(frozen=True)
class Overview:
    """One look at everything.

    Attributes:
        records: how many are in a state, by kind and state.
        unfiled: how many have an end or a pause that is not in the store yet, by kind.
        queues: what waits there, by the queue's name.
        counts: what has happened so far, by the field of `worker.jobs.counters`.
        pending: webhooks that are still to be sent, of which so many are `due` now.
    """

    records: Mapping[tuple[str, State], int]
    unfiled: Mapping[str, int]
    queues: Mapping[str, Load]
    counts: Mapping[str, int]
    pending: int
    due: int
    server: Server


class Line(NamedTuple):
    """Records of one kind that wait for a worker with one device."""

    waiting: int
    came_ms: float | None  # when the first one did


def look(client: redis.Redis) -> Overview:
    """The overview as of now.

    Raises:
        QueueUnavailable: Redis is away, or does not answer in time.
    """
    asking: Any = client  # its answers are typed for both kinds of client at once
    with redis_named():
        seconds, micros = asking.time()
        now_ms = seconds * 1000 + micros // 1000
        pipeline = asking.pipeline(transaction=False)
        ask(pipeline, now_ms)
        answers = iter(pipeline.execute())
    info, counts = next(answers), next(answers)
    records = {place: next(answers) for place in STATES}
    unfiled = {kind: next(answers) for kind in KINDS}
    lines = {place: line(next(answers), next(answers)) for place in LINES}
    workers = {name: next(answers) for name in QUEUE_NAMES}
    return Overview(
        records,
        unfiled,
        queues=dict(loads(lines, workers, now_ms)),
        counts={name: int(count) for name, count in counts.items()},
        pending=next(answers),
        due=next(answers),
        server=server(info),
    )


def ask(pipeline: Any, now_ms: int) -> None:
    """Put the questions, in the order in which `look` takes the answers."""
    pipeline.info("memory", "clients", "persistence")
    pipeline.hgetall(COUNTERS)
    for kind, state in STATES:
        pipeline.zcard(f"purr:{kind}s:{state}")
    for kind in KINDS:
        pipeline.zcard(f"purr:{kind}s:unfiled")
    for kind, device in LINES:
        pipeline.zcard(since(kind, device))
        pipeline.zrange(since(kind, device), 0, 0, withscores=True)
    for name in QUEUE_NAMES:
        count_workers(pipeline, name)
    pipeline.zcard(DUE)
    pipeline.zcount(DUE, "-inf", now_ms)


def line(waiting: int, first: Any) -> Line:
    return Line(waiting, first[0][1] if first else None)


def loads(
    lines: Mapping[tuple[str, str], Line], workers: Mapping[str, int], now_ms: int
) -> Iterator[tuple[str, Load]]:
    """What waits in each queue: records belong where there is a worker for them."""
    served = {name for name, count in workers.items() if count}
    for name in QUEUE_NAMES:
        here = [one for place, one in lines.items() if queue_for_device(*place, served) == name]
        came = [one.came_ms for one in here if one.came_ms is not None]
        oldest_s = (now_ms - min(came, default=now_ms)) / 1000
        yield name, Load(workers[name], sum(one.waiting for one in here), max(0.0, oldest_s))


def server(info: Mapping[str, Any]) -> Server:
    return Server(
        info["used_memory"],
        info.get("maxmemory", 0),
        info["connected_clients"],
        info.get("aof_current_size", 0),
    )
