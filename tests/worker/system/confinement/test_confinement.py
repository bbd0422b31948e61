"""What the kernel enforces, tried by a process that has given up its rights and wants them back."""

import os
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from worker.system.confinement import landlock, seccomp

needs_landlock = pytest.mark.skipif(not landlock.version(), reason="needs a kernel with Landlock")
SCOPED, TCP = 6, 4  # the versions since which signals and connections are bound too

TRY = """
import os, signal, socket, sys
from pathlib import Path
from worker.system.confinement import landlock, limits, seccomp

inside, outside, port, parent = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), os.getppid()

def tried(what):
    try:
        what()
    except OSError as error:
        return type(error).__name__
    return "done"

def connect():
    with socket.socket() as client:
        client.connect(("127.0.0.1", port))
"""


def told(script: str, *arguments: object) -> list[str]:
    """The words that a process prints which runs the script."""
    command = [sys.executable, "-c", TRY + textwrap.dedent(script), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.fixture
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    """A folder to work in, and one with a secret."""
    for name in ("inside", "outside"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("secret")
    return tmp_path / "inside", tmp_path / "outside"


@needs_landlock
def test_only_what_was_named_can_be_read_and_written(places: tuple[Path, Path], port: int) -> None:
    found = told(
        """
        assert landlock.restrict([], [inside])
        print(tried(lambda: (inside / "file").read_text()))
        print(tried(lambda: (inside / "new").write_text("x")))
        print(tried(lambda: (outside / "file").read_text()))
        print(tried(lambda: (outside / "new").write_text("x")))
        print(tried(lambda: (outside / "file").unlink()))
        print(tried(lambda: os.listdir(outside)))
        print(tried(lambda: Path(f"/proc/{parent}/environ").read_bytes()))
        print(tried(lambda: (inside / "link").symlink_to(outside / "file")))
        print(tried(lambda: os.mkfifo(inside / "pipe")))
        """,
        *places,
        port,
    )
    assert found == ["done"] * 2 + ["PermissionError"] * 7


@needs_landlock
def test_what_may_be_read_may_not_be_changed(places: tuple[Path, Path], port: int) -> None:
    found = told(
        """
        assert landlock.restrict([inside], [], listable=[outside])
        print(tried(lambda: (inside / "file").read_text()))
        print(tried(lambda: os.listdir(outside)))
        print(tried(lambda: (inside / "file").write_text("x")))
        print(tried(lambda: (outside / "file").read_text()))
        """,
        *places,
        port,
    )
    assert found == ["done", "done", "PermissionError", "PermissionError"]
    assert (places[0] / "file").read_text() == "secret"


@pytest.mark.skipif(landlock.version() < SCOPED, reason="needs Landlock's sixth version")
def test_nobody_outside_is_called_or_killed(places: tuple[Path, Path], port: int) -> None:
    script = """
        assert landlock.restrict([], [], network=NETWORK)
        print(tried(connect), tried(lambda: os.kill(parent, 0)))
        """
    sealed, open_ = script.replace("NETWORK", "False"), script.replace("NETWORK", "True")
    assert told(sealed, *places, port) == ["PermissionError", "PermissionError"]
    assert told(open_, *places, port) == ["done", "done"]


def test_system_calls_that_are_not_named_are_refused(places: tuple[Path, Path], port: int) -> None:
    found = told(
        """
        import ctypes, resource
        libc = ctypes.CDLL(None, use_errno=True)
        if not seccomp.allow_only(seccomp.WORKING):
            sys.exit("no filter for this processor")

        def call(number, *words):
            if libc.syscall(number, *words) == -1:
                raise OSError(ctypes.get_errno(), "refused")

        print(tried(lambda: (inside / "file").read_text()))
        print(tried(lambda: resource.prlimit(0, resource.RLIMIT_CPU)))
        print(tried(lambda: resource.prlimit(parent, resource.RLIMIT_CPU)))
        print(tried(connect))
        print(tried(lambda: os.chdir("/")))
        print(tried(lambda: os.chroot("/")))
        print(tried(lambda: os.symlink("a", inside / "b")))
        print(tried(lambda: call(101, 16, parent, 0, 0)))  # ptrace, on x86_64
        print(tried(lambda: call(272, 0x10000000)))  # unshare
        """,
        *places,
        port,
    )
    assert found == ["done"] * 2 + ["PermissionError"] * 7


def test_who_only_computes_opens_nothing_and_starts_nobody(
    places: tuple[Path, Path], port: int
) -> None:
    found = told(
        """
        import zlib
        assert seccomp.allow_only(seccomp.COMPUTING)
        print(len(zlib.compress(bytes(10**6))) > 0)
        print(tried(lambda: os.open(inside / "file", os.O_RDONLY)))
        print(tried(os.fork))
        print(tried(lambda: os.kill(parent, 0)))
        print(tried(lambda: os.kill(os.getpid(), 0)))
        """,
        *places,
        port,
    )
    assert found == ["True"] + ["PermissionError"] * 4


def test_who_computes_with_threads_starts_no_process(places: tuple[Path, Path], port: int) -> None:
    found = told(
        """
        import threading
        assert seccomp.allow_only(seccomp.THREADED)
        thread = threading.Thread(target=print, args=("thread",))
        thread.start()
        thread.join()
        print(tried(lambda: os.open(inside / "file", os.O_RDONLY)))
        print(tried(os.fork))
        """,
        *places,
        port,
    )
    assert found == ["thread"] + ["PermissionError"] * 2


def test_a_namespace_of_ones_own_cannot_be_made(places: tuple[Path, Path], port: int) -> None:
    found = told(
        """
        import ctypes
        libc = ctypes.CDLL(None, use_errno=True)
        assert seccomp.allow_only(seccomp.WORKING)
        CLONE_NEWUSER, SIGCHLD = 0x10000000, 17
        child = libc.syscall(seccomp.CALLS["clone"][0], CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0)
        print(child, os.strerror(ctypes.get_errno()))
        """,
        *places,
        port,
    )
    assert found == ["-1", "Operation", "not", "permitted"]


def test_a_crash_is_still_a_crash() -> None:
    script = TRY + "seccomp.allow_only(seccomp.COMPUTING); os.abort()"
    command = [sys.executable, "-c", script, "", "", "0"]
    assert subprocess.run(command).returncode == -signal.SIGABRT


@pytest.mark.parametrize("column", [0, 1])
def test_calls_have_numbers_that_a_kernel_could_have(column: int) -> None:
    numbers = [numbers[column] for numbers in seccomp.CALLS.values()]
    assert all(0 <= number < 500 for number in numbers)
    # On x86_64 no two are the same; on aarch64 some are, where it has only the newer one.
    assert column == 1 or len({*numbers}) == len(numbers)


def test_elsewhere_nothing_is_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert landlock.version() == 0
    assert not landlock.restrict([], [])
    assert not seccomp.allow_only(seccomp.COMPUTING)
    assert os.getpid()
