"""JSON bodies read strictly: whatever two programs could read differently is refused."""

import json
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException

from worker.errors import TooLarge

T = TypeVar("T", bound=BaseModel)
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class StrictRoute(APIRoute):
    """A route whose JSON body is read by `parse`."""

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()

        async def strict(request: Request) -> Response:
            if self.body_field is not None and not is_json(request):
                raise HTTPException(415, type_refusal(request))
            return await handle(StrictRequest(request.scope, request.receive))

        return strict


class StrictRequest(Request):
    """A request whose JSON body is read by `parse`."""

    async def json(self) -> Any:
        return parse(await self.body())


def is_json(request: Request) -> bool:
    """Whether the body says that it is JSON."""
    kind = kind_of(request)
    return kind == "application/json" or (
        kind.startswith("application/") and kind.endswith("+json")
    )


def kind_of(request: Request) -> str:
    """What the body is said to be, without what is said beside it."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def type_refusal(request: Request) -> str:
    kind = kind_of(request)
    came = f"got Content-Type {kind!r:.60}" if kind else "got no Content-Type"
    return f"Expected JSON, sent with Content-Type: application/json, {came}. Send that header."


def utf8(body: bytes) -> bytes:
    """The JSON text in UTF-8 without a byte order mark, whichever Unicode encoding it came in.

    Raises:
        HTTPException: 400; it is in none.
    """
    encoding = json.detect_encoding(body)
    if encoding == "utf-8":
        return body
    try:
        return body.decode(encoding).encode()
    except UnicodeError as error:
        raise HTTPException(
            400, f"Expected a JSON body, got something that is none: {error}."
        ) from error


def parse(body: bytes, constant: Callable[[str], Any] | None = None) -> Any:
    """The value of a JSON text.

    Args:
        constant: returns what NaN, Infinity and -Infinity are, or raises; None: the numbers.

    Raises:
        HTTPException: 400; it is no JSON, nested too deep, or names a field twice.
    """
    try:
        return json.loads(utf8(body), object_pairs_hook=_without_twins, parse_constant=constant)
    except RecursionError as error:
        raise HTTPException(
            400, "Expected a JSON body, got one that is nested too deep. Send a flatter one."
        ) from error
    except ValueError as error:  # of UTF-8 and of numbers with thousands of digits too
        raise HTTPException(
            400, f"Expected a JSON body, got something that is none: {error}."
        ) from error


async def body_of(request: Request, most: int) -> bytes:
    """Returns the body of a request; of a longer one, more than `most` bytes."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:  # no more of it need come
            break
    return bytes(body)


def parsed(body: bytes, most: int) -> Any:
    """Returns the JSON that a body is.

    Raises:
        HTTPException: 400; it is none.
        TooLarge: it has more bytes than this.
    """
    if len(body) > most:
        raise TooLarge(
            f"Expected at most {most:,} bytes of JSON, got more. Send a file with its own "
            "Content-Type, or as a part of a form."
        )
    return parse(body)


def validated(model: type[T], found: Any) -> T:
    """Returns what a JSON body says.

    Raises:
        RequestValidationError: it says something else.
    """
    try:
        return model.model_validate(found)
    except ValidationError as error:
        faults = [{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors()]
        raise RequestValidationError(faults, body=found) from error


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        twice = next(name for name in counts if counts[name] > 1)
        raise HTTPException(
            400,
            f"Expected each field of an object once, got {twice!r:.80} twice. Send one of them.",
        )
    return found
