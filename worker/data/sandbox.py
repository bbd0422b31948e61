"""Runs a module in a process of its own, which can harm nothing but itself.

The process is started anew, not forked, so nothing of its parent's memory is in it, and its
environment is empty. It may read the files that the caller names, write where the caller allows it,
and open no connection. Its standard input is a socket, on which the order comes, and on which it
may report to the caller meanwhile.
"""

import errno
import json
import logging
import os
import selectors
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from worker.errors import CorruptFile, LimitExceeded, StoreFull, WorkerError, family
from worker.jsontypes import Json
from worker.system.confinement import landlock, limits, seccomp
from worker.system.confinement.limits import Limits

LOOK_S = 0.2  # between two calls of `check`
MAX_ANSWER_BYTES = 64 * 2**20
REPORT_BYTES = 2**16  # of reports, read at a time
# Arrow's own pools reserve address space that is not used; ONNX Runtime sends what it is used for.
ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "ORT_DISABLE_TELEMETRY": "1",
}
ROOT = Path(__file__).parents[1]
# What Python and its libraries read when a module is used for the first time, and when one starts.
SYSTEM = ("/usr", "/lib", "/lib64", "/etc/ld.so.cache")
PLACES = (ROOT, Path(sys.prefix), Path(sys.base_prefix), *map(Path, SYSTEM))
CODE = tuple(place for place in PLACES if place.exists())
DEVICES = (Path("/dev/null"),)

log = logging.getLogger(__name__)


class Ending(NamedTuple):
    """A WorkerError that has not been raised."""

    kind: type[WorkerError]
    detail: str


BROKEN = Ending(
    CorruptFile, "Expected sound files, but reading these failed midway; make them again."
)
TOO_LONG = Ending(
    LimitExceeded,
    "Expected files that are read within the processor time of an import, but these take longer; "
    "send less at once.",
)
TOO_MUCH = Ending(
    LimitExceeded,
    "Expected files that are read within the memory of an import, but these need more; "
    "send less at once.",
)
TOO_BIG = Ending(
    LimitExceeded,
    "Expected files that fit a dataset when they are decoded, but these grow larger; "
    "send less at once.",
)
FULL = Ending(
    StoreFull, "Expected room on the disk for the dataset, but it is full; free some, try again."
)
OS_ERRORS = {
    errno.EFBIG: TOO_BIG,
    errno.ENOMEM: TOO_MUCH,
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
}
# SIGKILL is how the kernel ends a process when the whole machine is short of memory.
SIGNALS: dict[int, Ending] = {signal.SIGXCPU: TOO_LONG, signal.SIGKILL: TOO_MUCH}


def call(
    module: str,
    order: Json,
    bounds: Limits,
    *,
    readable: Sequence[Path] = (),
    writable: Sequence[Path] = (),
    check: Callable[[], None] = lambda: None,
    hear: Callable[[bytes], None] = lambda reports: None,
) -> Any:
    """Returns what the module answers to the order; the module must call `serve`.

    Args:
        module: its dotted name.
        order: what `work` gets there; plain JSON.
        bounds: limits of the process.
        readable: files and folders that it may read.
        writable: files and folders that it may read and change.
        check: raises when the work is no longer wanted; called at least every LOOK_S seconds.
        hear: called as often, with what the module has reported since; nobody has looked at it.

    Raises:
        WorkerError: the module raised it, or its process was ended by a limit or a crash.
    """
    words = {
        "parent": os.getpid(),
        "limits": bounds,
        "readable": [str(path.absolute()) for path in readable],
        "writable": [str(path.absolute()) for path in writable],
        "order": order,
    }
    with _started(module) as (process, channel):
        _send(channel, json.dumps(words).encode())
        answer = _answer(process, check, lambda: hear(_reports(channel)))
    return result_of(answer, process.returncode)


