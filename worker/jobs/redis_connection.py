"""How Redis is reached, and which errors its faults become."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

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
    """Returns a client of Redis.

    Args:
        patient: for work that can wait: it retries through an outage of half a minute. Any other
            client retries once, and only if the connection was lost: a caller is waiting for it,
            and must not wait TIMEOUT_S twice.
        text: whether answers are decoded; RQ needs bytes.
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
        # Naming this library to Redis would take two round trips and read a file in every child.
        driver_info=None,
    )


def now_ms(client: Any) -> int:
    """Returns the time of Redis, in milliseconds since 1970."""
    seconds, micros = client.time()
    return int(seconds * 1000 + micros // 1000)


@contextmanager
def redis_named() -> Iterator[None]:
    """Turns every fault of the connection or the server within the block into an error of ours.

    Raises:
        QueueFull: Redis has no memory left.
        QueueUnavailable: any other fault.
    """
    try:
        yield
    except redis.OutOfMemoryError as error:
        raise QueueFull(FULL) from error
    except (redis.RedisError, OSError) as error:
        raise QueueUnavailable(
            "Redis does not answer or refuses to write. Nothing was accepted; try again shortly."
        ) from error
