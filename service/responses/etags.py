"""Answers that are not sent again to clients that have them (RFC 9110, 13.1.2)."""

import hashlib

from fastapi import Request, Response


def unless_known(request: Request, body: str) -> Response:
    """Returns the JSON with its `ETag`, or 304 if the request names that tag."""
    tag = f'"{hashlib.sha256(body.encode()).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    shown = {one.strip().removeprefix("W/") for one in known_tags(request).split(",")}
    if tag in shown or "*" in shown:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def known_tags(request: Request) -> str:
    return request.headers.get("if-none-match", "")
