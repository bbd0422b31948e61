"""Sends the service, and whoever reads for it, what nobody would: `make fuzz`."""

import argparse
import importlib.util
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.fuzz import api
from tests.fuzz.mutations import mutants, tally
from tests.fuzz.readers import READERS

ROOT = Path(__file__).parents[2]
USUAL_SECONDS, API_SECONDS, NO_END = 10, 540, 2**31 - 1
MEMORY = Path("/dev/shm")  # where files take no disk's time
# Of a target: memory, seconds for one input, and what is told at its end.
BOUNDS = ("-rss_limit_mb=2048", "-timeout=60", "-print_final_stats=1")
FOUND = ROOT / "tests" / "fuzz" / "found"  # where an input is kept that did harm


def main(arguments: list[str]) -> int:
    """0 when nothing was found."""
    asked = parsed(arguments)
    logging.disable()
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.exists() else None) as folder:
        os.environ["TMPDIR"] = tempfile.tempdir = folder
        return int(not held(asked))


def held(asked: argparse.Namespace) -> bool:
    """Whether nothing was found."""
    parts, names = asked.only.split(","), asked.readers.split(",")
    sound = True
    if "files" in parts:
        sound &= all([files(name, asked) for name in names])
    if "targets" in parts:
        sound &= targets(names, asked)
    if "api" in parts:
        sound &= api.attacked(API_SECONDS, asked.seed)
    return sound


def files(name: str, asked: argparse.Namespace) -> bool:
    """Whether a reader bore changed files."""
    reader = READERS[name]
    found = tally(reader, mutants(reader.seeds(), asked.seed), asked.runs, asked.seconds)
    print(f"files for {name}: {found.read:,} read, {found.refused:,} refused, "
          f"{len(found.faults)} faults", flush=True)  # fmt: skip
    for fault in found.faults[:3]:
        print(fault)
    return not found.faults


def targets(names: Sequence[str], asked: argparse.Namespace) -> bool:
    """Whether the readers bore Atheris."""
    if importlib.util.find_spec("atheris") is None:
        print("targets: left out, for Atheris cannot be installed here")
        return True
    return all([_target(name, asked) for name in names])


def _target(name: str, asked: argparse.Namespace) -> bool:
    FOUND.mkdir(exist_ok=True)
    seeds = READERS[name].seeds()
    ends = [f"-runs={asked.runs}", f"-max_total_time={asked.seconds}"]
    with tempfile.TemporaryDirectory() as folder:
        for number, data in enumerate(seeds):
            (Path(folder) / str(number)).write_bytes(data)
        command = [
            *(sys.executable, "-m", "tests.fuzz.targets", name, folder, f"-seed={asked.seed}"),
            *(f"-max_len={2 * max(map(len, seeds))}", *ends, *BOUNDS),
            f"-artifact_prefix={FOUND}/{name}-",
        ]
        ended = subprocess.run(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    told = [line for line in ended.stderr.splitlines() if "number_of_executed_units" in line]
    print(f"target {name}: {' '.join(told).rpartition(' ')[2] or 'no'} runs, "
          f"{'held' if ended.returncode == 0 else ended.stderr[-2000:]}", flush=True)  # fmt: skip
    return ended.returncode == 0


def parsed(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--only", help="parts, by commas", default="files,targets,api")
    parser.add_argument("--seconds", type=int, help="for each reader; 10 unless runs are given")
    parser.add_argument("--runs", type=int, help="of each reader; as many as it comes to")
    parser.add_argument("--readers", help="some of them, by commas", default=",".join(READERS))
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(arguments)
    asked.seconds = asked.seconds or (NO_END if asked.runs else USUAL_SECONDS)
    asked.runs = asked.runs or NO_END
    return asked


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
