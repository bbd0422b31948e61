"""A process that decodes pictures, as whoever asks it sees it: asked, restarted, interrupted."""

import logging
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress

import numpy as np

from worker.data import frames
from worker.data.pictures.pixels import Picture
from worker.data.preprocessing import Preprocessing
from worker.errors import CorruptFile, LimitExceeded, TooBusy, TooCostly, UnsupportedFile

PATIENCE = 4  # seconds on the clock for each of processor time: others may want the cores too
DECODER = "worker.data.pictures.decoder"
START_S = 20  # for a process to come up
# No secrets, one thread, and memory goes back to the system when a large picture is done.
ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": str(2**20),
}
REFUSALS = {kind.__name__: kind for kind in (CorruptFile, LimitExceeded, UnsupportedFile)}

log = logging.getLogger(__name__)


class Decoder:
    """One process and, when it dies, its successors. One thread asks and starts it, since the
    kernel ends a process with the thread that started it.

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
        """The channel to a process that is ready.

        Raises:
            TooBusy: the system has no process left, or it does not come up.
        """
        idle_and_dead = self._process is not None and self._process.poll() is not None
        if self._interrupted or idle_and_dead:  # for which the next picture is not to blame
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
        """The picture.

        Raises:
            CorruptFile, LimitExceeded, UnsupportedFile: as `images.decode` says.
            TooCostly: it needed more time or memory than there is for one, or broke the decoder.
            TooBusy: the system has no process left.
        """
        self.seconds = 0.0  # of the picture before, if no process comes up for this one
        channel = self.start()
        shape = (preprocessing.height, preprocessing.width, 3)
        size = int(np.prod(shape))
        self.seconds = float(self._most_seconds)  # unless it comes to say how many
        try:
            frames.send(channel, preprocessing.as_dict(), encoded)
            words, answer = frames.receive(channel, size)
        except (OSError, ValueError, frames.Broken) as error:
            self.stop()
            log.warning("a picture of %d bytes has ended a decoder: %s", len(encoded), error)
            raise self._too_costly() from error
        self.seconds = float(words["seconds"])
        if kind := REFUSALS.get(words.get("error", "")):
            raise kind(str(words["detail"]))
        if "error" in words or len(answer) != size:
            raise self._too_costly()
        pixels = np.frombuffer(answer, np.uint8).reshape(shape)
        return Picture(pixels, bool(words["cut_short"]))

    def interrupt(self) -> None:
        """Have what is being decoded end here; any thread may say so."""
        self._interrupted = True
        if (process := self._process) is not None:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL)

    def stop(self) -> None:
        """Kill the process; the next picture gets a new one."""
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
