"""Answers that are held until a job's state changes, without asking Redis all the time."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from weakref import WeakKeyDictionary

from starlette.concurrency import run_in_threadpool

from service.streaming.broadcaster import Broadcaster
from worker.jobs.record import FINAL
from worker.operations.jobs import Jobs

Read = Callable[[], Awaitable[str]]


class HeldAnswers:
    """Holds answers about jobs. After a change, the job is read once for all who waited for it."""

    def __init__(self, broadcaster: Broadcaster, jobs: Jobs) -> None:
        self._broadcaster, self._jobs = broadcaster, jobs
        # One reading for each change; the key is the event that the change sets.
        self._readings: WeakKeyDictionary[asyncio.Event, asyncio.Future[str]] = WeakKeyDictionary()

    async def answer(self, job_id: str, wait_s: float, read: Read) -> str:
        """Returns what `read` returns, after the next change of the job's state.

        It does not wait for a job that is final, nor longer than `wait_s` seconds.

        Raises:
            JobNotFound: there is no such job.
        """
        first = await run_in_threadpool(self._jobs.get, job_id)
        if first.state in FINAL:
            return await read()
        async with self._broadcaster.watching(job_id) as changed:
            # It may have changed before anybody watched.
            if (await run_in_threadpool(self._jobs.get, job_id)).state is not first.state:
                return await read()
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await changed.wait()
        if not changed.is_set():
            return await read()
        if changed not in self._readings:
            self._readings[changed] = asyncio.ensure_future(read())
        return await asyncio.shield(self._readings[changed])
