"""A module that is run in the sandbox by its tests: each order names what it does there."""

import errno
import faulthandler
import logging
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from worker.data import sandbox
from worker.errors import InvalidParameter, UnsafeFile, WorkerError

MIB = 2**20
ERRORS: dict[str, BaseException] = {
    "unsafe": UnsafeFile("Expected a, got b; do c."),
    "parameter": InvalidParameter("no", "/seed"),
    "odd": WorkerError("odd"),
    "division": ZeroDivisionError("secret"),
    "disk": OSError(errno.EIO, "secret"),
    "numberless": OSError("secret"),
    "full": OSError(errno.ENOSPC, "secret"),
    "exit": SystemExit(),
}


def fail(name: str) -> NoReturn:
    raise ERRORS[name]


def die(number: int) -> None:
    faulthandler.disable()
    os.kill(os.getpid(), number)


def spin() -> NoReturn:
    while True:
        pass


def doze() -> NoReturn:
    while True:
        time.sleep(60)


def write(path: str, count: int) -> int:
    return Path(path).write_bytes(bytes(count))


def read(path: str) -> str:
    return Path(path).read_text()


def scream(count: int) -> str:
    os.write(1, b"no answer at all\n")  # the answer goes elsewhere
    return "x" * count


def log(words: str) -> str:
    logging.getLogger("sandboxed").error(words)
    return words


def report(what: str, times: int, doze_s: float = 0.0) -> int:
    for _ in range(times):
        sandbox.report(what.encode())
        time.sleep(doze_s)
    return times


def state() -> dict[str, Any]:
    """What is on, and what is in the process's memory and environment."""
    return {
        "pid": os.getpid(),
        "environment": dict(os.environ),
        "core": resource.getrlimit(resource.RLIMIT_CORE),
        "modules": sorted(name for name in sys.modules if name.startswith(("redis", "rq"))),
        "descriptors": [fd for fd in range(64) if is_open(fd)],
    }


def is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


DOES: dict[str, Callable[..., Any]] = {
    "echo": lambda value: value,
    "object": lambda: object(),
    "nan": lambda: float("nan"),
    "fail": fail,
    "die": die,
    "leave": os._exit,
    "fill": lambda: len(bytearray(512 * MIB)),
    "duplicate": lambda: [os.dup(0) for _ in range(1000)],
    "spin": spin,
    "doze": doze,
    "write": write,
    "read": read,
    "scream": scream,
    "log": log,
    "report": report,
    "state": state,
    "kill": os.kill,
}


def work(order: dict[str, Any]) -> Any:
    return DOES[order["do"]](*order["with"])


if __name__ == "__main__":
    sandbox.serve(work)
