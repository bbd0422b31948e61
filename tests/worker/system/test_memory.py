"""A limit to what a process may ask for: what it is like to reach it, and that it can be lifted."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from worker.system import memory
from worker.system.memory import asked, is_missing, limited

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits what is asked for")
MB = 10**6


@linux
def test_what_was_asked_for_counts_though_it_was_never_touched() -> None:
    before = asked()
    room = np.empty(300 * MB, "uint8")
    after = asked()
    assert before is not None and after is not None
    assert after - before >= room.nbytes


@linux
def test_who_asks_for_more_gets_an_error_and_may_ask_again_afterwards() -> None:
    with pytest.raises(MemoryError), limited(100 * MB):
        np.empty(50 * MB, "uint8")
        np.empty(300 * MB, "uint8")
    assert np.empty(300 * MB, "uint8").size == 300 * MB


@linux
def test_a_limit_within_a_limit_is_no_way_out() -> None:
    with pytest.raises(MemoryError), limited(100 * MB), limited(10_000 * MB):
        np.empty(300 * MB, "uint8")


@pytest.mark.parametrize("text", [None, "Name:\tpython\n"])
def test_where_nobody_says_what_was_asked_for_there_is_no_limit(
    text: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(memory, "STATUS", tmp_path / "status")
    if text:
        (tmp_path / "status").write_text(text)
    assert asked() is None
    with limited(1):
        assert np.empty(100 * MB, "uint8").size == 100 * MB


@pytest.mark.parametrize(
    ("error", "missing"),
    [
        (MemoryError(), True),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), True),
        (RuntimeError("can't start new thread"), True),
        (OSError(errno.ENOSPC, "No space left on device"), False),
        (RuntimeError("dictionary changed size"), False),
    ],
)
def test_a_lack_of_memory_is_known_however_it_is_said(error: Exception, missing: bool) -> None:
    assert is_missing(error) == missing


def ended(code: str) -> int:
    """The signal that ended a process with this code, or its exit code."""
    command = [sys.executable, "-c", f"import ctypes, os, threading\n{code}"]
    return subprocess.run(command, timeout=60, env=os.environ | TWO).returncode


TWO = {"OPENBLAS_NUM_THREADS": "2"}
GIVING_UP = "from worker.system.memory import abort_at_exit, limited\nabort_at_exit()\n"


@linux
def test_a_library_that_would_end_the_process_aborts_it() -> None:
    assert ended(f"{GIVING_UP}ctypes.CDLL(None).exit(1)") == -signal.SIGABRT
    assert ended(f"{GIVING_UP}os._exit(0)") == 0


@linux
def test_products_without_room_for_their_threads_end_somehow() -> None:
    code = (
        "import numpy\nA, C = numpy.ones((400, 400)), numpy.ones((400, 400))\n"
        "with limited(4_000_000): numpy.matmul(A, A, out=C)\n"
        "os._exit(0)"
    )
    assert ended(GIVING_UP + code) in (0, -signal.SIGABRT)
