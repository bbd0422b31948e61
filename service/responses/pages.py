"""Lists a page at a time: bounded by a number of items, and by bytes where the items are large."""

from collections.abc import Iterable
from typing import NamedTuple

from fastapi import Response
from pydantic import BaseModel
from pydantic_core import to_json

PAGE_BYTES = 2**20  # a page that has grown to so many bytes ends, even with fewer items than asked


class Listed(NamedTuple):
    """Items as JSON, and the cursor after the last of them; None if there are no more."""

    items: bytes
    next: str | None


def listed(found: Iterable[tuple[str, BaseModel | None]], limit: int) -> Listed:
    """Returns the first items, up to the limit or PAGE_BYTES.

    Args:
        found: the cursor after each item, and the item. At most one is taken that is not shown.
            A cursor without an item ends the page, because to look further would take long.
        limit: items in the page.
    """
    pieces: list[bytes] = []
    size, last = 0, None
    for cursor, item in found:
        if len(pieces) == limit or size > PAGE_BYTES:
            return Listed(b",".join(pieces), last)
        if item is None:
            return Listed(b",".join(pieces), cursor)
        pieces.append(to_json(item))
        size, last = size + len(pieces[-1]), cursor
    return Listed(b",".join(pieces), None)


def page(found: Iterable[tuple[str, BaseModel | None]], limit: int) -> Response:
    """The answer to a request for a list."""
    items, after = listed(found, limit)
    body = b'{"data":[%s],"next":%s}' % (items, to_json(after))
    return Response(body, media_type="application/json")
