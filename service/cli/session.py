"""The client library, as the command asks it: for the very bytes of answers, page by page."""

from collections.abc import Iterator, Mapping
from typing import Any, Self
from uuid import uuid4

import purrceptron
from purrceptron.errors import RIGHT_ADDRESS
from service.cli.answers import Answer

PAGE = 100  # the most that one list request may ask for
PATIENCE_S = 30  # that somebody who looks on has with a service that is away or busy


class Session:
    """One connection to the service at `url`.

    Its methods raise the errors of the library: Refused when the service refuses, Unreachable when
    there is no answer, and Stranger when it is not the service that answers.
    """

    def __init__(self, url: str, api_key: str | None = None) -> None:
        self.purr = purrceptron.Client(url, api_key, patience_s=PATIENCE_S)
        self.url = url.rstrip("/")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.purr.close()

    def answer(
        self, method: str, path: str, query: Mapping[str, object] | None = None, **more: Any
    ) -> Answer:
        """Returns the JSON object that the service answers with."""
        raw = self.purr.send(method, path, query=query, **more).content
        try:
            return Answer.read(raw)
        except ValueError as error:
            raise self._stranger("JSON") from error

    def submitted(self, path: str, asked: Mapping[str, object]) -> Answer:
        """Returns what a request becomes that the service knows by a key when it comes again."""
        headers = {"Idempotency-Key": str(uuid4())}
        return self.answer("POST", path, json=asked, headers=headers, twice=True)

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
        self, method: str, path: str, query: Mapping[str, object], **more: Any
    ) -> Iterator[Any]:
        """Yields the JSON objects of an answer that has one in each line."""
        for line in self.purr.send(method, path, query=query, **more).content.splitlines():
            try:
                yield Answer.read(line).json
            except ValueError as error:
                raise self._stranger("lines of JSON") from error

    def _stranger(self, wanted: str) -> purrceptron.Stranger:
        return purrceptron.Stranger(
            f"Expected {wanted} from {self.url}, got something else. {RIGHT_ADDRESS}"
        )
