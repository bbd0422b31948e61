"""What can be broken, and how. Each writes down what it did."""

import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from service.launcher.supervisor import Patience
from tests.faults.history import History
from tests.faults.subject import RESTART_S, Subject, Trainer, send, state
from worker.jsontypes import Json

GONE_S = 40.0
AWAY_S = 25.0  # within which what was killed is back
VICTIMS = ("trainer", "worker", "both")

KILL, STOP, CONTINUE = signal.SIGKILL, signal.SIGSTOP, signal.SIGCONT


def wait_for(true: Callable[[], object], patience_s: float = GONE_S) -> bool:
    """Whether it came true in time."""
    until = time.monotonic() + patience_s
    while not true():
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


def gone(pid: int) -> bool:
    return state(pid) in "ZX"


class Faults:
    """Hands on a service."""

    def __init__(self, subject: Subject, history: History) -> None:
        self._subject, self._history = subject, history

    def note(self, kind: str, **facts: object) -> Json:
        return self._history.note("fault", kind=kind, **facts)

    def kill(self, trainer: Trainer, victim: str) -> None:
        """Kill the process of a job, the worker that it belongs to, or both."""
        self.note("kill", victim=victim, **trainer._asdict())
        if victim in ("worker", "both"):
            send(trainer.parent, KILL)
        if victim in ("trainer", "both"):
            send(trainer.pid, KILL)
        wait_for(lambda: gone(trainer.pid))

    def terminate(self, trainer: Trainer) -> None:
        """Tell the worker of a job to stop, and see how long it takes."""
        fault = self.note("terminate", gone_s=None, **trainer._asdict())
        send(trainer.parent, signal.SIGTERM)
        if wait_for(lambda: gone(trainer.parent) and gone(trainer.pid)):
            fault["gone_s"] = time.time() - fault["at"]

    def stop(self, trainer: Trainer) -> None:
        """Have it stand still, with all it holds; `go_on` wakes it."""
        self.note("stop", **trainer._asdict())
        send(trainer.pid, STOP)

    def go_on(self, trainer: Trainer) -> None:
        self.note("go on", **trainer._asdict())
        send(trainer.pid, CONTINUE)

    def kill_part(self, name: str, away_s: float = RESTART_S) -> None:
        """Kill Valkey or the API; the launcher starts it again, after so long if it is the first
        time."""
        self._subject.launcher.supervisor.patience = Patience(away_s, max(away_s, 0.4), 5)
        pid = self._subject.pid(name)
        self.note(f"kill {name}", pid=pid)
        send(pid, KILL)
        wait_for(lambda: gone(pid))

    def end_part(self, name: str) -> None:
        """Tell Valkey or the API to end; the launcher starts it again."""
        pid = self._subject.pid(name)
        send(pid, signal.SIGTERM)
        wait_for(lambda: gone(pid))

    def pause_valkey(self, seconds: float, then: Callable[[], object] = lambda: None) -> None:
        """Have Valkey answer nobody for so long, and do something at its beginning."""
        pid = self._subject.pid("valkey")
        self.note("pause valkey", seconds=seconds)
        send(pid, STOP)
        try:
            then()
            time.sleep(seconds)
        finally:
            send(pid, CONTINUE)

    def wipe(self) -> None:
        """Have Valkey forget everything."""
        self.note("wipe")
        self._subject.redis.flushall()

    def enqueue(self, job: str, times: int) -> None:
        """Deliver a job's message again."""
        self.note("duplicate", job=job, times=times)
        record = self._subject.records.get(job)
        for _ in range(times):
            self._subject.job_queue.enqueue(record)

    def lose_messages(self) -> None:
        """Have RQ forget what waits."""
        lost = self._subject.redis.lrange("rq:queue:train", 0, -1)
        self._subject.redis.delete("rq:queue:train")
        self.note("lost messages", messages=lost)

    def damage_checkpoint(self, job: str, rng: random.Random) -> bool:
        """Change a byte in the newest checkpoint of a job, or cut it; whether there was one."""
        folder = self._subject.data / "jobs" / job / "checkpoints"
        if not (found := sorted(folder.glob("*.safetensors"))):
            return False
        damage(found[-1], rng)
        self.note("damage", job=job, path=str(found[-1].relative_to(self._subject.data)))
        return True


def damage(path: Path, rng: random.Random) -> None:
    payload = bytearray(path.read_bytes())
    if rng.random() < 0.3:
        payload = payload[: rng.randrange(len(payload))]
    else:
        payload[-1 - rng.randrange(len(payload) // 2)] ^= 1 << rng.randrange(8)
    path.write_bytes(payload)


def fill(folder: Path, leave: int = 0) -> None:
    """Take all the space that is left on a small disk, but for so many bytes."""
    filler = folder / "filler"
    with suppress(OSError), filler.open("ab", buffering=0) as file:
        while True:
            file.write(bytes(2**12))
    if leave:
        with filler.open("ab") as file:
            file.truncate(max(0, file.tell() - leave))


def make_room(folder: Path) -> None:
    (folder / "filler").unlink(missing_ok=True)
