"""Threads that answer side by side."""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

from worker.nn.engines.answering.products import Map, touch_memory


def mapping(threads: int) -> Map:
    """What does calls by so many threads, and returns what they return in the order of the
    calls."""
    return _pool(threads).map if threads > 1 else map


@lru_cache
def _pool(threads: int) -> ThreadPoolExecutor:
    """One of each size in a process: what answers at once waits for the same threads."""
    return ThreadPoolExecutor(threads, "answering", touch_memory)


# Threads do not survive a fork.
os.register_at_fork(after_in_child=_pool.cache_clear)
