"""Requests that have no method of their own: by their path, as the API has them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack
from typing import Any

import httpx

from purrceptron.calling import Bound, M, call, stream
from purrceptron.files import What, sources
from purrceptron.session import Ask
from purrceptron.uploads import Progress, send_form

Query = Mapping[str, Any] | None


class Requests(Bound[M]):
    """What can be asked of any path, such as `/v1/recipes`, behind the address of the service."""

    @call
    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Query = None,
        json: Any = None,
        twice: bool | None = None,
    ) -> Any:
        """Sends a request, and returns the JSON of its answer.

        Args:
            twice: whether to do it twice is to do it once; by default of all but POST.
        """
        body = {} if json is None else {"json": json}
        return await self._session.json(_ask(method, path, query, body, twice))

    @call
    async def send(
        self,
        /,
        method: str,
        path: str,
        *,
        query: Query = None,
        headers: Mapping[str, str] | None = None,
        twice: bool | None = None,
        patience_s: float | None = None,
        **body: Any,
    ) -> httpx.Response:
        """Sends a request, and returns the answer as it came, byte by byte.

        Args:
            twice: as of `request`.
            patience_s: how long it is tried again at most.
            body: `json`, `content` or `files` as of httpx, with bytes in them.
        """
        more = {"headers": headers or {}, "patience_s": patience_s}
        return await self._session.send(_ask(method, path, query, body, twice, **more))

    @stream
    async def pieces(
        self, path: str, media_type: str, *, query: Query = None
    ) -> AsyncIterator[bytes]:
        """Yields an answer of this media type piece by piece, as it comes.

        Raises:
            Stranger: it is of another one.
        """
        ask = _ask("GET", path, query, {}, headers={"Accept": media_type})
        response = await self._session.opened(ask)
        try:
            if not response.headers.get("Content-Type", "").startswith(media_type):
                raise self._session.stranger(media_type)
            async for piece in self._session.pieces(response):
                yield piece
        finally:
            await self._session.transport.close(response)

    @call
    async def upload(
        self, path: str, /, *what: What, query: Query = None, progress: Progress | None = None
    ) -> Any:
        """Sends files, folders or arrays in one request, and returns the JSON of its answer.

        Args:
            progress: hears how many bytes have gone out, of how many.
        """
        with ExitStack() as stack:
            found = await self._session.transport.apart(sources, what, stack)
            heard = progress or (lambda sent, total: None)
            return await send_form(self._session, _below(path), query or {}, found, heard)


def _ask(
    method: str,
    path: str,
    query: Query,
    body: Mapping[str, Any],
    twice: bool | None = None,
    **more: Any,
) -> Ask:
    may = method.upper() != "POST" if twice is None else twice
    return Ask(method, _below(path), query or {}, lambda: body, twice=may, **more)


def _below(path: str) -> str:
    """Returns a path that stays on the host of the service.

    Raises:
        ValueError: it would lead to another one.
    """
    if not path.startswith("/"):
        raise ValueError(f"Expected a path that begins with a slash, got {path!r}.")
    return path
