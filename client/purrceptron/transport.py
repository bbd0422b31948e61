"""How a request goes out, and who waits meanwhile: this thread, or an event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any, TypeVar

import httpx

T = TypeVar("T")


class Sync:
    """Waits in the thread that calls: its coroutines never suspend."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http

    async def send(self, request: httpx.Request) -> httpx.Response:
        """Returns the answer as soon as its head is there."""
        return self.http.send(request, stream=True)

    async def read(self, response: httpx.Response) -> None:
        """Takes in the rest of an answer, and lets its connection go."""
        response.read()

    async def lines(self, response: httpx.Response) -> AsyncIterator[str]:
        for line in response.iter_lines():
            yield line

    async def pieces(self, response: httpx.Response) -> AsyncIterator[bytes]:
        for piece in response.iter_bytes():
            yield piece

    async def close(self, response: httpx.Response) -> None:
        response.close()

    async def apart(self, work: Callable[..., T], *args: Any) -> T:
        """Returns what a function returns that waits for a disk."""
        return work(*args)

    async def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def body(self, pieces: Iterable[bytes]) -> Any:
        """Returns pieces of a body as the HTTP library wants them."""
        return iter(pieces)


class Async:
    """Waits in asyncio's event loop."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def send(self, request: httpx.Request) -> httpx.Response:
        """Returns the answer as soon as its head is there."""
        return await self.http.send(request, stream=True)

    async def read(self, response: httpx.Response) -> None:
        """Takes in the rest of an answer, and lets its connection go."""
        await response.aread()

    async def lines(self, response: httpx.Response) -> AsyncIterator[str]:
        async for line in response.aiter_lines():
            yield line

    async def pieces(self, response: httpx.Response) -> AsyncIterator[bytes]:
        async for piece in response.aiter_bytes():
            yield piece

    async def close(self, response: httpx.Response) -> None:
        await response.aclose()

    async def apart(self, work: Callable[..., T], *args: Any) -> T:
        """Returns what a function returns that waits for a disk."""
        return await asyncio.to_thread(work, *args)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def body(self, pieces: Iterable[bytes]) -> AsyncIterator[bytes]:
        """Yields pieces of a body as the HTTP library wants them."""
        for piece in pieces:
            yield piece
