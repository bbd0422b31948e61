"""The service under siege: all of it, with its default settings, started as a user starts it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.siege.processes import Process, family

ROOT = Path(__file__).parents[2]
# What the promises are made for. A machine with more cores is made to look like one.
CORES, DESCRIPTORS = 2, 1024
START_S, STOP_S = 300.0, 60.0
# The bounds are set before anything of the service runs, as a login shell or a container does.
UP = """
import os, resource, sys
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:int(sys.argv[1])])
resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[2]),) * 2)
sys.argv[1:] = ["up"]
from service.cli.main import main
main()
"""


class Subject:
    """A running service, seen from outside.

    Attributes:
        data: its data folder.
        address: where it answers.
    """

    def __init__(self, data: Path, address: str, launcher: int) -> None:
        self.data, self.address, self.launcher = data, address, launcher

    def processes(self) -> list[Process]:
        """All of its processes that run now, the launcher among them."""
        return family(self.launcher)

    def parts(self) -> dict[str, int]:
        """The processes that are to live as long as the service, by their names."""
        found: dict[str, int] = {}
        for process in self.processes():
            if process.parent == self.launcher:
                number = sum(name.startswith(f"{process.role}-") for name in found) + 1
                found[f"{process.role}-{number}"] = process.pid
        return found

    def pid(self, role: str) -> int:
        """The first process that does this."""
        return self.parts()[f"{role}-1"]

    @property
    def redis_url(self) -> str:
        return f"unix://{self.data / 'redis' / 'valkey.sock'}"

    def logs(self) -> list[Path]:
        return sorted((self.data / "logs").iterdir())


@contextmanager
def running(folder: Path, descriptors: int = DESCRIPTORS) -> Iterator[Subject]:
    """The service in an empty folder; it is stopped at the end, and must stop by itself."""
    data, said = folder / "data", folder.with_suffix(".log")
    with said.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", UP, str(CORES), str(descriptors)],
            env=environment(data),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield Subject(data, _address(process, said), process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
        finally:
            said.unlink()


def environment(data: Path) -> Mapping[str, str]:
    """Nobody's settings but where the data lie and that any port will do."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PURR_")}
    # What is measured is the service, and not what measures its coverage.
    kept.pop("COVERAGE_PROCESS_CONFIG", None)
    return {**kept, "PURR_DATA_DIR": str(data), "PURR_PORT": "0"}


def _address(process: "subprocess.Popen[bytes]", said: Path) -> str:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        for line in said.read_text().splitlines():
            if " is up at " in line:
                return line.partition(" is up at ")[2].split()[0]
        time.sleep(0.02)
    raise AssertionError(f"The service was to come up within {START_S:g} s: {said.read_text()}")
