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
NO_END = sys.maxsize
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
    parts, names = asked.only.split(","), asked.readers.split(",") if asked.readers else [*READERS]
    sound = True
    if "files" in parts:
        sound &= all([files(name, asked) for name in names])
    if "targets" in parts:
        sound &= targets(names, asked)
    if "api" in parts:
        sound &= api.attacked(len(names) * asked.seconds, asked.seed)
    return sound


def files(name: str, asked: argparse.Namespace) -> bool:
    """Whether a reader bore changed files."""
    reader = READERS[name]
    count, seconds = asked.runs or NO_END, NO_END if asked.runs else asked.seconds
    found = tally(reader, mutants(reader.seeds(), asked.seed), count, seconds)
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
    end = f"-runs={asked.runs}" if asked.runs else f"-max_total_time={asked.seconds}"
    with tempfile.TemporaryDirectory() as folder:
        for number, data in enumerate(READERS[name].seeds()):
            (Path(folder) / str(number)).write_bytes(data)
        command = [sys.executable, "-m", "tests.fuzz.targets", name, folder, end,
                   f"-seed={asked.seed}", f"-artifact_prefix={FOUND}/{name}-", *BOUNDS]  # fmt: skip
        ended = subprocess.run(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    told = [line for line in ended.stderr.splitlines() if "number_of_executed_units" in line]
    print(f"target {name}: {' '.join(told).rpartition(' ')[2] or 'no'} runs, "
          f"{'held' if ended.returncode == 0 else ended.stderr[-2000:]}", flush=True)  # fmt: skip
    return ended.returncode == 0


def parsed(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--only", help="parts, by commas", default="files,targets,api")
    parser.add_argument("--seconds", type=int, default=60, help="for each reader")
    parser.add_argument("--runs", type=int, help="of each reader, in place of seconds")
    parser.add_argument("--readers", help="some of them, by commas; all if left out")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
