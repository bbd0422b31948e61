"""Threads that do a recorded program together."""

import os
from collections.abc import Sequence
from functools import lru_cache
from queue import SimpleQueue
from threading import Event, Thread
from typing import Any

import numpy

from worker.nn.engines.cpu import interpreter

EVERYBODY = 2**60  # more than ever arrive


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
        try:
            interpreter.run(*calls[0])
        except BaseException:
            # It was raised before the first operation or behind the last one, by a signal perhaps.
            # The others would wait for ever for this thread to arrive.
            sync[0] = EVERYBODY
            self._let_end()
            raise

    def _let_end(self) -> None:
        """Wait until no thread looks at the arrays of a call any more."""
        for calls in self._calls:
            idle = Event()
            calls.put(idle)
            idle.wait()

    @staticmethod
    def _serve(calls: "SimpleQueue[Any]") -> None:
        while True:
            call = calls.get()
            if isinstance(call, Event):
                call.set()
                continue
            try:
                interpreter.run(*call)
            except MemoryError:  # pragma: no cover - whoever counts ends with it
                os.abort()  # the others would wait for ever for this thread to arrive


@lru_cache
def team(threads: int) -> Team:
    """One team of each size in a process."""
    return Team(threads)


# Threads do not survive a fork.
os.register_at_fork(after_in_child=team.cache_clear)
