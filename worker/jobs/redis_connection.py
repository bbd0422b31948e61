"""How Redis is reached, and how its faults are named."""

from collections.abc import Iterator
from contextlib import contextmanager

import redis
from redis.backoff import ExponentialBackoff
from redis.retry import Retry

from worker.errors import QueueFull, QueueUnavailable

TIMEOUT_S, PATIENT_RETRIES = 2, 40
FULL = (
    "Expected Redis to have memory left for something new, and it has not. Nothing was accepted. "
    "Raise PURR_REDIS_MAX_BYTES, or the maxmemory of your own server."
)


def connect(url: str, *, patient: bool = False, text: bool = True) -> redis.Redis:
    """A client; a patient one, for work that can wait, outlives an outage of half a minute.

    Somebody waits for the others: those try again only where a connection was lost, which is known
    at once, and not where an answer did not come for TIMEOUT_S.
    """
    backoff = ExponentialBackoff(cap=1, base=0.05)
    retry = Retry(backoff, 1, (redis.ConnectionError,))
    if patient:
        retry = Retry(backoff, PATIENT_RETRIES)
    return redis.Redis.from_url(
        url,
        decode_responses=text,
        socket_timeout=TIMEOUT_S,
        socket_connect_timeout=TIMEOUT_S,
        retry=retry,
        # To say which library calls takes two round trips and reads a file, in every child anew.
        driver_info=None,
    )


@contextmanager
def redis_named() -> Iterator[None]:
    """Turn every fault of the connection or the server into QueueUnavailable."""
    try:
        yield
    except redis.OutOfMemoryError as error:
        raise QueueFull(FULL) from error
    except (redis.RedisError, OSError) as error:
        raise QueueUnavailable(
            "Redis does not answer or refuses to write. Nothing was accepted; try again shortly."
        ) from error
