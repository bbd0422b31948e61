"""What happens to a job, as it happens: server-sent events that go on where they broke off."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from purrceptron.answers import Answer
from purrceptron.errors import Unreachable
from purrceptron.patience import Patience
from purrceptron.session import Ask

if TYPE_CHECKING:
    import httpx

    from purrceptron.session import Session

DONE, RESET = "done", "reset"
GOOD_S = 10  # a stream that lasted for so long was a good one
QUIET_S = 30  # the service says something every 15 s, though nothing happens
ACCEPT = {"Accept": "text/event-stream", "Cache-Control": "no-store"}


class Event(Answer):
    """Something that happened to a job.

    Attributes:
        kind: `state`, `progress`, `metrics`, `finding`, or what newer services tell.
        data: what there is to say of it.
        id: behind which `events` goes on when it is given as `after`.
    """

    kind: str
    data: dict[str, Any]
    id: str | None = None


class EventReader:
    """Makes events of the lines of a stream, by the rules of the HTML standard.

    State: the fields of the event that is being read.
    """

    def __init__(self) -> None:
        self._fields: dict[str, str] = {}

    def read(self, line: str) -> Event | None:
        """Returns the event that ends with this line. One that begins with a colon says nothing.

        Raises:
            ValueError: this is no event of the service.
        """
        if line:
            name, _, value = line.partition(":")
            self._fields[name] = value.removeprefix(" ")
            return None
        fields, self._fields = self._fields, {}
        if "data" not in fields:
            return None
        data = json.loads(fields["data"])
        return Event(kind=fields.get("event", "message"), data=data, id=fields.get("id"))


async def followed(session: Session[Any], path: str, after: str | None) -> AsyncIterator[Event]:
    """Yields every event behind the one of this id, once and in order, until the job has ended.

    A stream that breaks, or that the service ends, is opened again behind the last event.

    Raises:
        Refused: the service does not tell.
        Unreachable: the service was away for longer than there is patience.
    """
    patience = Patience(session)
    while True:
        headers = ACCEPT | ({"Last-Event-ID": after} if after else {})
        lost = Unreachable(f"The events of {path} from {session.url} ended before the job did.")
        # Whoever cannot open it has been patient already.
        response = await session.opened(Ask("GET", path, headers=headers, hold_s=QUIET_S))
        began = time.monotonic()
        try:
            async for event in _read(session, response):
                if event.kind == DONE:
                    return
                if event.kind == RESET:
                    break
                after = event.id or after
                patience = Patience(session)
                yield event
        except Unreachable as error:
            lost = error
        finally:
            await session.transport.close(response)
        if time.monotonic() - began > GOOD_S:
            patience = Patience(session)
        await patience.pause(lost)


async def _read(session: Session[Any], response: httpx.Response) -> AsyncIterator[Event]:
    """Yields the events of a stream.

    Raises:
        Stranger: it is none of this service.
    """
    reader = EventReader()
    async for line in session.lines(response):
        try:
            event = reader.read(line)
        except ValueError as error:
            raise session.stranger("events") from error
        if event is not None:
            yield event
