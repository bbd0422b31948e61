"""The middlewares in the order in which a request passes them."""

from collections.abc import Sequence
from typing import Any

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute

from service.access.auditing import Audit, AuditMiddleware
from service.inference_protocol.envelope import LENGTH
from service.middleware.access import Access, AccessMiddleware
from service.middleware.answering_limit import Answering, AnsweringLimit
from service.middleware.forwarded import Forwarded, RootPath
from service.middleware.limits import HeldBodies, RequestLimit
from service.middleware.methods import Methods
from service.middleware.request_log import AccessLog
from service.middleware.security_headers import SecurityHeaders
from service.middleware.tus import Tus
from service.settings import ServiceSettings
from service.telemetry.matched_route import MatchedRoute
from service.telemetry.requests import Requests

# What pages of allowed origins may send, and may read of an answer.
CORS: dict[str, Any] = {
    "allow_methods": ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
    "allow_headers": [
        "Authorization",
        "Content-Type",
        "Last-Event-ID",
        "Mcp-Protocol-Version",
        "Mcp-Method",
        "Mcp-Name",
        "Idempotency-Key",
        "If-Match",
        "If-None-Match",
        LENGTH,
        "Tus-Resumable",
        "Upload-Length",
        "Upload-Offset",
        "Upload-Metadata",
        "Upload-Checksum",
    ],
    "expose_headers": [
        "Location",
        "X-Request-ID",
        "Retry-After",
        "ETag",
        "RateLimit",
        "RateLimit-Policy",
        LENGTH,
        "Tus-Resumable",
        "Upload-Length",
        "Upload-Offset",
        "Upload-Expires",
    ],
}


def stack(
    settings: ServiceSettings,
    access: Access,
    audit: Audit,
    requests: Requests,
    bodies: HeldBodies,
    answering: Answering,
    routes: Sequence[BaseRoute],
) -> list[Middleware]:
    """The middlewares, outermost first.

    Args:
        access: knows who may ask.
        audit: writes down who has changed what.
        requests: counts the requests.
        bodies: counts what is in memory of their bodies.
        answering: counts those for predictions that are being answered.
        routes: all that there are.
    """
    return [
        *before(settings, access, audit, requests),
        # 429 for predictions while more are asked for than can be answered.
        Middleware(AnsweringLimit, answering=answering),
        # 431, 413 and 415 for heads and bodies; unpacks compressed bodies.
        Middleware(RequestLimit, settings=settings, bodies=bodies),
        # What a browser must not do with an answer.
        Middleware(SecurityHeaders),
        # The version of tus, in which files come in pieces.
        Middleware(Tus, most=settings.max_upload_bytes),
        # OPTIONS and HEAD for every path, 405 with `Allow`.
        Middleware(Methods, routes=routes),
        # The whole path again, as the router wants it.
        Middleware(RootPath),
        # The route that was found, for the count.
        Middleware(MatchedRoute),
    ]


def before(
    settings: ServiceSettings, access: Access, audit: Audit, requests: Requests
) -> list[Middleware]:
    """Those that a request passes before it is known who sends it, and the one that knows."""
    origins = settings.allowed_origins
    return [
        # The caller's address and the path without a prefix, as a trusted proxy says.
        Middleware(Forwarded, settings=settings),
        # An id for each request, a line in the log, a count.
        Middleware(AccessLog, requests=requests),
        # Browsers' questions whether another origin's page may ask; only where one may.
        *([Middleware(CORSMiddleware, allow_origins=origins, **CORS)] if origins else []),
        # A line in the audit log for what may have changed something, and for refused keys.
        Middleware(AuditMiddleware, audit=audit),
        # 421 for a foreign host, 403 for a foreign page or a key for something else, 401 without
        # any, 429 for a key that asks too often.
        Middleware(AccessMiddleware, access=access),
    ]
