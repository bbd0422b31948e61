"""Processes of the service, each started, watched and ended with all that it starts itself."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path

from service.launcher import parent_death
from service.launcher.log_files import rotate, tail


class CannotStart(Exception):
    """A part of the service does not come up; the message says which, why and what to do."""


class Child:
    """One process in a session of its own, its output in a log, and its successors.

    `process` is the latest one, `started_at` when it was started, and `ended` is set whenever
    none runs.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log: Path,
        *,
        env: Mapping[str, str] | None = None,
        fds: Sequence[int] = (),
        orphan_signal: signal.Signals = signal.SIGKILL,
    ) -> None:
        self.name, self.command, self.log = name, command, log
        self.env, self.fds, self.orphan_signal = env, fds, orphan_signal
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = time.monotonic()
        self.ended = threading.Event()
        self.ended.set()

    def start(self) -> None:
        rotate(self.log)
        started: Future[subprocess.Popen[bytes]] = Future()
        # To the kernel the parent is the *thread* that forked, and it signals the child when that
        # thread ends. So each process has a thread that stays until the process ends.
        threading.Thread(target=self._live, args=(started,), name=self.name, daemon=True).start()
        self.process = started.result()

    def _live(self, started: "Future[subprocess.Popen[bytes]]") -> None:
        self.started_at = time.monotonic()
        try:
            process = self._spawn()
        except OSError as error:
            started.set_exception(error)
            return
        self.ended.clear()
        started.set_result(process)
        process.wait()
        end_session(process.pid)
        self.ended.set()

    def _spawn(self) -> subprocess.Popen[bytes]:
        orders = [str(os.getpid()), str(int(self.orphan_signal))]
        with self.log.open("ab") as log:
            return subprocess.Popen(  # noqa: S603 - the commands are our own
                [sys.executable, "-I", parent_death.__file__, *orders, *self.command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.env,
                pass_fds=self.fds,
                # Ctrl-C in the terminal must reach the launcher alone.
                start_new_session=True,
            )

    def alive(self) -> bool:
        return not self.ended.is_set()

    def signal(self, number: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(number)

    def wait(self, seconds: float) -> bool:
        """Whether the process has ended, or does within the seconds."""
        return self.ended.wait(max(0.0, seconds))

    def tail(self) -> str:
        """The last lines of the log."""
        return tail(self.log)

    def describe(self) -> str:
        """The name and what became of the latest process, as a log line has it."""
        if self.process is None:
            return f"process={self.name}"
        state = "" if self.alive() else f" exit={self.process.returncode}"
        return f"process={self.name} pid={self.process.pid}{state}"


def stop(children: Sequence[Child], grace_s: float) -> None:
    """Ask all to end, wait for them together, and kill those that outlast the grace."""
    for child in children:
        child.signal(signal.SIGTERM)
    deadline = time.monotonic() + grace_s
    for child in children:
        if not child.wait(deadline - time.monotonic()):
            child.signal(signal.SIGKILL)
            child.ended.wait()


def end_session(leader: int) -> None:
    """Kill all processes of a session whose leader has ended, and the groups that RQ made in it."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
    for pid in session(leader):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def session(leader: int) -> Iterator[int]:
    """The processes in a session; none where there is no /proc to tell."""
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(ProcessLookupError):
            if os.getsid(int(entry.name)) == leader:
                yield int(entry.name)
