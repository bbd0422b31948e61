"""Breaks the whole service in every way that is known here, at full size: `make faults`."""

import argparse
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.faults.bench import undisturbed
from tests.faults.report import report, table, write
from tests.faults.runs import SCENARIOS, SEED, empty_folder, may_mount, perform

REPORT = Path(__file__).parent / "report.json"


def main(arguments: list[str]) -> int:
    """0 when every promise was kept."""
    asked = parsed(arguments)
    logging.disable()  # the launcher's about every process that it starts again
    with empty_folder() as folder:
        twins = undisturbed(folder)
    outcomes = []
    for name, size in sizes(asked):
        if SCENARIOS[name].small_disk and not may_mount():
            print(f"{name}: left out, for a small disk cannot be mounted here", flush=True)
            continue
        outcome = perform({name: size}, twins, asked.seed)
        outcomes.append(outcome)
        found = report(outcomes)
        write(asked.report, found)
        kept = outcome.complaint() or "every promise kept"
        print(f"{name} {size}, {outcome.seconds:.0f} s: {kept}", flush=True)
    print(table(report(outcomes)))
    return int(any(outcome.failed for outcome in outcomes))


def sizes(asked: argparse.Namespace) -> Iterator[tuple[str, int]]:
    """Which scenarios are to be carried out, and how large."""
    chosen = asked.only.split(",") if asked.only else SCENARIOS
    for name, _, size in (one.partition(":") for one in chosen):
        if wanted := int(size or round(asked.share * SCENARIOS[name].full)):
            yield name, wanted


def parsed(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--only", help="scenarios, by commas: kills:30,zombies", metavar="NAMES")
    parser.add_argument("--share", type=float, default=1.0, help="of the full sizes")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--report", type=Path, default=REPORT)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
