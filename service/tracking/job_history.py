"""When a job's epochs were over and its findings were made, read from its events."""

import json
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool

from service.tracking.epoch_clock import EpochClock
from worker.jobs.events import BEGINNING, END, Event, EventLog, kept_event
from worker.jobs.record import Record, created_ms
from worker.jsontypes import Json

Archived = Callable[[str], list[Json] | None]


class JobHistory:
    """What is known of a job beside its metrics.

    Attributes:
        record: the job.
        clock: when its epochs were over.
        found: for the code of each finding, when it was made, in milliseconds since 1970, and at
            which epoch.
    """

    def __init__(self, record: Record) -> None:
        self.record, self.found = record, dict[str, tuple[float, int]]()
        self.clock = EpochClock(self.start_ms)
        self._epoch = 0

    @property
    def start_ms(self) -> float:
        """When it was begun last, or made, in milliseconds since 1970."""
        began = self.record.started_at
        return created_ms(self.record.id) if began is None else began.timestamp() * 1000

    @property
    def end_ms(self) -> float | None:
        """When it ended; None before."""
        ended = self.record.finished_at
        return None if ended is None else ended.timestamp() * 1000

    def tell(self, event: Event) -> None:
        """Note an event; they come in order."""
        if event.name == "metrics":
            for row in json.loads(event.data)["rows"]:
                self._epoch = row["epoch"]
                if "seconds" in row:
                    self.clock.tell(row, event.id.ms)
        elif event.name == "finding":
            self.found[json.loads(event.data)["code"]] = event.id.ms, self._epoch


async def history_of(record: Record, log: EventLog, archived: Archived) -> JobHistory:
    """Returns the history of a job up to now. Its events are read page by page, and not kept.

    Args:
        archived: returns a job's events once they have expired in Redis.

    Raises:
        QueueUnavailable: Redis does not answer.
    """
    history, last = JobHistory(record), BEGINNING
    while page := await log.page(record.id, last, END):
        for event in page:
            history.tell(event)
        last = page[-1].id
    if last == BEGINNING:
        for line in await run_in_threadpool(archived, record.id) or ():
            history.tell(kept_event(line))
    return history
