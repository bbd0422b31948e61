"""Python loads this in every process of a service under test, before any of its own code.

It writes down what is made durable (each fsync and each rename within the data folder), so that a
missing fsync shows without a power cut. And it lays a tripwire: at the step that the file
`FAULTS_WIRE` names, the process kills or stops itself. So a crash between any two steps can be
had at will, and the product needs no switch for it.
"""

import json
import os
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

LOG, WIRE, ROOT = (os.environ.get(f"FAULTS_{name}", "") for name in ("LOG", "WIRE", "ROOT"))

met: Counter[str] = Counter()  # how often this process came by the place that a wire names


def watched(step: str, act: Callable[..., Any], place: Callable[..., str]) -> Callable[..., Any]:
    """The same act, written down, with a place for a wire before and after it."""

    def instead(*args: Any, **options: Any) -> Any:
        path = place(*args)
        if not path.startswith(ROOT):
            return act(*args, **options)
        path = os.path.relpath(path, ROOT)
        trip(step, path, "before")
        done = act(*args, **options)
        source = os.path.relpath(os.fspath(args[0]), ROOT) if step == "rename" else ""
        write({"at": time.time(), "pid": os.getpid(), "step": step, "path": path, "from": source})
        trip(step, path, "after")
        return done

    return instead


def write(line: dict[str, Any]) -> None:
    descriptor = os.open(LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(descriptor, f"{json.dumps(line)}\n".encode())
    os.close(descriptor)


def trip(step: str, path: str, when: str) -> None:
    """Kill or stop this process if a wire lies here; the first one to come takes it."""
    try:
        with open(WIRE) as file:
            text = file.read()
        wire = json.loads(text)
    except (FileNotFoundError, ValueError):
        return
    place = (wire["who"] in sys.orig_argv, wire["step"], wire["when"])
    if place != (True, step, when) or not re.fullmatch(wire["path"], path):
        return
    met[text] += 1
    if met[text] <= wire["after"]:
        return
    try:
        rename(WIRE, f"{WIRE}.{os.getpid()}")
    except FileNotFoundError:
        return  # another process was first
    os.kill(os.getpid(), signal.Signals[wire["signal"]])


rename = os.rename

if ROOT:
    # They keep their names, for whoever asks what happened to them.
    os.fsync = watched("fsync", os.fsync, lambda fd: os.readlink(f"/proc/self/fd/{fd}"))
    os.rename = watched("rename", os.rename, lambda source, target: os.fspath(target))
    os.replace = watched("rename", os.replace, lambda source, target: os.fspath(target))
