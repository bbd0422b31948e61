"""A pool of processes that decode pictures."""

from collections import deque
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from worker.data.children import pool
from worker.data.children.pool import Bound, Observe, Pool
from worker.data.pictures.formats import read_header
from worker.data.pictures.header import Header
from worker.data.pictures.pixels import Picture
from worker.data.pictures.process import Decoder
from worker.data.preprocessing import Preprocessing
from worker.errors import LimitExceeded, TooBusy, TooCostly, WorkerError
from worker.settings import Settings

PASSES = 40  # over a picture of the most pixels; those of cameras and editors have fewer

Task: TypeAlias = pool.Task[Decoder, Picture]


class DecoderPool(Pool[Decoder, Picture]):
    """Decodes pictures in processes of their own, one for each core. What waits is counted in
    pixels to be computed, over all passes; what is in memory, in pixels.

    Args:
        ready: start the processes at once, not with the first pictures.
    """

    def __init__(
        self,
        settings: Settings,
        observe: Observe = lambda seconds, code: None,
        *,
        ready: bool = False,
    ) -> None:
        most = settings.max_image_pixels
        super().__init__(
            lambda: Decoder(most, settings.max_image_seconds),
            Bound(settings.max_queued_pixels, "pixels to wait for being decoded"),
            observe,
            most_held=most,
            ready=ready,
        )
        self._settings = settings

    def submit(self, encoded: bytes, preprocessing: Preprocessing) -> Task:
        """Queue a picture and return its task.

        Raises:
            LimitExceeded: it has too many bytes.
            TooCostly: its header says that it takes too many passes to decode.
            TooBusy: the queue is full, or the pool closed. `observe` is not called: the picture may
                be submitted again.
        """
        try:
            header = self._header(encoded)
        except WorkerError as error:
            self.observe(None, error.code)
            raise
        return self.put(
            Task(
                lambda decoder: decoder.decode(encoded, preprocessing),
                work=header.work,
                held=header.width * header.height,
            )
        )

    def in_order(
        self, pictures: Iterable[bytes | WorkerError], preprocessing: Preprocessing
    ) -> Iterator[Picture | WorkerError]:
        """Yields each picture, or the error in its place, in their order.

        Pictures are read ahead: two for each process, fewer where the queue is full.

        Raises:
            TooBusy: no process could be started, or the pool was closed.
        """
        ahead: deque[Task | WorkerError] = deque()
        for encoded in pictures:
            while len(ahead) > 2 * len(self._threads) or (ahead and self.full()):
                yield outcome(ahead.popleft())
            try:
                if isinstance(encoded, WorkerError):
                    raise encoded
                ahead.append(self.submit(encoded, preprocessing))
            except TooBusy:
                raise
            except WorkerError as error:
                ahead.append(error)
        yield from map(outcome, ahead)

    def _header(self, encoded: bytes) -> Header:
        if len(encoded) > (most := self._settings.max_image_bytes):
            raise LimitExceeded(
                f"Expected a picture of at most {most:,} bytes, got {len(encoded):,}; "
                "send it smaller."
            )
        header = read_header(encoded) or Header(1, 1)
        if header.passes > 1 and header.work > PASSES * self._settings.max_image_pixels:
            raise TooCostly(
                f"Expected a picture that is decoded in one pass or a few, got {header.passes:,} "
                f"over {header.width:,} x {header.height:,} pixels. Save it as a plain JPEG."
            )
        return header


def outcome(task: Task | WorkerError) -> Picture | WorkerError:
    """Returns the picture, or the error in its place.

    Raises:
        TooBusy: the error does not depend on the picture.
    """
    if isinstance(task, WorkerError):
        return task
    try:
        return task.answer.result()
    except TooBusy:
        raise
    except WorkerError as error:
        return error
