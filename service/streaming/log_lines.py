"""The log of a job, as its events tell it: what its workers said, and every move of its state."""

import json
from datetime import UTC, datetime

from starlette.concurrency import run_in_threadpool

from service.schemas.common import Page
from service.schemas.job_log import LogLine
from service.streaming.broadcaster import Broadcaster, Message, payload
from worker.jobs.attempt_log import LOG
from worker.jobs.events import BEGINNING, END, Event, EventId, kept_event
from worker.jobs.record import State

STATE = "state"


def line_of(event: Event | Message) -> LogLine | None:
    """Returns the line of an event; None where it has none."""
    if event.name not in (LOG, STATE):
        return None
    data, place = json.loads(event.data), str(event.id)
    if event.name == LOG:
        return LogLine(id=place, **data)
    return LogLine(
        id=place,
        at=datetime.fromtimestamp(event.id.ms / 1000, UTC),
        level="ERROR" if data["state"] == State.FAILED else "INFO",
        source=STATE,
        attempt=data["attempt"],
        message=f"{data['state']}: {data['why']}",
    )


def shown_line(message: Message) -> bytes:
    """What is sent of an event to who follows the log."""
    line = line_of(message)
    return payload(LOG, line.model_dump_json(), str(message.id)) if line else b""


async def lines_of(
    broadcaster: Broadcaster, job_id: str, after: EventId | None, limit: int
) -> Page[LogLine]:
    """Returns up to so many lines behind an event, the oldest first.

    Raises:
        QueueUnavailable: Redis does not answer.
    """
    found: list[LogLine] = []
    last = after or BEGINNING
    while page := await broadcaster.log.page(job_id, last, END):
        found += [line for event in page if (line := line_of(event))]
        last = page[-1].id
        if len(found) > limit:
            break
    if last == (after or BEGINNING):  # nothing is in Redis any more
        kept = await run_in_threadpool(broadcaster.history, job_id)
        events = [event for event in map(kept_event, kept or ()) if event.id > last]
        found = [line for event in events if (line := line_of(event))]
    shown = found[:limit]
    return Page(data=shown, next=shown[-1].id if len(found) > limit else None)
