"""Bytes on their way to disk: collected to blocks, each of which a thread writes."""

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool

BLOCK_BYTES = 2**20


class Blocks:
    """Collects what comes in pieces of any size.

    Args:
        write: takes a block.
        wants_all: whether what is there is to be written at once, and not once it is a block.
    """

    def __init__(
        self, write: Callable[[bytes], None], wants_all: Callable[[], bool] = lambda: False
    ) -> None:
        self._write, self._wants_all = write, wants_all
        self._block = bytearray()

    async def add(self, piece: bytes) -> None:
        self._block += piece
        if len(self._block) >= BLOCK_BYTES or self._wants_all():
            await self.flush()

    async def flush(self) -> None:
        """Write what is left."""
        block = bytes(self._block)
        self._block.clear()
        await run_in_threadpool(self._write, block)