@contextmanager
def _started(module: str) -> "Iterator[tuple[subprocess.Popen[bytes], socket.socket]]":
    """Yields the module's process, which has ended when the block has, and the channel to it."""
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            process = subprocess.Popen(  # noqa: S603 - the module is one of ours
                [sys.executable, "-I", "-B", "-m", module],
                stdin=theirs.fileno(),
                stdout=subprocess.PIPE,
                env=ENVIRONMENT,
                cwd="/",
            )
        try:
            yield process, ours
        finally:
            process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()


def _send(channel: socket.socket, words: bytes) -> None:
    """Send the order; from here on the channel is for reports."""
    with suppress(OSError):  # the process has ended; its exit code says why
        channel.sendall(words)
        channel.shutdown(socket.SHUT_WR)
    channel.setblocking(False)


def _reports(channel: socket.socket) -> bytes:
    with suppress(OSError):  # there are none, or the process has ended
        return channel.recv(REPORT_BYTES)
    return b""


def _answer(
    process: "subprocess.Popen[bytes]", check: Callable[[], None], listen: Callable[[], None]
) -> bytes:
    """Returns what the process writes until it ends.

    Raises:
        CorruptFile: it writes more than MAX_ANSWER_BYTES.
    """
    assert process.stdout is not None  # noqa: S101 - for mypy
    answer = b""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while len(answer) <= MAX_ANSWER_BYTES:
            check()
            listen()
            if selector.select(LOOK_S):
                piece = os.read(process.stdout.fileno(), 2**16)
                if not piece:
                    process.wait()
                    return answer
                answer += piece
    raise BROKEN.kind(BROKEN.detail)


def result_of(answer: bytes, exit_code: int) -> Any:
    """Returns what the work returned, by what its process wrote until it ended.

    Raises:
        WorkerError: the work raised it, or something has ended the process or taken control of it.
    """
    if exit_code != 0 or not answer:
        log.error("a sandboxed process ended with %d", exit_code)
        ending = SIGNALS.get(-exit_code, BROKEN)
        raise ending.kind(ending.detail)
    try:
        values = json.loads(answer)
        json.dumps(values, ensure_ascii=False).encode()  # JSON can name what no text can have
        if "error" not in values:
            return values["result"]
        kind = {kind.__name__: kind for kind in family()}[values["error"]]
        detail = str(values["detail"])
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        # A file has taken control of it.
        raise BROKEN.kind(BROKEN.detail) from error
    raise kind(detail)


def serve(work: Callable[[Json], Any]) -> NoReturn:
    """Restrict this process, do the work for the order on standard input, answer on standard output
    and exit."""
    with open(os.dup(1), "wb") as answer:
        os.dup2(2, 1)  # what a library may print must not mix with the answer
        words = json.loads(sys.stdin.buffer.read())
        os.set_blocking(0, False)  # a caller that does not listen must not hold up the work
        answer.write(_outcome(work, words).encode())
    # At once: a library that still has threads would abort while Python clears up.
    os._exit(0)


def report(what: bytes) -> None:
    """Have the caller of this process hear something, at once or not at all."""
    with suppress(OSError):  # as many reports wait as may
        os.write(0, what)


def _outcome(work: Callable[[Json], Any], words: Json) -> str:
    try:
        _seal(words)
        return json.dumps({"result": work(words["order"])}, allow_nan=False)
    except WorkerError as error:
        ending = Ending(type(error), str(error))
    except MemoryError:
        ending = TOO_MUCH
    except Exception as error:
        known = OS_ERRORS.get(error.errno or 0) if isinstance(error, OSError) else None
        ending = known or BROKEN
        log.exception("a sandboxed module failed, reported as %s", ending.kind.code)
    return json.dumps({"error": ending.kind.__name__, "detail": ending.detail})


def _seal(words: Json) -> None:
    limits.die_with(words["parent"])
    readable = [*CODE, *map(Path, words["readable"])]
    writable = [*DEVICES, *map(Path, words["writable"])]
    limits.apply(Limits(*words["limits"]))
    landlock.restrict(readable, writable, listable=[ROOT.parent])
    seccomp.allow_only(seccomp.WORKING)
