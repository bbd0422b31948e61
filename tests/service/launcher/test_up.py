"""`purr up` as a process: what it prints, and how it ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from service.launcher.launcher import Launcher
from tests.service.launcher import stand_ins
from tests.service.launcher.children import settings
from tests.service.launcher.stand_ins import COMMANDS, FAIL, SLEEP, STUBBORN, running_in
from tests.service.wait import wait_until


@contextmanager
def up(folder: Path, kind: str = "train", script: str = SLEEP) -> Iterator[subprocess.Popen[str]]:
    """A process that runs `up`; killed if it still runs at the end of the block."""
    env = {**os.environ, "PURR_DATA_DIR": str(folder), "PURR_PORT": "0"}
    command = [sys.executable, "-m", stand_ins.__name__, kind, script]
    with subprocess.Popen(
        command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_up_says_where_it_is_and_stops_cleanly_at_a_signal(
    folder: Path, number: signal.Signals
) -> None:
    with up(folder) as process:
        line = first_line(process)
        assert line.startswith("Purrceptron is up at http://127.0.0.1:")
        assert line.endswith(" — Ctrl-C stops it\n")
        address = line.split()[4]
        told = [first_line(process).split() for _ in range(3)]
        assert told == [
            ["docs", f"{address}/docs"],
            ["data", f"{folder}"],
            ["logs", f"{folder}/logs"],
        ]
        assert first_line(process).split() == ["up", address]  # whoever wants to know it then
        process.send_signal(number)
        assert process.wait(30) == 0
        assert running_in(folder) == []


def test_a_signal_while_it_starts_stops_it_too(folder: Path) -> None:
    with up(folder) as process:
        wait_until((folder / "lock").exists)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert running_in(folder) == []


def test_up_says_why_it_cannot_start(folder: Path) -> None:
    with up(folder, "api", FAIL) as process:
        said = process.communicate(timeout=30)
    assert process.returncode == 3
    assert said[0] == ""
    assert "no tuna left" in said[1]


def test_a_second_signal_ends_it_at_once(folder: Path) -> None:
    with up(folder, "train", STUBBORN) as process:
        first_line(process)
        log = folder / "logs" / "train-1.log"
        wait_until(lambda: "deaf" in log.read_text())
        process.send_signal(signal.SIGTERM)
        # The API goes first, so the launcher has seen the signal when it is gone.
        api = folder / "logs" / "api.log"
        wait_until(lambda: not any(uses(pid, api) for pid in running_in(folder)))
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == -signal.SIGTERM
    wait_until(lambda: running_in(folder) == [])


def uses(pid: int, log: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/fd/1").readlink() == log
    except OSError:
        return False


def test_kill_9_leaves_no_process_and_the_folder_free(folder: Path) -> None:
    with up(folder) as process:
        first_line(process)
        assert len(running_in(folder)) == 6
        process.kill()
    wait_until(lambda: running_in(folder) == [])
    with Launcher(settings(folder), COMMANDS) as launcher:
        assert launcher.supervisor.dead() == []
