import os
import resource
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from worker.data import sandbox
from worker.errors import (
    Cancelled,
    CorruptFile,
    InvalidParameter,
    LimitExceeded,
    StoreFull,
    UnsafeFile,
    WorkerError,
)
from worker.system.confinement import landlock
from worker.system.confinement.limits import Limits

MIB = 2**20


def run(do: str, *words: object, seconds: int = 10, **how: Any) -> Any:
    order = {"do": do, "with": words}
    bounds = Limits(seconds, 512 * MIB, MIB, 64)
    return sandbox.call("tests.worker.data.sandboxed", order, bounds, **how)


def test_the_result_comes_back() -> None:
    assert run("echo", {"a": [None, True, 1.5]}) == {"a": [None, True, 1.5]}


def test_a_result_larger_than_a_pipe_comes_back_whole() -> None:
    assert run("scream", MIB) == "x" * MIB


@pytest.mark.parametrize(
    ("do", "words", "error", "said"),
    [
        ("fail", ["unsafe"], UnsafeFile, "^Expected a, got b; do c.$"),
        ("fail", ["parameter"], InvalidParameter, "^no$"),
        ("fail", ["odd"], WorkerError, "^odd$"),
        ("fail", ["division"], CorruptFile, "^Expected sound files"),
        ("fail", ["disk"], CorruptFile, "^Expected sound files"),
        ("fail", ["numberless"], CorruptFile, "^Expected sound files"),
        ("fail", ["full"], StoreFull, "^Expected room on the disk"),
        ("fail", ["exit"], CorruptFile, "^Expected sound files"),
        ("nan", [], CorruptFile, "^Expected sound files"),
        ("object", [], CorruptFile, "^Expected sound files"),
        ("duplicate", [], CorruptFile, "^Expected sound files"),
        ("fill", [], LimitExceeded, "within the memory"),
        ("die", [signal.SIGSEGV], CorruptFile, "^Expected sound files"),
        ("die", [signal.SIGTERM], CorruptFile, "^Expected sound files"),
        ("die", [signal.SIGKILL], LimitExceeded, "within the memory"),
        ("leave", [0], CorruptFile, "^Expected sound files"),
        ("leave", [3], CorruptFile, "^Expected sound files"),
        ("no such thing", [], CorruptFile, "^Expected sound files"),
    ],
)
def test_a_bad_ending_is_the_right_error(
    do: str, words: list[object], error: type[WorkerError], said: str
) -> None:
    with pytest.raises(WorkerError, match=said) as ending:
        run(do, *words)
    assert type(ending.value) is error


def test_too_much_processor_time_is_a_limit() -> None:
    with pytest.raises(LimitExceeded, match="processor time"):
        run("spin", seconds=1)


def test_a_file_that_grows_too_large_is_a_limit(tmp_path: Path) -> None:
    with pytest.raises(LimitExceeded, match="decoded"):
        run("write", str(tmp_path / "big"), 2 * MIB, writable=[tmp_path])
    assert (tmp_path / "big").stat().st_size <= MIB


def test_work_that_is_not_wanted_any_more_ends_at_once() -> None:
    asked = 0

    def check() -> None:
        nonlocal asked
        asked += 1
        if asked == 3:
            raise Cancelled("Cancelled on request.")

    began = time.monotonic()
    with pytest.raises(Cancelled):
        run("doze", check=check)
    assert time.monotonic() - began < 30
    assert children() == ""


def test_what_it_reports_is_heard_meanwhile() -> None:
    heard = b""

    def hear(reports: bytes) -> None:
        nonlocal heard
        heard += reports

    assert run("report", "so far", 8, 0.1, hear=hear) == 8
    assert heard.startswith(b"so farso far")


@pytest.mark.parametrize("size", [1, 17, 2**16, 2**22])
def test_a_flood_of_reports_holds_up_nobody(size: int) -> None:
    most = 0

    def hear(reports: bytes) -> None:
        nonlocal most
        most = max(most, len(reports))

    times = 2**23 // size if size > 17 else 2**16
    began = time.monotonic()
    assert run("report", "x" * size, times, hear=hear) == times
    assert most <= sandbox.REPORT_BYTES
    assert time.monotonic() - began < 30


def test_what_was_not_foreseen_is_logged_with_its_traceback(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(CorruptFile):
        run("fail", "division")
    assert "ZeroDivisionError: secret" in capfd.readouterr().err


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A secret in the environment and in a file that the sandbox is not given."""
    monkeypatch.setenv("PURR_API_KEY", "a secret")
    (tmp_path / "secret").write_text("a secret")
    return tmp_path / "secret"


def test_it_is_a_fresh_process_that_knows_no_secrets(secret: Path) -> None:
    found = run("state")
    assert found["pid"] != os.getpid()
    assert "a secret" not in found["environment"].values()
    assert {*found["environment"]} <= {*sandbox.ENVIRONMENT, "LC_CTYPE"}
    assert found["modules"] == []
    assert found["core"] == [0, 0]
    assert found["descriptors"] == [0, 1, 2, 3]  # the order, what is printed, the log, the answer


@pytest.mark.skipif(not landlock.version(), reason="needs a kernel with Landlock")
def test_it_reads_and_writes_what_it_is_given_and_nothing_else(
    secret: Path, tmp_path: Path
) -> None:
    assert run("read", str(secret), readable=[secret]) == "a secret"
    (tmp_path / "target").mkdir()
    assert run("write", str(tmp_path / "target/new"), 3, writable=[tmp_path / "target"]) == 3
    for do, words in (
        ("read", [str(secret)]),
        ("read", [f"/proc/{os.getpid()}/environ"]),
        ("write", [str(tmp_path / "stray"), 3]),
        ("kill", [os.getpid(), 0]),
    ):
        with pytest.raises(CorruptFile, match="failed midway"):
            run(do, *words)


def children() -> str:
    return Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text()


@pytest.mark.parametrize("do", ["echo", "object", "die"])
def test_no_descriptor_and_no_child_is_left_behind(do: str) -> None:
    before = sorted(os.listdir("/dev/fd")), children()
    words = {"echo": [1], "object": [], "die": [9]}[do]
    with suppress(WorkerError):
        run(do, *words)
    assert (sorted(os.listdir("/dev/fd")), children()) == before


@pytest.mark.parametrize(
    "answer",
    [b"", b"{", b"[]", b"null", b"[" * 50_000, b'{"error": "NoSuchError"}',
     b'{"error": "WorkerError"}', rb'{"error": "WorkerError", "detail": "\ud800"}'],
)  # fmt: skip
def test_an_answer_that_is_none_is_not_believed(answer: bytes) -> None:
    with pytest.raises(WorkerError, match=r"^Expected sound files"):
        sandbox.result_of(answer, 0)


def test_a_parent_keeps_its_own_limits() -> None:
    before: Callable[[], tuple[int, int]] = lambda: resource.getrlimit(resource.RLIMIT_AS)  # noqa: E731
    found = before()
    run("echo", 1)
    assert before() == found
