"""How many requests a key may still make, as answers say it: by the fields of
draft-ietf-httpapi-ratelimit-headers-10."""

import math

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import Message, Send

from service.errors import problem
from worker.errors import RateLimited
from worker.jobs.key_lookups import Taken

WINDOW_S = 60
POLICY = "requests"
TOO_MANY = (
    "Expected at most {:,} requests in a minute with this key, got one more. Send the next one in "
    "{} s, or ask whoever runs the service for a key that may ask more often."
)


def seconds(ms: int) -> int:
    return max(1, math.ceil(ms / 1000))


def fields(most: int, taken: Taken) -> dict[str, str]:
    """Returns the fields that every answer to a key with a rate has.

    Args:
        most: requests in a minute.
    """
    return {
        "RateLimit-Policy": f'"{POLICY}";q={most};w={WINDOW_S}',
        "RateLimit": f'"{POLICY}";r={taken.left};t={math.ceil(taken.full_ms / 1000)}',
    }


def refused(most: int, taken: Taken, request_id: str) -> JSONResponse:
    """Returns the answer to a request that is one too many."""
    after_s = seconds(taken.next_ms)
    headers = {**fields(most, taken), "Retry-After": str(after_s)}
    detail = TOO_MANY.format(most, after_s)
    return problem(429, RateLimited.code, detail, request_id, headers)


def telling(send: Send, said: dict[str, str]) -> Send:
    """Returns what sends an answer with these fields."""

    async def send_with(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(said)
        await send(message)

    return send_with
