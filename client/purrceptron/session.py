"""Requests and what becomes of them: sent again where that is safe, read or refused."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ValidationError

from purrceptron.calling import Bound, M
from purrceptron.errors import (
    RIGHT_ADDRESS,
    RUNNING,
    Refused,
    Stranger,
    Unreachable,
    refusal,
)
from purrceptron.patience import Patience, worth_another_try

PAGE = 100  # rows of a list that are asked for at a time
CONNECT_S = 10  # that a connection may take
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)

Kind = TypeVar("Kind", bound=BaseModel)


def path_of(*parts: object) -> str:
    return "/".join(["/v1", *(quote(str(part), safe="") for part in parts)])


@dataclass(frozen=True)
class Ask:
    """A request.

    Attributes:
        query: parameters; those that are None are left out.
        body: makes the body anew for each try, as arguments of httpx's `build_request`.
        hold_s: how long the service may hold the answer, beside the usual time.
        patience_s: how long it is tried again at most; None for as long as the session does.
        twice: whether to do it twice is to do it once.
    """

    method: str
    path: str
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Callable[[], Mapping[str, Any]] = dict
    headers: Mapping[str, str] = field(default_factory=dict)
    hold_s: float = 0
    patience_s: float | None = None
    twice: bool = True


class Page(BaseModel):
    """Some rows of a list; `next` is where the others begin."""

    data: list[Any]
    next: str | None = None


class Session(Generic[M]):
    """What all calls of a client share.

    State: `heard`, whether the service has ever answered.
    """

    def __init__(
        self,
        transport: M,
        url: str,
        headers: Mapping[str, str],
        timeout_s: float,
        patience_s: float,
    ) -> None:
        self.transport, self.url = transport, url
        self.patience_s = patience_s
        self.heard = False
        self._headers, self._timeout_s = headers, timeout_s

    async def send(self, ask: Ask) -> httpx.Response:
        """Returns the whole answer.

        Raises:
            Refused: the service refuses.
            Unreachable: there is no answer, and patience is over.
        """
        return await self._answer(ask, whole=True)

    async def json(self, ask: Ask) -> Any:
        """Returns the JSON of an answer; None where it says nothing."""
        response = await self.send(ask)
        if not response.content:
            return None
        try:
            return response.json()
        except ValueError as error:
            raise self.stranger("JSON") from error

    async def ask(self, kind: type[Kind], method: str, path: str, **more: Any) -> Kind:
        """Sends a request, and returns its answer as one of this kind."""
        return self.known_as(kind, await self.json(Ask(method, path, **more)))

    def known_as(self, kind: type[Kind], said: Any) -> Kind:
        """Returns what the service said as one of this kind, which can ask the service in turn."""
        try:
            answer = kind.model_validate(said)
        except ValidationError as error:
            raise self.stranger(f"a {kind.__name__}") from error
        if isinstance(answer, Bound):
            answer._session = self
        return answer

    async def pages(self, path: str, query: Mapping[str, Any]) -> AsyncIterator[Any]:
        """Yields the rows of a list, page by page as they are wanted."""
        after = None
        while True:
            asked = {"limit": PAGE, **query, "after": after}
            page = await self.ask(Page, "GET", path, query=asked)
            for row in page.data:
                yield row
            if (after := page.next) is None:
                return

    async def opened(self, ask: Ask) -> httpx.Response:
        """Returns an answer that is read as it comes, by `lines` or by `pieces`, and is closed by
        the transport."""
        return await self._answer(ask, whole=False)

    async def lines(self, response: httpx.Response) -> AsyncIterator[str]:
        """Yields the lines of an opened answer; Unreachable where it breaks off."""
        with self._named():
            async for line in self.transport.lines(response):
                yield line

    async def pieces(self, response: httpx.Response) -> AsyncIterator[bytes]:
        """Yields the bytes of an opened answer; Unreachable where it breaks off."""
        with self._named():
            async for piece in self.transport.pieces(response):
                yield piece

    async def _answer(self, ask: Ask, whole: bool) -> httpx.Response:
        patience = Patience(self, ask.patience_s)
        while True:
            try:
                return await self._tried(ask, whole)
            except (Refused, Unreachable) as error:
                if not worth_another_try(error, ask.twice):
                    raise
                await patience.pause(error)

    async def _tried(self, ask: Ask, whole: bool) -> httpx.Response:
        with self._named():
            response = await self.transport.send(self._request(ask))
            if whole or not response.is_success:
                await self.transport.read(response)
        self.heard = True
        if not response.is_success:
            raise refusal(response)
        return response

    def _request(self, ask: Ask) -> httpx.Request:
        connect_s, read_s = min(CONNECT_S, self._timeout_s), self._timeout_s + ask.hold_s
        asked = {name: value for name, value in ask.query.items() if value is not None}
        return self.transport.http.build_request(
            ask.method,
            # As an argument of the request they would replace those that the path has.
            httpx.URL(self.url + ask.path).copy_merge_params(asked),
            headers={**self._headers, **ask.headers},
            timeout=httpx.Timeout(self._timeout_s, connect=connect_s, read=read_s),
            **ask.body(),
        )

    def stranger(self, wanted: str) -> Stranger:
        """Returns the error for an answer that is not from this service."""
        return Stranger(f"Expected {wanted} from {self.url}, got something else. {RIGHT_ADDRESS}")

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Raises Unreachable where the HTTP library reports that there is no answer."""
        try:
            yield
        except httpx.RequestError as error:
            reason = str(error) or type(error).__name__
            raise Unreachable(
                f"No answer from {self.url} ({reason}). {RUNNING}",
                begun=not isinstance(error, NEVER_SENT),
            ) from error
