"""Sends the service, and whoever reads for it, what nobody would: `make fuzz`."""

import argparse
import importlib.util
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.fuzz import api
from tests.fuzz.mutations import mutants, tally
from tests.fuzz.readers import READERS, seeds

ROOT = Path(__file__).parents[2]
NO_END = sys.maxsize
FOUND = ROOT / "tests" / "fuzz" / "found"  # where an input is kept that did harm


def main(arguments: list[str]) -> int:
    """0 when nothing was found."""
    asked = parsed(arguments)
    parts = asked.only.split(",")
    held = True
    if "files" in parts:
        held &= all([files(name, asked.seconds, asked.seed) for name in READERS])
    if "targets" in parts:
        held &= targets(asked.seconds)
    if "api" in parts:
        held &= api.attacked(len(READERS) * asked.seconds, asked.seed)
    return int(not held)


def files(name: str, seconds: int, seed: int) -> bool:
    """Whether a reader bore changed files for so long."""
    found = tally(READERS[name], mutants(seeds()[name], seed), NO_END, seconds)
    print(f"files for {name}: {found.read:,} read, {found.refused:,} refused, "
          f"{len(found.faults)} faults", flush=True)  # fmt: skip
    for fault in found.faults[:3]:
        print(fault)
    return not found.faults


def targets(seconds: int) -> bool:
    """Whether all readers bore Atheris for so long each."""
    if importlib.util.find_spec("atheris") is None:
        print("targets: left out, for Atheris cannot be installed here")
        return True
    return all([_target(name, sound, seconds) for name, sound in seeds().items()])


def _target(name: str, sound: list[bytes], seconds: int) -> bool:
    FOUND.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for number, data in enumerate(sound):
            (Path(folder) / str(number)).write_bytes(data)
        command = [sys.executable, "-m", "tests.fuzz.targets", name, folder, "-rss_limit_mb=2048",
                   f"-max_total_time={seconds}", f"-artifact_prefix={FOUND}/{name}-",
                   "-print_final_stats=1"]  # fmt: skip
        ended = subprocess.run(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    told = [line for line in ended.stderr.splitlines() if "number_of_executed_units" in line]
    print(f"target {name}: {' '.join(told).rpartition(' ')[2] or 'no'} runs, "
          f"{'held' if ended.returncode == 0 else ended.stderr[-2000:]}", flush=True)  # fmt: skip
    return ended.returncode == 0


def parsed(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--only", help="parts, by commas", default="files,targets,api")
    parser.add_argument("--seconds", type=int, default=60, help="for each reader")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
