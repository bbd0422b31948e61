"""Commands to Redis that callers wait for, and may leave."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from worker.jobs.redis_connection import redis_named

Command = Callable[..., Awaitable[Any]]


class Apart:
    """Runs commands in tasks of their own, so many at a time.

    A client that leaves cancels the caller, and a cancelled command may be cancelled again while it
    cleans up, and then never return its connection to the pool.
    """

    def __init__(self, at_a_time: int) -> None:
        self._turns = asyncio.Semaphore(at_a_time)
        self._asked: set[asyncio.Task[Any]] = set()

    async def ask(self, command: Command, *words: Any, **options: Any) -> Any:
        """Returns what a command answers.

        Raises:
            QueueUnavailable: Redis does not answer.
        """
        task = asyncio.create_task(self._in_turn(command, *words, **options))
        self._asked.add(task)
        task.add_done_callback(self._answered)
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Cancel all commands."""
        for task in self._asked:
            task.cancel()
        await asyncio.gather(*self._asked, return_exceptions=True)

    async def _in_turn(self, command: Command, *words: Any, **options: Any) -> Any:
        async with self._turns:
            with redis_named():
                return await command(*words, **options)

    def _answered(self, task: asyncio.Task[Any]) -> None:
        self._asked.discard(task)
        if not task.cancelled():
            task.exception()  # fetched, or asyncio reports it if nobody waits any more
