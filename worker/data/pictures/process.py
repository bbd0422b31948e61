"""The parent's side of a process that decodes pictures: it asks, interrupts and restarts it."""

import logging
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field, TypeAdapter

from worker.data import frames
from worker.data.pictures.pixels import Picture
from worker.data.preprocessing import Preprocessing
from worker.errors import CorruptFile, LimitExceeded, TooBusy, TooCostly, UnsupportedFile

PATIENCE = 4  # seconds to wait for each second of processor time: the cores may be busy
DECODER = "worker.data.pictures.decoder"
START_S = 20  # for a process to come up
# No secrets of the parent; one thread. The memory of a large picture goes back to the system, and
# that of others stays: to get it anew would take as long as a third of the decoding.
ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": str(2**24),
    "MALLOC_TRIM_THRESHOLD_": str(2**25),
}
REFUSALS = {kind.__name__: kind for kind in (CorruptFile, LimitExceeded, UnsupportedFile)}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Told:
    """What a process says beside the pixels. A picture may have taken control of it.

    Attributes:
        seconds: of processor time that it took.
        error: the name of what refuses the picture; empty where nothing does.
        detail: why, in words.
        cut_short: whether the picture lacks its end.
    """

    seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    error: str = ""
    detail: str = ""
    cut_short: bool = False


TOLD = TypeAdapter(Told)


class Decoder:
    """A process, and the next one when it has died.

    All but `interrupt` must be called by one thread: the kernel ends a process together with the
    thread that has started it.

    Attributes:
        seconds: of processor time that the last picture took.
        starts: how many processes were started.
    """

    def __init__(self, max_pixels: int, seconds: int) -> None:
        self._arguments = [str(max_pixels), str(seconds), str(os.getpid())]
        self.seconds, self._most_seconds = 0.0, seconds
        self.starts = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._interrupted = False

    def start(self) -> socket.socket:
        """Returns the channel to a process that is ready; starts one where there is none.

        Raises:
            TooBusy: no process can be started.
        """
        idle_and_dead = self._process is not None and self._process.poll() is not None
        if self._interrupted or idle_and_dead:  # the next picture must not be blamed for that
            self.stop()
        if self._channel is None:
            ours, theirs = socket.socketpair()
            ours.settimeout(START_S)
            try:
                with theirs:
                    self._process = self._spawned(theirs)
                frames.receive(ours, 0)
            except (OSError, ValueError, frames.Broken) as error:
                ours.close()
                self.stop()
                log.error("no decoder could be started: %s", error)
                raise TooBusy(
                    "Expected a process to decode the picture, and none comes up; the log may say "
                    "why. Try again shortly."
                ) from error
            ours.settimeout(PATIENCE * self._most_seconds)
            self._channel = ours
            self.starts += 1
        return self._channel

    def _spawned(self, stdin: socket.socket) -> "subprocess.Popen[bytes]":
        command = [
            sys.executable,
            "-I",
            "-B",
            "-m",
            DECODER,
            *self._arguments,
        ]
        return subprocess.Popen(  # noqa: S603 - the command is our own
            command, stdin=stdin.fileno(), stdout=subprocess.DEVNULL, env=ENVIRONMENT
        )

    def decode(self, encoded: bytes, preprocessing: Preprocessing) -> Picture:
        """Returns the picture.

        Raises:
            CorruptFile, LimitExceeded, UnsupportedFile: as `pixels.decode` says.
            TooCostly: it needed more than the time or memory for one picture, or its decoder
                crashed.
            TooBusy: no process can be started.
        """
        self.seconds = 0.0  # if no process starts, this must not be the picture's before
        channel = self.start()
        shape = preprocessing.shape
        size = int(np.prod(shape))
        self.seconds = float(self._most_seconds)  # if the process dies and cannot tell
        try:
            frames.send(channel, preprocessing.as_dict(), encoded)
            words, answer = frames.receive(channel, size)
            told = TOLD.validate_python(words)
            told.detail.encode()  # JSON can name what no text can have
        except (OSError, ValueError, frames.Broken) as error:
            self.stop()
            log.warning("a picture of %d bytes has ended a decoder: %s", len(encoded), error)
            raise self._too_costly() from error
        self.seconds = told.seconds
        if kind := REFUSALS.get(told.error):
            raise kind(told.detail)
        if told.error or len(answer) != size:
            raise self._too_costly()
        pixels = np.frombuffer(answer, np.uint8).reshape(shape)
        return Picture(pixels, told.cut_short)

    def interrupt(self) -> None:
        """Kill the process in the middle of a picture; any thread may call this."""
        self._interrupted = True
        if (process := self._process) is not None:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL)

    def stop(self) -> None:
        """Kill the process. `start` or `decode` will start a new one."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        if self._channel is not None:
            self._channel.close()
        self._process = self._channel = None
        self._interrupted = False

    def _too_costly(self) -> TooCostly:
        return TooCostly(
            f"Expected a picture that is decoded within {self._most_seconds} s and the memory for "
            "one, but this one needs more, or breaks the decoder. Save it again as a plain JPEG or "
            "PNG."
        )
