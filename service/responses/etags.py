"""Answers that are not sent again to clients that have them (RFC 9110, 13.1.2)."""

import hashlib
from collections.abc import Mapping

from fastapi import Request, Response

from worker.errors import PreconditionFailed


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
    tag = tag or digest_tag(body)
    headers = {**(headers or {}), "ETag": tag, "Cache-Control": "no-cache"}
    if knows(request, tag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)


def knows(request: Request, tag: str) -> bool:
    """Whether the request names this tag, or any."""
    shown = {one.strip().removeprefix("W/") for one in known_tags(request).split(",")}
    return tag in shown or "*" in shown


def digest_tag(body: bytes) -> str:
    """Returns the `ETag` of something that is known by how it is answered."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def check_unchanged(if_match: str | None, body: bytes) -> None:
    """Raise unless an `If-Match` names the tag of this answer, or any (RFC 9110, 13.1.1).

    Raises:
        PreconditionFailed: it names others.
    """
    named = {one.strip() for one in (if_match or "*").split(",")}
    if not named & {"*", digest_tag(body)}:
        raise PreconditionFailed(
            "Expected what is to be changed to be as the ETag in If-Match says, but it has changed "
            "since. Look at it again."
        )


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
