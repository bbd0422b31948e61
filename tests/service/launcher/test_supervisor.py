import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service.launcher.process import Child
from service.launcher.supervisor import Patience, Supervisor
from tests.service.launcher.stand_ins import FAIL, SLEEP, running_in
from tests.service.wait import wait_until

QUICK = Patience(first_s=0.01, longest_s=0.05)


@pytest.fixture
def keep(folder: Path) -> Iterator[Callable[..., tuple[Supervisor, Child]]]:
    """Makes a watched supervisor with one child; both end with the test."""
    until = threading.Event()
    ends: list[Callable[[], None]] = []

    def make(script: str, patience: Patience = QUICK) -> tuple[Supervisor, Child]:
        env = {**os.environ, "PURR_DATA_DIR": str(folder)}
        log = folder / "logs" / "cat.log"
        log.parent.mkdir()
        child = Child("cat", [sys.executable, "-c", script], log, env=env)
        supervisor = Supervisor(patience)
        supervisor.keep(child)
        watch = threading.Thread(target=supervisor.watch, args=(until,))
        watch.start()
        ends.extend([watch.join, lambda: supervisor.stop([child], 0)])
        return supervisor, child

    yield make
    until.set()
    for end in ends:
        end()


def pid(child: Child) -> int:
    assert child.process is not None
    return child.process.pid


def test_a_killed_child_is_started_again(
    keep: Callable[..., tuple[Supervisor, Child]], caplog: pytest.LogCaptureFixture
) -> None:
    _, child = keep(SLEEP)
    first = pid(child)
    child.signal(signal.SIGKILL)
    wait_until(lambda: pid(child) != first and child.alive())
    wait_until(lambda: len(caplog.messages) == 2)
    ended, restarted = caplog.messages
    assert ended.startswith(f"ended process=cat pid={first} exit=-9 lived_s=")
    assert restarted == f"restarted process=cat pid={pid(child)}"


def test_a_child_that_always_fails_is_tried_again_and_again(
    keep: Callable[..., tuple[Supervisor, Child]],
) -> None:
    _, child = keep(FAIL)
    wait_until(lambda: child.tail().count("no tuna left") >= 4)


def test_a_stopped_child_stays_stopped(
    keep: Callable[..., tuple[Supervisor, Child]], folder: Path
) -> None:
    supervisor, child = keep(SLEEP)
    supervisor.stop([child], grace_s=10)
    assert supervisor.children == []
    assert not child.alive()
    assert running_in(folder) == []


def test_a_start_that_the_system_refuses_is_tried_again(
    keep: Callable[..., tuple[Supervisor, Child]], caplog: pytest.LogCaptureFixture
) -> None:
    _, child = keep(SLEEP)
    child.log.unlink()
    child.log.parent.rmdir()
    child.signal(signal.SIGKILL)
    wait_until(lambda: any(line.startswith("not_started") for line in caplog.messages))
    child.log.parent.mkdir()
    wait_until(child.alive)


@pytest.mark.parametrize(
    ("previous_s", "lived_s", "wait_s"),
    [
        (0, 1, 0.2),
        (0.2, 1, 0.4),
        (6.4, 1, 10),
        (10, 29, 10),
        (10, 30, 0.2),
    ],
)
def test_the_wait_doubles_up_to_ten_seconds_until_a_process_was_steady(
    previous_s: float, lived_s: float, wait_s: float
) -> None:
    assert Patience().after(previous_s, lived_s) == wait_s
