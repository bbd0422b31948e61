"""Answers that are not sent again to clients that have them (RFC 9110, 13.1.2)."""

import hashlib
from collections.abc import Mapping

from fastapi import Request, Response


def unless_known(
    request: Request,
    body: bytes,
    media_type: str = "application/json",
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Returns the body with its `ETag` and these headers, or 304 if the request names that tag."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {**(headers or {}), "ETag": tag, "Cache-Control": "no-cache"}
    shown = {one.strip().removeprefix("W/") for one in known_tags(request).split(",")}
    if tag in shown or "*" in shown:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)


def known_tags(request: Request) -> str:
    return request.headers.get("if-none-match", "")
