"""The pictures of one request, decoded by the pool of decoders."""

import asyncio
from collections.abc import Sequence

from worker.data.pictures.pixels import Picture
from worker.data.pictures.pool import DecoderPool, Task
from worker.data.preprocessing import Preprocessing
from worker.errors import TooBusy, WorkerError

AHEAD = 4  # pictures of one request in the queue at a time, so that other requests get a turn
AGAIN_S = 0.05  # between two tries to queue a picture, once the first of its request was queued


async def decoded(
    pool: DecoderPool, encoded: Sequence[bytes], preprocessing: Preprocessing
) -> list[Picture | WorkerError]:
    """Returns for each encoded picture its pixels, or the error that refuses it.

    If this is cancelled, no picture of the request stays in the queue.

    Raises:
        TooBusy: the queue is full, and none of the pictures was begun.
    """
    tasks: list[Task | WorkerError] = []
    found: list[Picture | WorkerError] = []
    try:
        for index, picture in enumerate(encoded):
            tasks.append(await _queued(pool, picture, preprocessing, first=index == 0))
            if index >= AHEAD:
                found.append(await _outcome(tasks[index - AHEAD]))
        for task in tasks[len(found) :]:
            found.append(await _outcome(task))
        return found
    finally:
        pool.drop(task for task in tasks if isinstance(task, Task))


async def _queued(
    pool: DecoderPool, picture: bytes, preprocessing: Preprocessing, *, first: bool
) -> Task | WorkerError:
    while True:
        try:
            return pool.submit(picture, preprocessing)
        except TooBusy as error:
            if first:
                pool.observe(None, error.code)
                raise
        except WorkerError as error:
            return error
        await asyncio.sleep(AGAIN_S)


async def _outcome(task: Task | WorkerError) -> Picture | WorkerError:
    if isinstance(task, WorkerError):
        return task
    try:
        return await asyncio.wrap_future(task.picture)
    except TooBusy:
        raise  # which says nothing of the picture
    except WorkerError as error:
        return error
