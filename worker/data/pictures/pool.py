"""A pool of processes that decode pictures, and the bounded queue of pictures before it."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

from worker.data.pictures.formats import read_header
from worker.data.pictures.header import Header
from worker.data.pictures.pixels import Picture
from worker.data.pictures.process import Decoder
from worker.data.preprocessing import Preprocessing
from worker.errors import LimitExceeded, TooBusy, TooCostly, WorkerError
from worker.settings import Settings
from worker.system.machine import cores

PASSES = 40  # over a picture of the most pixels; those of cameras and editors have fewer
QUICK_S = 0.25  # a picture decoded for less is not interrupted: a new process takes as long

# Called with the processor seconds of a picture, or None where no process began to decode it; and
# with the code of its error, or "".
Observe = Callable[[float | None, str], None]


@dataclass(eq=False)
class Task:
    """A picture that waits, or is being decoded.

    Attributes:
        pixels: in memory while it is decoded; `work`: those computed, over all passes.
        decoder: that decodes it now, if one does.
        began: when its decoding began, by time.monotonic(); 0 before.
        interrupted: whether its decoding was ended because nobody waits for it any more.
    """

    encoded: bytes
    preprocessing: Preprocessing
    pixels: int
    work: int
    picture: Future[Picture] = field(default_factory=Future)
    decoder: Decoder | None = None
    began: float = 0.0
    interrupted: bool = False


class DecoderPool:
    """Decodes pictures in processes of their own, one for each core.

    Args:
        ready: start the processes at once, not with the first pictures.

    Attributes:
        queued: the work of all pictures that wait, in pixels.
        seconds: of processor time that all pictures so far have taken.
        observe: called once for each picture that was decoded or refused.
    """

    def __init__(
        self,
        settings: Settings,
        observe: Observe = lambda seconds, code: None,
        *,
        ready: bool = False,
    ) -> None:
        self._settings, self.observe, self._ready = settings, observe, ready
        self.queued, self.seconds = 0, 0.0
        self._held = 0  # pixels that are in memory now
        self._decoders: list[Decoder] = []
        self._tasks: deque[Task] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._threads = [
            threading.Thread(target=self._serve, name=f"decoder-{number}", daemon=True)
            for number in range(cores())
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """End the processes. Pictures that still wait get TooBusy as their result."""
        with self._changed:
            self._closed = True
            for task in self._tasks:
                task.picture.set_exception(TooBusy("The service is stopping. Try again shortly."))
            self._tasks.clear()
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def submit(self, encoded: bytes, preprocessing: Preprocessing) -> Task:
        """Queue a picture and return its task.

        Raises:
            LimitExceeded: it has too many bytes.
            TooCostly: its header says that it takes too many passes to decode.
            TooBusy: the queue is full, or the pool closed. `observe` is not called: the picture may
                be submitted again.
        """
        try:
            task = self._task(encoded, preprocessing)
        except WorkerError as error:
            self.observe(None, error.code)
            raise
        with self._changed:
            if self._closed or self.full():
                raise TooBusy(
                    f"Expected at most {self._settings.max_queued_pixels:,} pixels to wait for "
                    f"being decoded, found {self.queued:,}. Try again shortly."
                )
            self.queued += task.work
            self._tasks.append(task)
            self._changed.notify()
        return task

    def drop(self, tasks: Iterable[Task]) -> None:
        """Cancel tasks for which nobody waits any more; decoding that takes long is interrupted."""
        with self._changed:
            for task in tasks:
                if task in self._tasks:
                    self._tasks.remove(task)
                    self.queued -= task.work
                    task.picture.cancel()
                elif task.decoder and time.monotonic() - task.began > QUICK_S:
                    task.interrupted = True
                    task.decoder.interrupt()

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

    @property
    def starts(self) -> int:
        """Processes that were started so far."""
        return sum(decoder.starts for decoder in self._decoders)

    def full(self) -> bool:
        """Whether the queue takes no more pictures now."""
        return self.queued >= self._settings.max_queued_pixels

    def _task(self, encoded: bytes, preprocessing: Preprocessing) -> Task:
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
        return Task(encoded, preprocessing, header.width * header.height, header.work)

    def _serve(self) -> None:
        """Decode pictures with a process of this thread's own, until the pool is closed."""
        decoder = Decoder(self._settings.max_image_pixels, self._settings.max_image_seconds)
        self._decoders.append(decoder)
        if self._ready:
            with suppress(TooBusy):
                decoder.start()
        while (task := self._next(decoder)) is not None:
            try:
                self._decode(decoder, task)
            finally:
                with self._changed:
                    self._held -= task.pixels
                    self._changed.notify_all()
        decoder.stop()

    def _next(self, decoder: Decoder) -> Task | None:
        """Returns the next picture, once there is room in memory for it; None when the pool is
        closed."""
        with self._changed:
            while not (self._tasks and self._has_room(self._tasks[0])):
                if self._closed:
                    return None
                self._changed.wait()
            task = self._tasks.popleft()
            self.queued -= task.work
            self._held += task.pixels
            task.decoder, task.began = decoder, time.monotonic()
            return task

    def _has_room(self, task: Task) -> bool:
        return not self._held or self._held + task.pixels <= self._settings.max_image_pixels

    def _decode(self, decoder: Decoder, task: Task) -> None:
        found: Picture | WorkerError
        try:
            found = decoder.decode(task.encoded, task.preprocessing)
        except WorkerError as error:
            found = error
        with self._changed:
            task.decoder = None  # it may decode the next one now: `drop` must not interrupt that
            self.seconds += decoder.seconds
        if not task.interrupted:  # else the result does not depend on the picture
            seconds = None if isinstance(found, TooBusy) else decoder.seconds
            self.observe(seconds, found.code if isinstance(found, WorkerError) else "")
        if not task.picture.set_running_or_notify_cancel():
            return
        if isinstance(found, WorkerError):
            task.picture.set_exception(found)
        else:
            task.picture.set_result(found)


def outcome(task: Task | WorkerError) -> Picture | WorkerError:
    """Returns the picture, or the error in its place.

    Raises:
        TooBusy: the error does not depend on the picture.
    """
    if isinstance(task, WorkerError):
        return task
    try:
        return task.picture.result()
    except TooBusy:
        raise
    except WorkerError as error:
        return error
