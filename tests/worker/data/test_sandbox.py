import errno
import faulthandler
import logging
import os
import resource
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

from worker.data.sandbox import run_limited
from worker.errors import (
    CorruptFile,
    InvalidParameter,
    LimitExceeded,
    StoreFull,
    UnsafeFile,
    WorkerError,
)

MIB = 2**20


def run(function: Callable[..., Any], *args: object, seconds: int = 10) -> Any:
    return run_limited(function, *args, seconds=seconds, memory_bytes=256 * MIB, file_bytes=MIB)


def test_the_result_comes_back() -> None:
    assert run(lambda a, b: {"sum": a + b, "pid": [None, True]}, 1, 2) == {
        "sum": 3,
        "pid": [None, True],
    }


def test_a_result_larger_than_a_pipe_comes_back_whole() -> None:
    assert run(lambda: "x" * MIB) == "x" * MIB


def test_the_function_runs_in_another_process() -> None:
    assert run(os.getpid) != os.getpid()


def raising(error: BaseException) -> Callable[[], NoReturn]:
    def function() -> NoReturn:
        raise error

    return function


def killing(number: int) -> Callable[[], None]:
    def function() -> None:
        faulthandler.disable()  # pytest's, which would fill the log
        os.kill(os.getpid(), number)

    return function


def filling_memory() -> int:
    return len(bytearray(512 * MIB))


def spinning() -> NoReturn:
    while True:
        pass


def out_of_descriptors() -> list[int]:
    return [os.dup(0) for _ in range(1000)]


@pytest.mark.parametrize(
    ("function", "error", "words"),
    [
        (raising(UnsafeFile("Expected a, got b; do c.")), UnsafeFile, "^Expected a, got b; do c.$"),
        (raising(InvalidParameter("no", "/seed")), InvalidParameter, "^no$"),
        (raising(WorkerError("odd")), WorkerError, "^odd$"),
        (raising(ZeroDivisionError("secret")), CorruptFile, "^Expected sound files"),
        (raising(OSError(errno.EIO, "secret")), CorruptFile, "^Expected sound files"),
        (raising(OSError("secret")), CorruptFile, "^Expected sound files"),
        (raising(OSError(errno.ENOSPC, "secret")), StoreFull, "^Expected room on the disk"),
        (lambda: float("nan"), CorruptFile, "^Expected sound files"),
        (object, CorruptFile, "^Expected sound files"),
        (out_of_descriptors, CorruptFile, "^Expected sound files"),
        (filling_memory, LimitExceeded, "within the memory"),
        (killing(signal.SIGSEGV), CorruptFile, "^Expected sound files"),
        (killing(signal.SIGTERM), CorruptFile, "^Expected sound files"),
        (killing(signal.SIGKILL), LimitExceeded, "within the memory"),
        (raising(SystemExit()), CorruptFile, "^Expected sound files"),
        (lambda: os._exit(0), CorruptFile, "^Expected sound files"),
        (lambda: os._exit(3), CorruptFile, "^Expected sound files"),
    ],
)
def test_a_bad_ending_is_the_right_error_and_the_parent_stays_well(
    function: Callable[[], object], error: type[WorkerError], words: str
) -> None:
    with pytest.raises(WorkerError, match=words) as ending:
        run(function)
    assert type(ending.value) is error
    assert run(lambda: "well") == "well"


def test_too_much_processor_time_is_a_limit() -> None:
    with pytest.raises(LimitExceeded, match="processor time"):
        run(spinning, seconds=1)


def test_a_file_that_grows_too_large_is_a_limit(tmp_path: Path) -> None:
    with pytest.raises(LimitExceeded, match="decoded"):
        run(lambda: (tmp_path / "big").write_bytes(bytes(2 * MIB)))
    assert (tmp_path / "big").stat().st_size <= MIB


def test_what_was_not_foreseen_is_logged_with_its_traceback(tmp_path: Path) -> None:
    def function() -> NoReturn:
        logging.getLogger().addHandler(logging.FileHandler(tmp_path / "log"))
        raise ZeroDivisionError("the reason")

    with pytest.raises(CorruptFile):
        run(function)
    assert "ZeroDivisionError: the reason" in (tmp_path / "log").read_text()


def test_the_child_leaves_no_core_and_has_its_own_limits_only() -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    assert run(lambda: resource.getrlimit(resource.RLIMIT_CORE)) == [0, 0]
    assert resource.getrlimit(resource.RLIMIT_AS) == before


def test_a_limit_that_is_already_lower_stays() -> None:
    def nested() -> Any:
        return run_limited(
            lambda: resource.getrlimit(resource.RLIMIT_FSIZE)[0],
            seconds=5,
            memory_bytes=MIB,
            file_bytes=2 * MIB,
        )

    assert run(nested) == MIB


def test_no_descriptor_and_no_child_is_left_behind() -> None:
    children = Path(f"/proc/self/task/{threading.get_native_id()}/children")
    before = sorted(os.listdir("/dev/fd")), children.read_text()
    run(lambda: None)
    assert (sorted(os.listdir("/dev/fd")), children.read_text()) == before


class TimesUp(Exception):
    pass


def test_a_wait_that_is_interrupted_ends_the_child(tmp_path: Path) -> None:
    def stop(number: int, frame: object) -> NoReturn:
        raise TimesUp

    def endless() -> NoReturn:
        (tmp_path / "pid").write_text(str(os.getpid()))
        os.kill(os.getppid(), signal.SIGUSR1)
        spinning()

    before = signal.signal(signal.SIGUSR1, stop)
    try:
        with pytest.raises(TimesUp):
            run(endless)
    finally:
        signal.signal(signal.SIGUSR1, before)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_the_child_dies_with_its_parent(tmp_path: Path) -> None:
    note = tmp_path / "pid"

    def grandchild() -> NoReturn:
        note.write_text(str(os.getpid()))
        os.kill(os.getppid(), signal.SIGKILL)
        spinning()

    with pytest.raises(LimitExceeded):
        run(lambda: run(grandchild))
    deadline = time.monotonic() + 10
    while is_running(int(note.read_text())):
        assert time.monotonic() < deadline


def is_running(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
