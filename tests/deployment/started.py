"""The commands of containers, started as processes of this machine."""

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from service.launcher.valkey import free_port
from tests.service.wait import wait_until
from worker.system.kernel_folder import kernel_folder

PATIENCE_S = 120  # for what takes seconds on a machine that does nothing else
BIN = Path(sys.executable).parent  # what PATH has first in an image


class Started(NamedTuple):
    """A container's main process, and what others see of it."""

    process: subprocess.Popen[bytes]
    environ: dict[str, str]
    log: Path

    @property
    def port(self) -> int:
        return int(self.environ["PURR_PORT"])

    def said(self) -> str:
        return self.log.read_text()

    def says(self, text: str) -> None:
        """Waits until it has written this into its log."""
        wait_until(lambda: text in self.said(), PATIENCE_S)


def places(folder: Path, redis_url: str) -> dict[str, str]:
    """The variables that say where things are, for a container that is none."""
    return {
        "PURR_DATA_DIR": str(folder / "data"),
        "PURR_KERNEL_DIR": str(kernel_folder()),
        "PURR_PULSE_FILE": str(folder / "pulse"),
        "PURR_HOST": "127.0.0.1",
        "PURR_PORT": str(free_port()),
        "PURR_REDIS_URL": redis_url,
        "PURR_MIN_FREE_BYTES": "0",
    }


@contextmanager
def started(
    command: Sequence[str], told: Mapping[str, str], folder: Path, redis_url: str
) -> Iterator[Started]:
    """Starts the command with the container's variables, but for those that name places.

    Args:
        told: the variables of the container.
        redis_url: "" where it starts a Redis of its own.
    """
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PURR_")}
    path = {"PATH": f"{BIN}:{os.environ['PATH']}"}
    environ = {**clean, **told, **places(folder, redis_url), **path}
    log = folder / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=environ, stdout=out, stderr=out)
    try:
        yield Started(process, environ, log)
    finally:
        process.terminate()
        try:
            process.wait(20)
        finally:
            process.kill()


def exit_code(command: Sequence[str], environ: Mapping[str, str]) -> int:
    """What becomes of a command within the container, as of a health check or a probe."""
    print("$", shlex.join(command))
    return subprocess.run(command, env=environ, timeout=30).returncode
