"""What the workers of a job said."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from purrceptron.answers import Answer
from purrceptron.events import followed

if TYPE_CHECKING:
    from purrceptron.session import Session

LINES = 100  # that are asked for at a time


class LogLine(Answer):
    """What was said at a job, and by which part of the service.

    Attributes:
        attempt: the worker's try at it, from 1; 0: none had begun.
    """

    id: str
    at: datetime
    level: str
    source: str
    attempt: int
    message: str


async def lines(session: Session[Any], path: str, follow: bool) -> AsyncIterator[LogLine]:
    """Yields the lines of a log, those that are there or, of who follows, all to the job's end."""
    if follow:
        async for event in followed(session, path, None):
            yield session.known_as(LogLine, event.data)
    else:
        async for line in session.pages(path, {"limit": LINES}):
            yield session.known_as(LogLine, line)
