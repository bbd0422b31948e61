"""Pictures of one request on their way through the pool of decoders."""

import asyncio
from collections.abc import Sequence
from typing import Any

from worker.data.decoder_pool import DecoderPool, Task
from worker.data.images import Preprocessing
from worker.errors import TooBusy, WorkerError

AHEAD = 4  # pictures of one request that wait in the queue: others want their turn
AGAIN_S = 0.05  # between two tries of a request of which some pictures are decoded already


async def decoded(
    pool: DecoderPool, encoded: Sequence[bytes], preprocessing: Preprocessing
) -> list[Any]:
    """The pixels of all pictures. Cancelled, it leaves nothing in the queue.

    Raises:
        TooBusy: too much waits already, and nothing was begun.
        WorkerError: one of them cannot be decoded; `pointer` says which.
    """
    tasks: list[Task] = []
    try:
        for index, picture in enumerate(encoded):
            tasks.append(await _queued(pool, picture, preprocessing, index))
            if index >= AHEAD:
                await _pixels(tasks, index - AHEAD)
        return [await _pixels(tasks, index) for index in range(len(tasks))]
    finally:
        pool.drop(tasks)


async def _queued(
    pool: DecoderPool, picture: bytes, preprocessing: Preprocessing, index: int
) -> Task:
    while True:
        try:
            return pool.submit(picture, preprocessing)
        except TooBusy:
            if index == 0:
                raise
        except WorkerError as error:
            error.pointer = f"/image/{index}"
            raise
        await asyncio.sleep(AGAIN_S)


async def _pixels(tasks: Sequence[Task], index: int) -> Any:
    try:
        return await asyncio.wrap_future(tasks[index].picture)
    except TooBusy:
        raise
    except WorkerError as error:
        error.pointer = f"/image/{index}"
        raise
