"""The events of a job, as they happen."""

import logging
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Response
from pydantic import WithJsonSchema
from sse_starlette.sse import EventSourceResponse, SendTimeoutError
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from service.deps import JobsDep, StateDep
from service.openapi.contract import problems
from service.streaming.stream import EventStream
from worker.jobs.events import event_id
from worker.jobs.record import FINAL

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

PING_S = 15  # between comments that keep a quiet connection open
STALL_S = 30  # that a client may take nothing at all
FAREWELL_S = 0.4  # for the last event, when the service is told to stop

# For the schema alone: `event_id` refuses others, and says what to send instead.
ID = WithJsonSchema({"type": "string", "pattern": r"^([0-9]{1,19}-[0-9]{1,19})?$"})

log = logging.getLogger(__name__)


class EventResponse(EventSourceResponse):
    """Lets a client go that takes nothing any more."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        except* SendTimeoutError:
            log.warning("%s: the client took nothing for %s s", scope["path"], STALL_S)


async def event_stream(
    job_id: str,
    jobs: JobsDep,
    app_state: StateDep,
    last_event_id: Annotated[
        str | None,
        Header(description="The last event that was received; only later ones come."),
        ID,
    ] = None,
    after: Annotated[
        str | None, Query(description="The same for tools that send no such header."), ID
    ] = None,
) -> AsyncIterator[EventStream]:
    """A place among those who follow the job, kept until the answer has ended."""
    known = last_event_id or after
    last = event_id(known) if known else None
    record = await run_in_threadpool(jobs.get, job_id)
    final = record.state if record.state in FINAL else None
    async with app_state.broadcaster.listening(job_id) as (listener, joined):
        yield EventStream(app_state.broadcaster, listener, joined, last, final)


@router.get(
    "/{job_id}/events",
    response_class=Response,
    responses={
        200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}},
        **problems(404, 429),
    },
)
async def follow_job(event_stream: Annotated[EventStream, Depends(event_stream)]) -> EventResponse:
    """Everything that happens to a job, from the beginning or behind the last event received."""
    return EventResponse(
        event_stream.payloads(),
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        ping=PING_S,
        sep="\n",
        send_timeout=STALL_S,
        # At SIGTERM the library cuts its streams off; before that, service.app ends them in order.
        shutdown_grace_period=FAREWELL_S,
    )
