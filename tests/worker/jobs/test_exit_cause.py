"""What a child died of is said as well as it can be known."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from worker.jobs import exit_cause
from worker.jobs.exit_cause import aborted, cause_of, memory_kills


def status_of(code: str) -> int:
    """How a process that runs this code ends."""
    child = subprocess.Popen([sys.executable, "-c", f"import os, signal\n{code}"])
    _, status = os.waitpid(child.pid, 0)
    child.returncode = 0  # it was waited for here
    return status


def killed_for_memory(times: int, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    counts = folder / "vmstat"
    counts.write_text(f"nr_free_pages 12\noom_kill {times}\nswap_ra 0\n")
    monkeypatch.setattr(exit_cause, "VMSTAT", counts)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
def test_a_signal_is_named(number: signal.Signals) -> None:
    status = status_of(f"os.kill(os.getpid(), {number.value})")
    assert cause_of(status, memory_kills()) == f"signal {number.value}"


def test_an_exit_is_named_by_its_code() -> None:
    assert cause_of(status_of("os._exit(3)"), 0) == "exit 3"


def test_a_kill_by_a_full_machine_is_told_from_one_by_hand(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    killed_for_memory(5, monkeypatch, tmp_path)
    before, killed = memory_kills(), status_of("os.kill(os.getpid(), 9)")
    assert cause_of(killed, before) == "signal 9"
    killed_for_memory(6, monkeypatch, tmp_path)
    assert cause_of(killed, before) == "most likely out of memory (signal 9)"
    assert cause_of(status_of("os.kill(os.getpid(), 15)"), before) == "signal 15"


@pytest.mark.parametrize("text", ["", "nr_free_pages 12\n"])
def test_a_machine_that_does_not_count_has_killed_nobody(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str
) -> None:
    (tmp_path / "vmstat").write_text(text)
    monkeypatch.setattr(exit_cause, "VMSTAT", tmp_path / "vmstat")
    assert memory_kills() == 0
    monkeypatch.setattr(exit_cause, "VMSTAT", tmp_path / "none")
    assert memory_kills() == 0


@pytest.mark.parametrize(
    ("code", "gave_up"),
    [("os.abort()", True), ("os.kill(os.getpid(), 9)", False), ("os._exit(6)", False)],
)
def test_who_gave_up_is_known(code: str, gave_up: bool) -> None:
    assert aborted(status_of(code)) == gave_up
