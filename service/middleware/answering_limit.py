"""How many requests for predictions are answered at a time, so that those that are answered are
answered soon."""

import time
from collections.abc import Callable
from math import inf

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import CODES, problem
from service.middleware.limits import is_held
from worker.system.machine import cores

# While more ask than can be answered, one for each core, and one on its way to or from that.
SPARE = 1
# That is so from when there were too many, until few of the last requests were refused, or none for
# as long as they are told to stay away.
WITHIN, FEW_REFUSED, CALM_S = 32, 0.3, 4.0
OUTSIDE = 4  # times those inside may wait at the door; others there ask for something else
TOO_MANY = (
    "Expected at most {} requests for predictions at a time, and those of others are more than can "
    "be answered. Try again shortly."
)


class Answering:
    """Counts the requests for predictions that have come whole and are not answered yet.

    Any number up to `most` may wait for each other. Once there are more, more are asked than can be
    answered, and however many may wait, they would only wait longer: from then on only as many are
    taken as are computed at a time, until that has passed.

    Attributes:
        under_way: how many there are.
        waiting: asks how many connections have not been accepted yet.
    """

    def __init__(self, most: int) -> None:
        self.under_way = 0
        self.waiting: Callable[[], int] = int
        self._most, self._at_once = most, min(most, cores() + SPARE)
        self._refused_share, self._refused_at = 0.0, -inf  # of the last requests

    @property
    def limit(self) -> int:
        """How many may be under way now."""
        calm = time.monotonic() - self._refused_at > CALM_S
        if calm or self._refused_share < FEW_REFUSED:
            return self._most
        return self._at_once

    @property
    def is_short(self) -> bool:
        """Whether more are asked than can be answered, and no place is free."""
        return self.limit < self._most and self.under_way >= self.limit

    def begin(self) -> None:
        """Count a request.

        Raises:
            HTTPException: 429; there are too many.
        """
        if self.under_way + self._at_the_door() >= self.limit:
            raise HTTPException(429, self.refuse())
        self._refused_share *= 1 - 1 / WITHIN
        self.under_way += 1

    def _at_the_door(self) -> int:
        """Returns how many requests have probably come that were not even accepted: where accepting
        and answering is more than one thread can do, those wait outside."""
        if self.limit < self._most or self.under_way * OUTSIDE < self._most:
            return 0
        return min(self.waiting(), self.under_way * OUTSIDE)

    def refuse(self) -> str:
        """Count a request that is refused, and return why."""
        limit = self.limit
        if limit == self._most:
            self._refused_share = 1.0
        self._refused_share += (1 - self._refused_share) / WITHIN
        self._refused_at = time.monotonic()
        return TOO_MANY.format(limit)

    def end(self) -> None:
        self.under_way -= 1


class AnsweringLimit:
    """Refuses requests for predictions while more are asked than can be answered: before their
    bodies are read, or once those have come."""

    def __init__(self, app: ASGIApp, answering: Answering) -> None:
        self._app, self._answering = app, answering

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not is_held(scope):
            return await self._app(scope, receive, send)
        answering, counted = self._answering, False
        if answering.is_short:
            refused = problem(429, CODES[429], answering.refuse(), scope["state"]["request_id"])
            return await refused(scope, receive, send)

        # A body may take as long as its sender likes, and so may the reader of an answer.
        async def whole() -> Message:
            nonlocal counted
            message = await receive()
            if message["type"] == "http.request" and not message.get("more_body") and not counted:
                answering.begin()
                counted = True
            return message

        async def answered(message: Message) -> None:
            nonlocal counted
            if message["type"] == "http.response.start" and counted:
                answering.end()
                counted = False
            await send(message)

        try:
            await self._app(scope, whole, answered)
        finally:
            if counted:
                answering.end()
