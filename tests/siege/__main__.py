"""Attacks the whole service in every way that is known here, at full size: `make siege`."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.faults.runs import may_mount
from tests.siege.attack import ATTACKS, SMALL_DISK
from tests.siege.report import line, report, table, write
from tests.siege.runs import Outcome, besieged, by_place, quick

REPORT = Path(__file__).parent / "report.json"


def main(arguments: list[str]) -> int:
    """0 when every bound was kept."""
    asked = parsed(arguments)
    outcomes: list[Outcome] = []
    for outcome in endured(asked):
        outcomes.append(outcome)
        write(asked.report, report(outcomes))
        print(line(outcome), flush=True)
    print(table(outcomes))
    return int(any(outcome.breaches for outcome in outcomes))


def endured(asked: argparse.Namespace) -> Iterator[Outcome]:
    """What comes of each attack, as soon as it is over."""
    names = asked.only.split(",") if asked.only else list(ATTACKS)
    for place, here in (quick() if asked.quick else by_place(names)).items():
        if place == SMALL_DISK and not may_mount():
            print(f"{', '.join(here)}: left out, for a small disk cannot be mounted here")
            continue
        with besieged(place) as service:
            for name in here:
                if name in names:
                    yield service.endure(name, whole=not asked.quick)


def parsed(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.siege", description=__doc__)
    parser.add_argument("--only", help="attacks, by commas: webp_bombs,kept", metavar="NAMES")
    parser.add_argument("--quick", action="store_true", help="as the ordinary suite does")
    parser.add_argument("--report", type=Path, default=REPORT)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
