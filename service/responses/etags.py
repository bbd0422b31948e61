"""Answers that are not sent again to clients that have them (RFC 9110, 13.1.2)."""

import hashlib
from collections.abc import Mapping

from fastapi import Request, Response


def unless_known(
    request: Request,
    body: bytes,
    media_type: str = "application/json",
    headers: Mapping[str, str] | None = None,
    tag: str | None = None,
) -> Response:
    """Returns the body with its `ETag` and these headers, or 304 if the request names that tag.

    Args:
        tag: of the body, if it has one that says more than its digest.
    """
    tag = tag or f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {**(headers or {}), "ETag": tag, "Cache-Control": "no-cache"}
    if knows(request, tag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)


def knows(request: Request, tag: str) -> bool:
    """Whether the request names this tag, or any."""
    shown = {one.strip().removeprefix("W/") for one in known_tags(request).split(",")}
    return tag in shown or "*" in shown


def known_tags(request: Request) -> str:
    return request.headers.get("if-none-match", "")


def revision_tag(revision: int) -> str:
    """Returns the `ETag` of something whose changes are counted."""
    return f'"{revision}"'


def expected_revision(if_match: str | None) -> int | None:
    """Returns the revision that an `If-Match` names (RFC 9110, 13.1.1); None where any will do, and
    one that nothing has where it names what is no revision."""
    if if_match is None or if_match.strip() == "*":
        return None
    tag = if_match.strip()
    digits = tag[1:-1] if len(tag) > 1 and tag[0] == tag[-1] == '"' else ""
    return int(digits) if digits.isdecimal() and digits.isascii() and len(digits) < 16 else -1
