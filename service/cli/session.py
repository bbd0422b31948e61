"""Requests to the service: sent, answered, followed from page to page."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Self

import httpx

from service.cli.answers import Answer, ApiError, Unreachable

PAGE = 100  # the most that one list request may ask for
TIMEOUT = httpx.Timeout(60, connect=5)
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Session:
    """One connection to the service at `url`.

    Its methods raise ApiError when the service refuses, and Unreachable when there is no answer or
    it is not the service that answers.
    """

    def __init__(self, url: str, api_key: str | None = None) -> None:
        self.url = url.rstrip("/")
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        try:
            # A proxy of the environment leads out of this machine, never to its loopback.
            direct = httpx.URL(self.url).host in LOOPBACK
            self._http = httpx.Client(
                base_url=self.url, headers=headers, timeout=TIMEOUT, trust_env=not direct
            )
        except httpx.InvalidURL as error:
            raise Unreachable(f"Expected an address in PURR_URL, got {url}: {error}.") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def answer(
        self, method: str, path: str, query: Mapping[str, object] | None = None, **body: Any
    ) -> Answer:
        """Returns the JSON object that the service answers with.

        Raises:
            ApiError: the service refuses.
            Unreachable: there is no answer, or it is no JSON object.
        """
        params = {key: value for key, value in (query or {}).items() if value is not None}
        raw = self._send(method, path, params=params, **body)
        try:
            return Answer.read(raw)
        except ValueError as error:
            raise self._stranger("JSON") from error

    def pages(
        self, path: str, limit: int, size: int = PAGE, rows: str = "data", **query: object
    ) -> Iterator[Answer]:
        """Yields pages until there are so many rows; the last page says whether there are more."""
        after = None
        while limit > 0:
            page = self.answer("GET", path, {**query, "limit": min(limit, size), "after": after})
            yield page
            limit -= len(page.json[rows])
            after = page.json["next"]
            if after is None:
                return

    def lines(
        self, method: str, path: str, query: Mapping[str, object], **body: Any
    ) -> Iterator[Any]:
        """Yields the JSON objects of an answer that has one in each line.

        Raises:
            ApiError: the service refuses.
            Unreachable: there is no answer, or its lines are no JSON.
        """
        params = {key: value for key, value in query.items() if value is not None}
        for line in self._send(method, path, params=params, **body).splitlines():
            try:
                yield Answer.read(line).json
            except ValueError as error:
                raise self._stranger("lines of JSON") from error

    def pieces(self, path: str, kind: str) -> Iterator[bytes]:
        """Yields an answer of this media type, piece by piece as it comes.

        Raises:
            ApiError: the service refuses.
            Unreachable: there is no answer, or it is of another media type.
        """
        headers = {"Accept": kind}
        with self._named(), self._http.stream("GET", path, headers=headers) as response:
            if not response.is_success:
                response.read()
                raise ApiError.of(response)
            if not response.headers.get("Content-Type", "").startswith(kind):
                raise self._stranger(kind)
            yield from response.iter_bytes()

    def _send(self, method: str, path: str, **request: Any) -> bytes:
        with self._named():
            response = self._http.request(method, path, **request)
        if not response.is_success:
            raise ApiError.of(response)
        return response.content

    def _stranger(self, wanted: str) -> Unreachable:
        """Returns the error for an answer that is not from this service."""
        return Unreachable(
            f"Expected {wanted} from {self.url}, got something else. Check PURR_URL."
        )

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Raises Unreachable where the HTTP library reports that there is no answer."""
        try:
            yield
        except (httpx.RequestError, httpx.InvalidURL) as error:
            reason = str(error) or type(error).__name__
            raise Unreachable(
                f"No answer from {self.url} ({reason}). Start the service with `purr up`, "
                "or say in PURR_URL where it runs."
            ) from error
