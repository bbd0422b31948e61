import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.launcher import parent_death
from service.launcher.log_files import MAX_LOG_BYTES, rotate, tail
from service.launcher.process import Child, stop
from tests.service.launcher.stand_ins import FAIL, PARENT, SLEEP, STUBBORN, running_in
from tests.service.wait import wait_until


@pytest.fixture
def children(folder: Path) -> Iterator[list[Child]]:
    """Whatever a test puts in here is stopped after it."""
    started: list[Child] = []
    yield started
    stop(started, grace_s=0)


def child(folder: Path, script: str, name: str = "cat") -> Child:
    env = {**os.environ, "PURR_DATA_DIR": str(folder)}
    return Child(name, [sys.executable, "-c", script], folder / f"{name}.log", env=env)


def test_a_child_lives_until_it_is_stopped(folder: Path) -> None:
    cat = child(folder, SLEEP)
    cat.start()
    assert cat.alive()
    stop([cat], grace_s=10)
    assert not cat.alive()
    assert running_in(folder) == []


def test_stopping_what_never_started_does_nothing(folder: Path) -> None:
    cat = child(folder, SLEEP)
    stop([cat], grace_s=10)
    assert cat.describe() == "process=cat"


def test_a_child_that_outlasts_the_grace_is_killed(folder: Path, children: list[Child]) -> None:
    cat = child(folder, STUBBORN)
    children.append(cat)
    cat.start()
    wait_until(lambda: "deaf" in cat.tail())
    stop([cat], grace_s=0.1)
    assert cat.describe().endswith(f"exit={-signal.SIGKILL}")


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_what_a_child_leaves_behind_ends_with_it(folder: Path, end: signal.Signals) -> None:
    cat = child(folder, PARENT)
    cat.start()
    wait_until(lambda: len(running_in(folder)) == 2)
    cat.signal(end)
    assert cat.wait(10)
    wait_until(lambda: running_in(folder) == [])


def test_a_child_outlives_the_thread_that_started_it(folder: Path, children: list[Child]) -> None:
    cat = child(folder, "import time; print('awake', flush=True); time.sleep(1000)")
    children.append(cat)
    thread = threading.Thread(target=cat.start)
    thread.start()
    thread.join()
    wait_until(lambda: "awake" in cat.tail())
    assert not cat.wait(0.2)


def test_the_log_holds_all_output_of_all_lives(folder: Path) -> None:
    cat = child(folder, "import os, sys; print('out', flush=True); sys.exit('err')")
    for _ in range(2):
        cat.start()
        assert cat.wait(10)
    assert cat.tail().split() == ["out", "err"] * 2


@pytest.mark.parametrize("more", [1, MAX_LOG_BYTES, 3 * MAX_LOG_BYTES])
def test_a_log_that_grows_too_large_is_begun_anew(folder: Path, more: int) -> None:
    cat = child(folder, FAIL)
    cat.log.write_bytes(b"x" * (MAX_LOG_BYTES + more) + b"the end")
    cat.start()
    assert cat.wait(10)
    assert cat.tail() == "no tuna left"
    before = (folder / "cat.log.1").read_bytes()
    assert len(before) <= MAX_LOG_BYTES
    assert before.endswith(b"xthe end")


TALKER = """
import os, time
while True:
    os.write(1, b"x" * 99_999 + b"\\n")
    time.sleep(0.001)
"""


def test_a_log_is_bounded_while_it_is_written(
    folder: Path, children: list[Child], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.launcher.log_files.MAX_LOG_BYTES", 10**6)
    cat = child(folder, TALKER)
    children.append(cat)
    cat.start()
    sizes = []
    for _ in range(5):
        wait_until(lambda: cat.log.stat().st_size > 10**6)
        rotate(cat.log)
        sizes.append(cat.log.stat().st_size)
    assert max(sizes) < 10**6
    assert (folder / "cat.log.1").stat().st_size <= 10**6
    cat.signal(signal.SIGSTOP)
    assert b"\0" not in cat.log.read_bytes()  # it goes on at the new beginning


def test_the_tail_is_the_last_lines_of_a_log(folder: Path) -> None:
    log = folder / "long.log"
    log.write_text("\n".join(map(str, range(10_000))))
    assert tail(log, lines=2) == "9998\n9999"


def test_a_log_that_is_not_there_has_no_tail(folder: Path) -> None:
    assert tail(folder / "none.log") == ""


def test_a_child_that_cannot_be_started_is_not_alive(folder: Path) -> None:
    cat = Child("cat", ["true"], folder / "no" / "folder" / "cat.log")
    with pytest.raises(FileNotFoundError):
        cat.start()
    assert not cat.alive()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can tie a process to its parent")
def test_a_tethered_program_does_not_run_when_its_parent_has_gone() -> None:
    nobody = str(os.getppid())
    done = subprocess.run(
        [sys.executable, parent_death.__file__, nobody, "9", "echo", "running"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert f"process {nobody}, has gone" in done.stderr
