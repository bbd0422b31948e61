"""The mark in Redis which says that Redis knows every record that the store knows.

Redis keys:

    purr:filled     the run id of the Redis process whose records are complete, and RELEASE
    purr:filling    a random token of whoever is filling Redis; gone if Redis is wiped meanwhile
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from worker.jobs.redis_connection import redis_named

FILLED, FILLING = "purr:filled", "purr:filling"
# Of what is told to Redis. With a higher number it is told again what an older service told it.
RELEASE = 2

# Sets the mark, unless Redis was wiped meanwhile or somebody else began to fill it.
SET_MARK = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return end
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[2], ARGV[2])
"""


def filled(client: Any) -> bool:
    """Returns whether Redis certainly knows all that the store knows.

    After a restart that is not certain: Redis may have read an old snapshot.

    Raises:
        QueueUnavailable: Redis does not answer.
    """
    with redis_named():
        return bool(client.get(FILLED) == run_id(client))


@contextmanager
def filling(client: Any) -> Iterator[None]:
    """Sets the mark when the block ends, for the caller has told Redis all that the store knows.

    The mark is not set if Redis was wiped or restarted during the block, or if another process
    began to fill it: that one sets the mark then.

    Raises:
        QueueUnavailable: Redis does not answer.
    """
    with redis_named():
        started, token = run_id(client), secrets.token_hex(8)
        client.set(FILLING, token)
    yield
    with redis_named():
        client.eval(SET_MARK, 2, FILLING, FILLED, token, started)


def run_id(client: Any) -> str:
    """Returns what tells this start of the Redis server, and what it is told, from every other."""
    return f"{client.info('server')['run_id']}.{RELEASE}"
