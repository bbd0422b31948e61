"""Lists a page at a time: bounded by a number of items, and by bytes where the items are large."""

from collections.abc import Iterable
from typing import NamedTuple

from fastapi import Response
from pydantic import BaseModel
from pydantic_core import to_json

PAGE_BYTES = 2**20  # after which a page ends, though it holds fewer items than were asked for


class Listed(NamedTuple):
    """Items as JSON, and the cursor behind the last of them if there are more."""

    items: bytes
    next: str | None


def listed(found: Iterable[tuple[str, BaseModel]], limit: int) -> Listed:
    """The first of these items, each with the cursor that stands behind it. They are taken one by
    one, so none is made that is not shown, but for one."""
    pieces: list[bytes] = []
    size, last = 0, None
    for cursor, item in found:
        if len(pieces) == limit or size > PAGE_BYTES:
            return Listed(b",".join(pieces), last)
        pieces.append(to_json(item))
        size, last = size + len(pieces[-1]), cursor
    return Listed(b",".join(pieces), None)


def page(found: Iterable[tuple[str, BaseModel]], limit: int) -> Response:
    """The answer to a request for a list."""
    items, after = listed(found, limit)
    body = b'{"data":[%s],"next":%s}' % (items, to_json(after))
    return Response(body, media_type="application/json")
