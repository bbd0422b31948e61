"""Threads that do a recorded program together."""

import os
from collections.abc import Sequence
from functools import lru_cache
from queue import SimpleQueue
from threading import Thread
from typing import Any

import numpy

from worker.nn.engines.cpu import interpreter


class Team:
    """Threads that do a program together with the caller."""

    def __init__(self, threads: int) -> None:
        self._calls: list[SimpleQueue[Any]] = [SimpleQueue() for _ in range(threads - 1)]
        for calls in self._calls:
            Thread(target=self._serve, args=[calls], daemon=True).start()

    def run(self, *arguments: Any, scratch: Sequence[int], threads: int) -> None:
        """`interpreter.run` by so many of the threads, each with a scratch of its own."""
        before, after = arguments[:5], arguments[5:]
        sync = numpy.zeros(1, "int64")  # a new one: the last may still be looked at
        calls = [
            (*before, scratch[thread], sync, *after, thread, threads) for thread in range(threads)
        ]
        for queue, call in zip(self._calls, calls[1:], strict=False):
            queue.put(call)
        interpreter.run(*calls[0])

    @staticmethod
    def _serve(calls: "SimpleQueue[Any]") -> None:
        while True:
            try:
                interpreter.run(*calls.get())
            except MemoryError:  # pragma: no cover - whoever counts ends with it
                os.abort()  # the others would wait for ever for this thread to arrive


@lru_cache
def team(threads: int) -> Team:
    """One team of each size in a process."""
    return Team(threads)


# Threads do not survive a fork.
os.register_at_fork(after_in_child=team.cache_clear)
