"""A service that answers what a test tells it, and remembers what it was asked."""

import json
from collections.abc import Iterator
from typing import Any

import httpx

URL = "http://purr.example"


class Scripted:
    """What answers the requests of a client, in the order of `answers`; an error is raised in the
    place of an answer."""

    def __init__(self) -> None:
        self.answers: list[httpx.Response | Exception] = []
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def say(self, body: Any, status: int = 200, **headers: str) -> None:
        self.answers.append(httpx.Response(status, json=body, headers=headers))

    def refuse(self, status: int, code: str, retry_after: str | None = None, **more: Any) -> None:
        headers = {} if retry_after is None else {"Retry-After": retry_after}
        problem = {"code": code, "detail": f"It is {code}.", "status": status, **more}
        self.answers.append(httpx.Response(status, json=problem, headers=headers))

    def fail(self, *errors: Exception) -> None:
        self.answers += errors

    def stream(self, *lines: str, then: Exception | None = None) -> None:
        """Tell these lines, and break off."""
        self.answers.append(httpx.Response(200, stream=Lines(lines, then)))

    @property
    def asked(self) -> list[str]:
        return [f"{each.method} {each.url.raw_path.decode()}" for each in self.requests]


class Lines(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that comes line by line, for clients of both kinds."""

    def __init__(self, lines: tuple[str, ...], then: Exception | None) -> None:
        self._lines, self._then = lines, then

    def __iter__(self) -> Iterator[bytes]:
        for line in self._lines:
            yield f"{line}\n".encode()
        if self._then:
            raise self._then

    async def __aiter__(self) -> Any:
        for piece in self:
            yield piece


def job(state: str, **more: Any) -> dict[str, Any]:
    return {"id": "job_1", "state": state, **more}


def event(name: str, data: Any, number: int | None = None) -> tuple[str, ...]:
    """The lines of an event."""
    known = () if number is None else (f"id: {number}-0",)
    return (*known, f"event: {name}", f"data: {json.dumps(data)}", "")
