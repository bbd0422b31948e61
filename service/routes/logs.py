"""The log of a job: a page of lines, or the lines as they come."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request, Response
from starlette.concurrency import run_in_threadpool

from service.access.scopes import READ, ScopedRouter
from service.deps import JobsDep, Limit, StateDep
from service.openapi.contract import problems
from service.responses.negotiation import VARY, preferred
from service.routes.events import EVENT, AfterEvent, LastEventId, last_known
from service.schemas.common import Page
from service.schemas.job_log import LogLine
from service.streaming.event_response import EventResponse
from service.streaming.log_lines import lines_of, shown_line
from service.streaming.stream import EventStream, opened
from worker.jobs.events import EventId

router = ScopedRouter(prefix="/v1/jobs", tags=["jobs"], needs={"GET": READ})

STREAM, JSON = "text/event-stream", "application/json"


async def place(last_event_id: LastEventId = None, after: AfterEvent = None) -> EventId | None:
    """The last line that the client has."""
    return last_known(last_event_id, after)


Place = Annotated[EventId | None, Depends(place)]


async def log_stream(
    job_id: str, request: Request, jobs: JobsDep, app_state: StateDep, place: Place
) -> AsyncIterator[EventStream | None]:
    """Yields the stream, which stays open until the answer has ended; None where a page was asked
    for."""
    if preferred(request, (STREAM, JSON)) == JSON:
        yield None
        return
    async with opened(app_state.broadcaster, jobs, job_id, place, shown_line) as stream:
        yield stream


@router.get(
    "/{job_id}/logs",
    response_model=Page[LogLine],
    responses={200: {"content": {STREAM: {"schema": EVENT}}}, **problems(404, 429)},
)
async def show_log(
    job_id: str,
    jobs: JobsDep,
    app_state: StateDep,
    place: Place,
    log_stream: Annotated[EventStream | None, Depends(log_stream)],
    limit: Limit = 100,
) -> Response:
    """What the workers of a job said, and every state that it came into, the oldest first; as
    events that go on until the job has ended where `Accept` is `text/event-stream`."""
    if log_stream is not None:
        return EventResponse(log_stream.payloads(), headers=VARY)
    await run_in_threadpool(jobs.get, job_id)
    page = await lines_of(app_state.broadcaster, job_id, place, limit)
    return Response(page.model_dump_json(), media_type=JSON, headers=VARY)
