"""The parent's side of a process that answers: it asks, interrupts and restarts it."""

import logging
import os
import signal
import socket
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import Field

from worker.data import frames
from worker.errors import WorkerError
from worker.jsontypes import Json

PATIENCE = 4  # seconds to wait for each second of processor time: the cores may be busy
START_S = 20  # for a process to come up
# What comes of a process that has ended, takes too long, or says what makes no sense.
NO_ANSWER = (OSError, ValueError, frames.Broken)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Told:
    """What a process says beside its answer. A question may have taken control of it.

    Attributes:
        seconds: of processor time that it took.
    """

    seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Child(ABC):
    """A process, and the next one when it has died.

    All but `interrupt` must be called by one thread: the kernel ends a process together with the
    thread that has started it.

    Attributes:
        MODULE: what the process runs; it must call `answering.serve`.
        ENVIRONMENT: of the process: no secrets of the parent, and one thread.
        seconds: of processor time that the last answer took.
        starts: how many processes were started.
    """

    MODULE: ClassVar[str]
    ENVIRONMENT: ClassVar[Mapping[str, str]] = {"OPENBLAS_NUM_THREADS": "1"}

    def __init__(self, most_seconds: int) -> None:
        self.seconds, self._most_seconds = 0.0, most_seconds
        self.starts = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._interrupted = False

    @abstractmethod
    def arguments(self) -> Sequence[str]:
        """Returns what the module is started with, before the process id of the parent.

        Raises:
            WorkerError: there is nothing that it could be started with.
        """

    @abstractmethod
    def unavailable(self) -> WorkerError:
        """Returns what is told where no process comes up."""

    def start(self) -> socket.socket:
        """Returns the channel to a process that is ready; starts one where there is none.

        Raises:
            WorkerError: no process can be started.
        """
        idle_and_dead = self._process is not None and self._process.poll() is not None
        if self._interrupted or idle_and_dead:  # the next question must not be blamed for that
            self.stop()
        if self._channel is None:
            try:
                self._channel = self._started(self.arguments())
            except NO_ANSWER as error:
                self.stop()
                log.error("no %s could be started: %s", self.MODULE, error)
                raise self.unavailable() from error
            self.starts += 1
        return self._channel

    def _started(self, arguments: Sequence[str]) -> socket.socket:
        command = [sys.executable, "-I", "-B", "-m", self.MODULE, *arguments, str(os.getpid())]
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                self._process = subprocess.Popen(  # noqa: S603 - the command is our own
                    command, stdin=theirs.fileno(), stdout=subprocess.DEVNULL, env=self.ENVIRONMENT
                )
            ours.settimeout(START_S)
            frames.receive(ours, 0)
            ours.settimeout(PATIENCE * self._most_seconds)
        except NO_ANSWER:
            ours.close()
            raise
        return ours

    def ask(self, words: Json, payload: bytes | memoryview, most: int) -> tuple[Json, bytearray]:
        """Returns what the process answers: an object and bytes.

        Args:
            most: bytes of the answer.

        Raises:
            WorkerError: no process can be started.
            OSError, ValueError, Broken: there is no answer, as NO_ANSWER says; `stop` it then.
        """
        self.seconds = 0.0  # if no process starts, this must not be that of the question before
        channel = self.start()
        self.seconds = float(self._most_seconds)  # if the process dies and cannot tell
        frames.send(channel, words, payload)
        return frames.receive(channel, most)

    def interrupt(self) -> None:
        """Kill the process in the middle of a question; any thread may call this."""
        self._interrupted = True
        if (process := self._process) is not None:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL)

    def stop(self) -> None:
        """Kill the process. `start` or `ask` will start a new one."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        if self._channel is not None:
            self._channel.close()
        self._process = self._channel = None
        self._interrupted = False
