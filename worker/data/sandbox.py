"""A function run in a child process that can use up, or crash, nothing but itself."""

import ctypes
import errno
import json
import logging
import os
import resource
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from worker.errors import CorruptFile, LimitExceeded, StoreFull, WorkerError, family

logger = logging.getLogger(__name__)

PR_SET_PDEATHSIG = 1
SPARE_FILES = 32


class Limits(NamedTuple):
    """Of processor time, of address space beyond the parent's, of any one file written."""

    seconds: int
    memory_bytes: int
    file_bytes: int


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


def run_limited(
    function: Callable[..., Any], *args: object, seconds: int, memory_bytes: int, file_bytes: int
) -> Any:
    """What the function returns, as JSON brings it back; or the WorkerError it ended in."""
    limits = Limits(seconds, memory_bytes, file_bytes)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        _answer_and_exit(writer, limits, function, args)
    try:
        os.close(writer)
        with open(reader, "rb") as pipe:
            answer = pipe.read()
    except BaseException:
        # A timeout or a stop of the job came in the midst: the child must not outlive the wait.
        os.kill(child, signal.SIGKILL)
        raise
    finally:
        _, status = os.waitpid(child, 0)
    return _result(answer, os.waitstatus_to_exitcode(status))


def _answer_and_exit(
    writer: int, limits: Limits, function: Callable[..., Any], args: tuple[object, ...]
) -> NoReturn:
    # Whatever happens, the child must not return into the parent's code.
    with suppress(BaseException):
        answer = _answer(limits, function, args)
        with open(writer, "wb") as pipe:
            pipe.write(answer.encode())
        os._exit(0)
    os._exit(1)


def _answer(limits: Limits, function: Callable[..., Any], args: tuple[object, ...]) -> str:
    try:
        _limit(limits)
        return json.dumps({"result": function(*args)}, allow_nan=False)
    except WorkerError as error:
        ending = Ending(type(error), str(error))
    except MemoryError:
        ending = TOO_MUCH
    except Exception as error:
        known = OS_ERRORS.get(error.errno or 0) if isinstance(error, OSError) else None
        ending = known or BROKEN
        logger.exception("a limited function failed, reported as %s", ending.kind.code)
    return json.dumps({"error": ending.kind.__name__, "detail": ending.detail})


def _result(answer: bytes, exit_code: int) -> Any:
    if exit_code != 0 or not answer:
        logger.error("a limited function ended its process with %d", exit_code)
        ending = SIGNALS.get(-exit_code, BROKEN)
        raise ending.kind(ending.detail)
    values = json.loads(answer)
    if "error" in values:
        kinds = {kind.__name__: kind for kind in family()}
        raise kinds[values["error"]](values["detail"])
    return values["result"]


def _limit(limits: Limits) -> None:
    # The parent's handlers speak to a job that this process does not have.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    # At the first limit SIGXCPU, which says what happened; at the second SIGKILL.
    _lower(resource.RLIMIT_CPU, limits.seconds, limits.seconds + 1)
    _lower(resource.RLIMIT_FSIZE, limits.file_bytes)
    _lower(resource.RLIMIT_CORE, 0)
    # The limit is on a descriptor's number, and the parent's files are open here as well.
    _lower(resource.RLIMIT_NOFILE, max(map(int, os.listdir("/dev/fd"))) + SPARE_FILES)
    if sys.platform == "linux":
        _lower(resource.RLIMIT_AS, _mapped_bytes() + limits.memory_bytes)
        # The parent may be killed, and this must not go on without it.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _lower(kind: int, soft: int, hard: int | None = None) -> None:
    _, highest = resource.getrlimit(kind)
    ceiling = sys.maxsize if highest == resource.RLIM_INFINITY else highest
    resource.setrlimit(kind, (min(soft, ceiling), min(hard or soft, ceiling)))


def _mapped_bytes() -> int:
    pages = Path("/proc/self/statm").read_text().split()[0]
    return int(pages) * resource.getpagesize()
