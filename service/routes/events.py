"""The events of a job, as they happen."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Header, Query, Response
from pydantic import WithJsonSchema

from service.access.scopes import READ, ScopedRouter
from service.deps import JobsDep, StateDep
from service.openapi.contract import problems
from service.streaming.event_response import EventResponse
from service.streaming.stream import EventStream, opened
from worker.jobs.events import EventId, event_id

router = ScopedRouter(prefix="/v1/jobs", tags=["jobs"], needs={"GET": READ})

# For the schema alone: `event_id` refuses others, and says what to send instead.
ID = WithJsonSchema({"type": "string", "pattern": r"^([0-9]{1,19}-[0-9]{1,19})?$"})
LastEventId = Annotated[
    str | None, Header(description="The last event that was received; only later ones come."), ID
]
AfterEvent = Annotated[
    str | None, Query(description="The same for tools that send no such header."), ID
]
# One event of the stream; its data is JSON.
EVENT = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in ("id", "event", "data")},
    "required": ["event", "data"],
}


async def event_stream(
    job_id: str,
    jobs: JobsDep,
    app_state: StateDep,
    last_event_id: LastEventId = None,
    after: AfterEvent = None,
) -> AsyncIterator[EventStream]:
    """Yields the stream, which stays open until the answer has ended."""
    last = last_known(last_event_id, after)
    async with opened(app_state.broadcaster, jobs, job_id, last) as stream:
        yield stream


def last_known(*said: str | None) -> EventId | None:
    """Returns the first id that was said, None where none was.

    Raises:
        InvalidParameter: one is not the id of an event.
    """
    return next(iter([event_id(each) for each in said if each]), None)


@router.get(
    "/{job_id}/events",
    response_class=Response,
    responses={
        200: {"content": {"text/event-stream": {"schema": EVENT}}},
        **problems(404, 429),
    },
)
async def follow_job(event_stream: Annotated[EventStream, Depends(event_stream)]) -> EventResponse:
    """Everything that happens to a job, from the beginning or behind the last event received."""
    return EventResponse(event_stream.payloads())
