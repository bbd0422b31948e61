"""What one request asks of a pool of processes: a few questions at a time, in their order."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeAlias, TypeVar

from worker.data.children.child import Child
from worker.data.children.pool import Pool, Task
from worker.errors import BackboneUnavailable, DamagedBackbone, TooBusy, WorkerError

AHEAD = 4  # questions of one request in the queue at a time, so that other requests get a turn
AGAIN_S = 0.05  # between two tries to queue a question, once the first of its request was queued
# What is no fault of what was asked about: the whole request fails by it.
OF_ALL = (TooBusy, BackboneUnavailable, DamagedBackbone)

C = TypeVar("C", bound=Child)
T = TypeVar("T")
Queue: TypeAlias = Callable[[], Task[C, T]]


async def answered(pool: Pool[C, T], questions: Sequence[Queue[C, T]]) -> list[T | WorkerError]:
    """Returns for each question its answer, or the error that refuses it.

    If this is cancelled, no question of the request stays in the queue.

    Args:
        questions: each puts one into the queue of the pool.

    Raises:
        TooBusy: the queue is full, and no question was begun.
        BackboneUnavailable, DamagedBackbone: nothing of this kind can be answered.
    """
    tasks: list[Task[C, T] | WorkerError] = []
    found: list[T | WorkerError] = []
    try:
        for index, queue in enumerate(questions):
            tasks.append(await _queued(pool, queue, first=index == 0))
            if index >= AHEAD:
                answer = await _outcome(tasks[index - AHEAD])
                found.append(answer)
        for task in tasks[len(found) :]:
            answer = await _outcome(task)
            found.append(answer)
        return found
    finally:
        pool.drop(task for task in tasks if isinstance(task, Task))


async def _queued(pool: Pool[C, T], queue: Queue[C, T], *, first: bool) -> Task[C, T] | WorkerError:
    while True:
        try:
            return queue()
        except TooBusy as error:
            if first:
                pool.observe(None, error.code)
                raise
        except WorkerError as error:
            return error
        await asyncio.sleep(AGAIN_S)


async def _outcome(task: Task[C, T] | WorkerError) -> T | WorkerError:
    if isinstance(task, WorkerError):
        return task
    try:
        return await asyncio.wrap_future(task.answer)
    except OF_ALL:
        raise
    except WorkerError as error:
        return error
