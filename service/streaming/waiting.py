"""Answers that are held until a job's state changes, without asking Redis all the time."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from weakref import WeakKeyDictionary

from starlette.concurrency import run_in_threadpool

from service.streaming.broadcaster import Broadcaster
from worker.jobs.record import FINAL
from worker.operations.jobs import Jobs

Ask = Callable[[], Awaitable[str]]


class Waiting:
    """Whoever waits for the same change of the same job is told by one look at it."""

    def __init__(self, broadcaster: Broadcaster, jobs: Jobs) -> None:
        self._broadcaster, self._jobs = broadcaster, jobs
        self._answers: WeakKeyDictionary[asyncio.Event, asyncio.Future[str]] = WeakKeyDictionary()

    async def answer(self, job_id: str, seconds: float, ask: Ask) -> str:
        """What `ask` says: once the job's state has changed, or the seconds have passed, or at once
        if it is final.

        Raises:
            JobNotFound: there is no such job.
        """
        first = await run_in_threadpool(self._jobs.get, job_id)
        if first.state in FINAL:
            return await ask()
        async with self._broadcaster.watching(job_id) as changed:
            # It may have changed before anybody watched.
            if (await run_in_threadpool(self._jobs.get, job_id)).state is not first.state:
                return await ask()
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await changed.wait()
        if not changed.is_set():
            return await ask()
        if changed not in self._answers:
            self._answers[changed] = asyncio.ensure_future(ask())
        return await asyncio.shield(self._answers[changed])
