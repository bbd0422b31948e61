"""The service under test: all of it, in a folder of its own, and what is seen of it outside."""

import json
import os
import shutil
import signal
import threading
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, NamedTuple, Self

from service.launcher.launcher import Launcher
from service.launcher.supervisor import Patience
from service.settings import ServiceSettings
from worker.jobs.queue import JobQueue
from worker.jobs.redis_connection import connect
from worker.jobs.transitions import Transitions

ROOT = Path(__file__).parents[2]
INSIDE = Path(__file__).parent / "inside"
# A place outside of the store where workers' children may write too.
SCRATCH = Path("/dev/shm")
RESTART_S = 0.1  # from the end of a process to the start of its successor
SETTINGS: dict[str, Any] = {
    "port": 0,
    "lease_s": 1.0,
    "checkpoint_s": 0.3,
    "min_free_bytes": 0,
    "worker_threads": 1,
    "workers": 2,
    "gradient_check": False,  # it takes longer than the jobs
    "max_attempts": 100,
}


class Trainer(NamedTuple):
    """A process that works at a job: the one that has its metrics open."""

    pid: int
    parent: int
    job: str
    attempt: int
    stopped: bool


class Subject:
    """A running service, started from a source tree of one's choice.

    Attributes:
        data: its data folder.
        records: its records of jobs, read past the API.
    """

    def __init__(self, folder: Path, *, tree: Path = ROOT, **settings: Any) -> None:
        self.folder, self.data = folder, folder / "data"
        self._scratch = Path(
            mkdtemp(prefix="purr-faults-", dir=SCRATCH if SCRATCH.exists() else None)
        )
        weakref.finalize(self, shutil.rmtree, self._scratch, ignore_errors=True)
        self.settings = ServiceSettings(**{**SETTINGS, **settings}, data_dir=self.data)
        self._environment = {
            "PYTHONPATH": f"{INSIDE}:{tree}",
            "FAULTS_ROOT": str(self.data),
            "FAULTS_LOG": str(self.steps),
            "FAULTS_WIRE": str(self.wire),
        }
        self.launcher = Launcher(self.settings)
        # Who is killed on purpose is not to be waited for longer and longer.
        self.launcher.supervisor.patience = Patience(RESTART_S, 4 * RESTART_S, 5)
        self._ended = threading.Event()
        self._watching = threading.Thread(target=self.launcher.watch, args=(self._ended,))
        self._known: set[int] = set()

    def __enter__(self) -> Self:
        self.folder.mkdir(exist_ok=True)
        with environment(self._environment):
            self.launcher.start()
        self._watching.start()
        url = f"unix://{self.data / 'redis' / 'valkey.sock'}"
        self.redis = connect(url, patient=True)
        self.records = Transitions(self.redis, "job")
        self.job_queue = JobQueue(connect(url, patient=True, text=False))
        return self

    def __exit__(self, *exception: object) -> None:
        self.wire.unlink(missing_ok=True)
        for name in self.names():
            send(self.pid(name), signal.SIGCONT)
        for trainer in self.trainers():
            send(trainer.pid, signal.SIGCONT)
        self._ended.set()
        self._watching.join()
        self.launcher.stop()
        self.redis.close()

    @property
    def steps(self) -> Path:
        """Where its processes write down what they make durable."""
        return self._scratch / "steps.jsonl"

    @property
    def wire(self) -> Path:
        return self._scratch / "wire"

    def lay_wire(self, wire: Mapping[str, Any]) -> None:
        """Have the first process that comes by get a signal; `inside` reads where and which."""
        temp_path = self.wire.with_suffix(".new")
        temp_path.write_text(json.dumps(wire))
        temp_path.rename(self.wire)

    def tripped(self) -> int | None:
        """The process that took the wire since it was last asked for."""
        for path in self._scratch.glob("wire.[0-9]*"):
            path.unlink()
            return int(path.suffix[1:])
        return None

    def names(self) -> list[str]:
        return [child.name for child in self.launcher.supervisor.children]

    def pid(self, name: str) -> int:
        """The process of this name, 0 where there is none now."""
        for child in self.launcher.supervisor.children:
            if child.name == name and child.process is not None and child.alive():
                return child.process.pid
        return 0

    def trainers(self) -> list[Trainer]:
        """Who works at a job now, those whose parent is gone included."""
        parents = [self.pid(name) for name in self.names() if name.startswith("train-")]
        known = self._known | {child for parent in parents for child in children(parent)}
        # A new set: the onlooker's thread asks too.
        self._known = {pid for pid in known if state(pid) not in "ZX"}
        found = (trainer(pid) for pid in known)
        return [one for one in found if one is not None]


def trainer(pid: int) -> Trainer | None:
    """What the process works at, None for one that has not begun or has ended."""
    with suppress(OSError):
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                path = link.readlink()
                if path.name.startswith("metrics.") and path.parent.parent.name == "jobs":
                    attempt = int(path.name.split(".")[1])
                    mark, parent = stat(pid)
                    return Trainer(pid, parent, path.parent.name, attempt, mark == "T")
    return None


def stat(pid: int) -> tuple[str, int]:
    """The state of a process as the kernel abbreviates it, and its parent; X: it is gone."""
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return fields[0], int(fields[1])
    return "X", 0


def state(pid: int) -> str:
    return stat(pid)[0]


def children(pid: int) -> list[int]:
    with suppress(OSError):
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def command(pid: int) -> list[str]:
    """What a process was started with."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    return []


def send(pid: int, number: signal.Signals) -> bool:
    """Whether there was somebody to send the signal to."""
    with suppress(ProcessLookupError):
        if pid:
            os.kill(pid, number)
            return True
    return False


@contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """Have processes that are started within the block find these variables.

    They are not measured for coverage: what is killed at random covers this or that.
    """
    before = dict(os.environ)
    os.environ.update(values)
    os.environ.pop("COVERAGE_PROCESS_CONFIG", None)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
